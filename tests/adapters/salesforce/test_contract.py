"""Salesforce keeps the contract of the CRM."""

from __future__ import annotations

from bridge.testing.crm import CrmContract


class TestSalesforceCrm(CrmContract):
    """The world is in conftest.py."""
