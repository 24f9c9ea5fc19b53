"""Request Tracker keeps the contract of the helpdesk; it is the real server, with a user who has the least rights."""

from __future__ import annotations

import pytest

from bridge.testing.helpdesk import HelpdeskContract


@pytest.mark.slow
class TestRequestTrackerHelpdesk(HelpdeskContract):
    """The world is in conftest.py."""
