"""Zendesk Support: tickets, comments, users and groups of the Ticketing API v2, and its OAuth."""

from simulators.zendesk.server import Zendesk

__all__ = ["Zendesk"]
