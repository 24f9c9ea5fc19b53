"""Whatever Request Tracker may answer is survived; no server is needed for that."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from hypothesis import strategies as st

from bridge.model.helpdesk import Ticket
from bridge.testing.contract import new_email
from bridge.testing.helpdesk import HelpdeskContract
from tests.adapters.connected import connected, dead_url
from tests.adapters.request_tracker.world import MAPPING
from tests.support.any_answer import survives
from tests.support.any_json import any_json

FIELDS = ["items", "id", "Subject", "Status", "Priority", "Requestor", "EmailAddress", "Queue", "Name", "Created"]
FIELDS += ["LastUpdated", "Due", "CustomFields", "name", "values", "Type", "Creator", "Content", "ContentType"]
FIELDS += ["TransactionId", "message"]
WORDS = ["", "7", "new", "General", "ann@example.test", "2026-01-21T12:00:00Z", "Create", "Correspond", "text/html"]
VALUES = st.none() | st.booleans() | st.integers(0, 99) | st.sampled_from([*WORDS, "Frontdesk key", "<![foo["])
RECORD = st.dictionaries(st.sampled_from(FIELDS), any_json(FIELDS, VALUES), max_size=len(FIELDS))
ITEMS = st.fixed_dictionaries({"items": st.lists(RECORD, max_size=2)})


class Nowhere:
    """Have the tickets that are put into it, and nobody who would tell of them."""

    def add_ticket(self, ticket: Ticket) -> Ticket:
        return replace(ticket, id="7", number="7")


def test_whatever_comes_back_is_a_value_or_an_error_of_ours(vault: sa.engine.Engine) -> None:
    secrets = {"user": "frontdesk", "password": "secret"}
    adapter = connected("helpdesk", "request_tracker", dead_url(), secrets, vault, auth="basic", mapping=MAPPING)
    survives(adapter, HelpdeskContract().calls(Nowhere(), new_email()), any_json(FIELDS, VALUES) | ITEMS | RECORD)
