"""Zendesk keeps the contract of the helpdesk."""

from __future__ import annotations

from bridge.testing.helpdesk import HelpdeskContract


class TestZendeskHelpdesk(HelpdeskContract):
    """The world is in conftest.py."""
