"""What Request Tracker does beyond the contract: queues, numbers for priorities, and pages that agents write."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bridge.adapters.request_tracker.client import quoted
from bridge.adapters.request_tracker.helpdesk import RequestTrackerHelpdesk
from bridge.adapters.request_tracker.reading import plain
from bridge.errors import InvalidError, ProtocolError
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
def test_new_ticket_of_a_team_without_a_queue_goes_where_those_of_no_team_go(world: RequestTrackerWorld) -> None:
    email = new_email()
    with capture_logs() as logs:
        made = world.adapter.create_ticket(new_ticket(email, team="Nowhere"), unique())
    assert made.team == "General"
    assert [one.number for one in world.adapter.list_tickets(email)] == [made.number]
    assert [one["team"] for one in logs if one["event"] == "team_without_queue"] == ["Nowhere"]


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


@on_the_server
def test_another_ticket_than_the_one_asked_for_is_refused_and_reported(
    world: RequestTrackerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = new_email()
    ticket, other = (world.add_ticket(make_ticket(email)) for _ in range(2))
    search = RequestTrackerHelpdesk._search
    monkeypatch.setattr(
        RequestTrackerHelpdesk, "_search", lambda self, query: search(self, query.replace(ticket.number, other.number))
    )
    with capture_logs() as logs, pytest.raises(ProtocolError):
        world.adapter.find_ticket(ticket.number, Claim(email=email))
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["another_record"]


@on_the_server
@pytest.mark.parametrize(
    "name", ["x' OR Requestor.EmailAddress != '{}", "%", "{}%", "a\\\\' OR id > 0 OR Subject = 'x"]
)
def test_email_with_quotes_and_wildcards_lists_no_tickets_of_others(world: RequestTrackerWorld, name: str) -> None:
    email = new_email()
    world.add_ticket(make_ticket(email))
    assert world.adapter.list_tickets(name.format(email)) == []


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
