"""What is particular about cases: their numbers, whose they are, comments of 4000 bytes, queues, values of an org."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.adapters.salesforce.cases import MOST_PIECES, pieces
from bridge.errors import ConflictError, InvalidError, NotFoundError, ProtocolError
from bridge.model.helpdesk import Priority, Ticket, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.testing.contract import new_email, not_found, raised, unique
from bridge.testing.crm_records import make_contact
from bridge.testing.helpdesk_records import make_ticket, new_ticket
from simulators.salesforce import Salesforce
from tests.adapters.salesforce.conftest import CLIENT
from tests.adapters.salesforce.world import SalesforceWorld
from tests.support.simulated import simulated


@pytest.fixture(scope="module")
def org(desk: SalesforceWorld) -> SalesforceWorld:
    return desk


@pytest.fixture
def email() -> str:
    return f"o'neil_%.{unique()}@example.test"


def record_of(world: SalesforceWorld, ticket: Ticket) -> dict[str, Any]:
    return next(one for one in world.simulator.state["Case"] if one["Id"] == ticket.id)


def field_of(error: Exception) -> str:
    assert isinstance(error, InvalidError)
    return error.field


def test_zeros_of_a_number_are_kept_and_may_be_left_out(world: SalesforceWorld, email: str) -> None:
    made = world.adapter.create_ticket(new_ticket(email), unique())
    assert (len(made.number), made.number[:2]) == (8, "00")
    for typed in (made.number, made.number.lstrip("0"), f"#{made.number}"):
        assert world.adapter.find_ticket(typed, Claim(email=email)) == made
    for other in (f"{made.number}0", made.number.strip("0")[1:], "0", "00000000", "'00001026"):
        not_found(lambda other=other: world.adapter.find_ticket(other, Claim(email=email)))  # type: ignore[misc]


def test_numbers_that_differ_by_their_zeros_only_are_told_apart(world: SalesforceWorld, email: str) -> None:
    long = world.add_ticket(make_ticket(email))
    short = world.add_ticket(make_ticket(email))
    record_of(world, short)["CaseNumber"] = long.number.lstrip("0")
    find = world.adapter.find_ticket
    assert find(long.number, Claim(email=email)).id == long.id
    assert find(long.number.lstrip("0"), Claim(email=email)).id == short.id


def test_case_belongs_to_its_contact_and_else_to_who_wrote_it(world: SalesforceWorld, email: str) -> None:
    ticket, other = world.add_ticket(make_ticket(email)), f"x{email}"
    assert [one.id for one in world.adapter.list_tickets(email)] == [ticket.id]
    contact = world.add_contact(replace(make_contact(other), name="Ann Other"))
    record_of(world, ticket)["ContactId"] = contact.id
    found = world.adapter.find_ticket(ticket.number, Claim(email=other))
    assert (found.email, found.name) == (other, "Ann Other")
    assert [one.id for one in world.adapter.list_tickets(other)] == [ticket.id]
    not_found(lambda: world.adapter.find_ticket(ticket.number, Claim(email=email)))
    assert world.adapter.list_tickets(email) == []


@pytest.mark.parametrize("verified", [True, False])
def test_only_a_proven_address_makes_a_case_of_a_contact(world: SalesforceWorld, email: str, verified: bool) -> None:
    contact = world.add_contact(make_contact(email.upper()))
    made = world.adapter.create_ticket(new_ticket(email, verified=verified), unique())
    assert record_of(world, made)["ContactId"] == (contact.id if verified else None)


def test_address_of_two_contacts_is_nobodys_case(world: SalesforceWorld, email: str) -> None:
    for _ in range(2):
        world.add_contact(make_contact(email))
    made = world.adapter.create_ticket(new_ticket(email, verified=True), unique())
    assert (record_of(world, made)["ContactId"], made.email) == (None, email)


def test_new_case_goes_to_its_team_and_otherwise_where_the_rules_say(world: SalesforceWorld, email: str) -> None:
    teams = [
        world.adapter.create_ticket(new_ticket(email, team=team), unique()).team
        for team in ("Returns", "Nobody's team", "")
    ]
    assert teams == ["Returns", "Customer Care", "Customer Care"]


def test_change_and_comment_leave_a_case_with_its_team(world: SalesforceWorld, email: str) -> None:
    made = world.adapter.create_ticket(new_ticket(email, team="Returns"), unique())
    changed = world.adapter.update_ticket(made.id, TicketChange(priority=Priority.URGENT), unique())
    assert (changed.team, changed.priority) == ("Returns", Priority.URGENT)
    world.adapter.update_ticket(made.id, TicketChange(status=TicketStatus.PENDING), unique())
    world.adapter.add_comment(made.id, "Still wet.", unique())
    found = world.adapter.find_ticket(made.number, Claim(email=email))
    assert (found.team, found.status) == ("Returns", TicketStatus.OPEN)
    assert world.adapter.update_ticket(made.id, TicketChange(team="Billing"), unique()).team == "Billing"
    refused = raised(InvalidError, lambda: world.adapter.update_ticket(made.id, TicketChange(team="' OR ''='"), "key"))
    assert field_of(refused) == "team"


def test_name_of_an_agent_who_took_a_case_is_no_team(world: SalesforceWorld, email: str) -> None:
    ticket = world.add_ticket(make_ticket(email))
    assert record_of(world, ticket)["OwnerId"].startswith("005")
    assert world.adapter.find_ticket(ticket.number, Claim(email=email)).team == ""


def test_team_of_the_mapping_is_a_queue_by_its_id(database: str, email: str) -> None:
    org = Salesforce()
    queue = next(one["Id"] for one in org.state["Group"] if one["Name"] == "Billing")
    mapping = {"helpdesk": {"teams": {"Money": queue[:15]}}}
    way = {"auth": "client_credentials", "mapping": mapping}
    with simulated(org, SalesforceWorld, database, "helpdesk", CLIENT, "/services/data/*", **way) as world:
        made = world.adapter.create_ticket(new_ticket(email, team="Money"), unique())
        assert (made.team, record_of(world, made)["OwnerId"][:15]) == ("Money", queue[:15])


def test_stock_org_is_understood_with_the_words_of_the_adapter(database: str, email: str) -> None:
    way = {"auth": "client_credentials"}
    with simulated(Salesforce(), SalesforceWorld, database, "helpdesk", CLIENT, "/services/data/*", **way) as world:
        desk = world.adapter
        made = desk.create_ticket(new_ticket(email, priority=Priority.URGENT), unique())
        assert (made.priority, made.due_at) == (Priority.HIGH, None)
        solved = desk.update_ticket(made.id, TicketChange(status=TicketStatus.SOLVED), unique())
        assert (solved.status, solved.status_label) == (TicketStatus.SOLVED, "Closed")
        desk.add_comment(made.id, "Not yet.", unique())
        assert desk.find_ticket(made.number, Claim(email=email)).status_label == "Working"
        waits = TicketChange(status=TicketStatus.PENDING)
        assert field_of(raised(InvalidError, lambda: desk.update_ticket(made.id, waits, unique()))) == "status"


def test_field_of_the_mapping_tells_when_an_answer_is_due(world: SalesforceWorld, email: str) -> None:
    ticket = world.add_ticket(make_ticket(email))
    record_of(world, ticket)["SlaExitDate"] = "2026-11-24T10:00:00.000+0000"
    found = world.adapter.find_ticket(ticket.number, Claim(email=email))
    assert found.due_at == datetime(2026, 11, 24, 10, tzinfo=timezone.utc)


@given(body=st.text(st.sampled_from("a\u00e9\u20ac\U0001f642\n") | st.characters(blacklist_categories=["Cs"])))
@example(body="\U0001f642" * 3000)
@example(body="line\n" * 3000)
@example(body="x" * 9000 + "\n")
def test_pieces_of_a_comment_fit_and_hold_all_of_it(body: str) -> None:
    found = pieces(body)
    assert all(0 < len(one.encode()) <= 4000 for one in found)
    assert "".join(one.partition(") ")[2] if len(found) > 1 else one for one in found) == body


def test_long_transcript_becomes_several_comments_at_once(world: SalesforceWorld, email: str) -> None:
    ticket, key = world.add_ticket(make_ticket(email)), unique()
    transcript = "2026-11-22 10:00 user: still wet \u00e9\n" * 300
    made = world.adapter.add_comment(ticket.id, transcript, key, public=False)
    again = world.adapter.add_comment(ticket.id, transcript, key, public=False)
    kept = [one for one in world.simulator.state["CaseComment"] if one["ParentId"] == ticket.id]
    assert [one["CommentBody"][:6] for one in kept] == ["(1/3) ", "(2/3) ", "(3/3) "]
    assert made == again == world.adapter.find_comment_by_key(ticket.id, key)
    assert (made.body, made.public) == (kept[0]["CommentBody"], False)
    assert all(one["CommentBody"].endswith("\u00e9\n") for one in kept)


@pytest.mark.parametrize("body", ["", "x" * 4000 * (MOST_PIECES + 1)])
def test_comment_that_cannot_be_one_is_refused(world: SalesforceWorld, email: str, body: str) -> None:
    ticket = world.add_ticket(make_ticket(email))
    assert field_of(raised(InvalidError, lambda: world.adapter.add_comment(ticket.id, body, unique()))) == "body"


def test_comment_its_key_and_the_opening_are_one_request(world: SalesforceWorld, email: str) -> None:
    waits = make_ticket(email, status=TicketStatus.PENDING)
    ticket = world.add_ticket(waits)
    world.simulator.requests.clear()
    world.adapter.add_comment(ticket.id, "Still wet.", unique())
    changing = [one.path.rpartition("/")[2] for one in world.simulator.requests if one.method != "GET"]
    assert changing == ["composite"]


def test_key_of_a_change_is_no_key_of_a_comment(world: SalesforceWorld, email: str) -> None:
    ticket, key = world.add_ticket(make_ticket(email)), unique()
    world.adapter.update_ticket(ticket.id, TicketChange(tags=("angry",)), key)
    raised(ConflictError, lambda: world.adapter.add_comment(ticket.id, "Still wet.", key))
    assert world.adapter.find_comment_by_key(ticket.id, key) is None
    assert world.adapter.find_ticket(ticket.number, Claim(email=email)).comments == ()


def test_what_was_done_before_a_case_closed_is_still_told(world: SalesforceWorld, email: str) -> None:
    ticket = world.add_ticket(make_ticket(email))
    key, other, change = unique(), unique(), TicketChange(tags=("angry",))
    said = world.adapter.add_comment(ticket.id, "Still wet.", key)
    world.adapter.update_ticket(ticket.id, change, other)
    closed = world.adapter.update_ticket(ticket.id, TicketChange(status=TicketStatus.CLOSED), unique())
    assert world.adapter.add_comment(ticket.id, "Still wet.", key) == said
    assert world.adapter.update_ticket(ticket.id, change, other) == closed
    raised(ConflictError, lambda: world.adapter.update_ticket(ticket.id, change, unique()))


@pytest.mark.parametrize("missing", ["500xx0000000000AAA", "500xx0000000000", "003xx0000000001AAA", "500' OR 'a'='a"])
def test_case_that_is_not_there_is_not_found(world: SalesforceWorld, missing: str) -> None:
    raised(NotFoundError, lambda: world.adapter.add_comment(missing, "Still wet.", unique()))
    raised(NotFoundError, lambda: world.adapter.update_ticket(missing, TicketChange(), unique()))
    assert world.adapter.find_comment_by_key(missing, "key") is None


def test_value_that_the_org_lacks_is_for_its_operator(database: str, email: str) -> None:
    mapping = {"helpdesk": {"given": {"open": "Nowhere"}}}
    way = {"auth": "client_credentials", "mapping": mapping}
    with simulated(Salesforce(), SalesforceWorld, database, "helpdesk", CLIENT, "/services/data/*", **way) as world:
        made = world.adapter.create_ticket(new_ticket(email), unique())
        change = TicketChange(status=TicketStatus.OPEN)
        raised(ProtocolError, lambda: world.adapter.update_ticket(made.id, change, unique()))


@pytest.mark.parametrize(
    ("part", "kept"), [("subject", "x" * 256), ("email", "no address"), ("email", "x" * 80 + "@example.test")]
)
def test_text_that_the_org_does_not_take_is_told_by_our_field(world: SalesforceWorld, part: str, kept: str) -> None:
    asked = replace(new_ticket(new_email()), **{part: kept})
    assert field_of(raised(InvalidError, lambda: world.adapter.create_ticket(asked, unique()))) == part


@pytest.mark.parametrize("field", ["Id", "CaseNumber", "Status", "CreatedDate", "LastModifiedDate"])
def test_null_where_the_document_says_never_is_a_typed_error(world: SalesforceWorld, email: str, field: str) -> None:
    record = record_of(world, world.add_ticket(make_ticket(email)))
    before = record[field]
    record[field] = None
    try:
        raised(ProtocolError, lambda: world.adapter.list_tickets(email))
    finally:
        record[field] = before
