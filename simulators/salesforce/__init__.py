"""Salesforce: records of the REST API v67.0, a part of SOQL, composite requests, and its OAuth."""

from simulators.salesforce.server import Salesforce

__all__ = ["Salesforce"]
