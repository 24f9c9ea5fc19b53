"""What Request Tracker does beyond the contract: queues, numbers for priorities, and pages that agents write."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.adapters.request_tracker.client import quoted
from bridge.adapters.request_tracker.reading import plain
from bridge.errors import InvalidError
from bridge.model.helpdesk import Priority, TicketChange
from bridge.model.identity import Claim
from bridge.testing.contract import new_email, raised, unique
from bridge.testing.helpdesk_records import make_ticket, new_ticket
from tests.adapters.request_tracker.world import RequestTrackerWorld

on_the_server = pytest.mark.slow


@on_the_server
def test_team_is_a_queue_by_the_name_that_the_deployment_gives_it(world: RequestTrackerWorld) -> None:
    made = world.adapter.create_ticket(new_ticket(new_email(), team="Returns team"), unique())
    assert made.team == "Returns team"
    moved = world.adapter.update_ticket(made.id, TicketChange(team="General"), unique())
    assert moved.team == "General"


@on_the_server
def test_queue_that_does_not_exist_is_told_although_rt_answers_200(world: RequestTrackerWorld) -> None:
    ticket = world.add_ticket(make_ticket(new_email()))
    change = TicketChange(team="Nowhere", priority=Priority.URGENT)
    error = raised(InvalidError, lambda: world.adapter.update_ticket(ticket.id, change, unique()))
    assert isinstance(error, InvalidError)
    assert error.field == "team"


@on_the_server
def test_page_of_an_agent_is_told_as_text(world: RequestTrackerWorld) -> None:
    email = new_email()
    ticket = world.add_ticket(make_ticket(email))
    page = "<p>Dear Ann,</p><p>it is <b>dry</b> &amp; here.<br>Sam</p>"
    world.ask(f"ticket/{ticket.number}/correspond", Content=page, ContentType="text/html")
    (comment,) = world.adapter.find_ticket(ticket.number, Claim(email=email)).comments
    assert comment.body == "Dear Ann,\nit is dry & here.\nSam"


@given(st.text())
def test_no_text_leaves_its_quotes(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert "'" not in inside.replace("\\\\", "").replace("\\'", "")
    assert not inside.replace("\\\\", "").endswith("\\")


@given(st.text() | st.text("<![]-/>?&;#x a"))
@example("<![foo[bar]]>")
@example("<![foo[bar")
def test_any_page_is_read(page: str) -> None:
    assert isinstance(plain(page, "text/html"), str)


def test_what_a_declaration_says_is_no_text() -> None:
    assert plain("<p><![if !mso]>Dear Ann,<![endif]> <![foo[it is]]>dry</p>", "text/html") == "Dear Ann, dry"
