"""What every helpdesk adapter must do.

Subclass `HelpdeskContract` in a test file and give it a fixture `world` that returns a `HelpdeskWorld`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from bridge.errors import ConflictError, NotFoundError
from bridge.model.helpdesk import Comment, Priority, TicketChange, TicketStatus
from bridge.model.identity import Claim
from bridge.ports.helpdesk import Helpdesk
from bridge.testing.contract import (
    assert_tells_nothing_of,
    at_once,
    awkward_texts,
    needs,
    new_email,
    not_found,
    raised,
    strange_lookups,
    unique,
)
from bridge.testing.helpdesk_records import HelpdeskWorld, make_ticket, new_ticket
from bridge.testing.helpdesk_writes import HelpdeskWrites

KNOWN_STATUSES = sorted(set(TicketStatus) - {TicketStatus.OTHER})


class HelpdeskContract(HelpdeskWrites):
    """Prove that a helpdesk adapter keeps the promises of `bridge.ports.helpdesk`."""

    port = Helpdesk

    @pytest.fixture
    def email(self) -> str:
        """Return the e-mail of somebody new."""
        return new_email()

    def calls(self, world: Any, email: str) -> Mapping[str, Callable[[Any], object]]:
        """Make a ticket, find it all ways, add to it, change it, read that back."""
        ticket = world.add_ticket(make_ticket(email))
        change = TicketChange(priority=Priority.HIGH)
        return {
            "create_ticket": lambda desk: desk.create_ticket(new_ticket(email), unique()),
            "find_ticket": lambda desk: desk.find_ticket(ticket.number, Claim(email=email)),
            "find_ticket_by_key": lambda desk: desk.find_ticket_by_key(unique()),
            "add_comment": lambda desk: desk.add_comment(ticket.id, f"I am {email}", unique()),
            "find_comment_by_key": lambda desk: desk.find_comment_by_key(ticket.id, unique()),
            "list_tickets": lambda desk: desk.list_tickets(email),
            "find_ticket_update": lambda desk: desk.find_ticket_update(ticket.id, change, unique()),
            "update_ticket": lambda desk: desk.update_ticket(ticket.id, change, unique()),
        }

    @needs("create_ticket")
    @pytest.mark.parametrize("priority", list(Priority))
    def test_new_ticket_is_read_back_as_it_was_made(self, world: HelpdeskWorld, email: str, priority: Priority) -> None:
        asked = new_ticket(email, priority=priority, name="Ann", order_number="1001", tags=("chat",))
        made = world.adapter.create_ticket(asked, unique())
        found = world.adapter.find_ticket(made.number, Claim(email=email))
        assert found == made
        assert (found.subject, found.description, found.email) == (asked.subject, asked.description, email)
        assert (found.priority, found.status) == (priority, TicketStatus.NEW)
        assert found.comments == ()

    @needs("create_ticket")
    @awkward_texts
    def test_awkward_text_comes_back_unchanged(self, world: HelpdeskWorld, email: str, text: str) -> None:
        subject = " ".join(text.split())
        made = world.adapter.create_ticket(new_ticket(email, subject=subject, description=text), unique())
        world.adapter.add_comment(made.id, text, unique())
        found = world.adapter.find_ticket(made.number, Claim(email=email))
        assert (found.subject, found.description) == (subject, text)
        assert [comment.body for comment in found.comments] == [text]

    @needs("create_ticket")
    def test_same_key_twice_is_one_ticket(self, world: HelpdeskWorld, email: str) -> None:
        key = unique()
        first = world.adapter.create_ticket(new_ticket(email), key)
        again = world.adapter.create_ticket(new_ticket(email, subject="Asked again"), key)
        assert (again.id, again.number, again.subject) == (first.id, first.number, first.subject)

    @needs("create_ticket")
    def test_same_key_at_once_is_one_ticket(self, world: HelpdeskWorld, email: str) -> None:
        key = unique()
        made = at_once(lambda: world.adapter.create_ticket(new_ticket(email), key))
        assert len({(ticket.id, ticket.number) for ticket in made}) == 1

    @needs("create_ticket")
    def test_different_keys_at_once_are_different_tickets(self, world: HelpdeskWorld, email: str) -> None:
        made = at_once(lambda: world.adapter.create_ticket(new_ticket(email), unique()))
        assert len({ticket.id for ticket in made}) == len({ticket.number for ticket in made}) == len(made)

    @needs("find_ticket_by_key")
    def test_key_finds_its_ticket_and_no_other(self, world: HelpdeskWorld, email: str) -> None:
        key = unique()
        world.adapter.create_ticket(new_ticket(email), unique())
        made = world.adapter.create_ticket(new_ticket(email), key)
        assert world.adapter.find_ticket_by_key(key) == made
        assert world.adapter.find_ticket_by_key(key[:-1]) is None

    @needs("find_ticket_by_key")
    @strange_lookups
    def test_strange_key_made_nothing(self, world: HelpdeskWorld, email: str, strange: str) -> None:
        world.adapter.create_ticket(new_ticket(email), unique())
        world.add_ticket(make_ticket(email))
        assert world.adapter.find_ticket_by_key(strange) is None

    @needs("find_ticket")
    def test_missing_ticket_and_wrong_claim_cannot_be_told_apart(self, world: HelpdeskWorld, email: str) -> None:
        find = world.adapter.find_ticket
        ticket = world.add_ticket(make_ticket(email))
        missing = not_found(lambda: find(f"ZZ-{unique()}", Claim(email=email)))
        wrong_claims = [
            Claim(email=new_email()),
            Claim(email=email.removeprefix("a")),
            Claim(email="%"),
            Claim(postcode="SW1A 1AA"),
            Claim(email=""),
            Claim(),
        ]
        for claim in wrong_claims:
            assert not_found(lambda claim=claim: find(ticket.number, claim)) == missing  # type: ignore[misc]

    @needs("find_ticket")
    def test_each_person_gets_only_their_own_ticket(self, world: HelpdeskWorld, email: str) -> None:
        other = new_email()
        mine, theirs = world.add_ticket(make_ticket(email)), world.add_ticket(make_ticket(other))
        assert world.adapter.find_ticket(mine.number, Claim(email=email)).email.lower() == email
        assert world.adapter.find_ticket(theirs.number, Claim(email=other.upper())).email.lower() == other
        not_found(lambda: world.adapter.find_ticket(theirs.number, Claim(email=email)))

    @needs("find_ticket")
    def test_ticket_number_is_found_whatever_the_case_of_its_letters(self, world: HelpdeskWorld, email: str) -> None:
        ticket = world.add_ticket(make_ticket(email))
        for typed in (ticket.number.lower(), ticket.number.upper(), f" {ticket.number} "):
            assert world.adapter.find_ticket(typed, Claim(email=email)).id == ticket.id

    @needs("find_ticket")
    @strange_lookups
    def test_strange_number_is_nobodys(self, world: HelpdeskWorld, email: str, strange: str) -> None:
        world.add_ticket(make_ticket(email))
        not_found(lambda: world.adapter.find_ticket(strange, Claim(email=email)))

    @needs("find_ticket")
    def test_private_comment_is_not_told(self, world: HelpdeskWorld, email: str) -> None:
        at = datetime(2026, 1, 21, 9, 30, tzinfo=timezone.utc)
        told, kept = Comment("We look into it.", "Sam", at), Comment("Seems angry.", "Sam", at, public=False)
        ticket = world.add_ticket(make_ticket(email, comments=(told, kept)))
        found = world.adapter.find_ticket(ticket.number, Claim(email=email))
        assert [comment.body for comment in found.comments] == ["We look into it."]

    @needs("find_ticket")
    @pytest.mark.parametrize("status", KNOWN_STATUSES)
    def test_every_status_is_understood(self, world: HelpdeskWorld, email: str, status: TicketStatus) -> None:
        ticket = world.add_ticket(make_ticket(email, status=status, status_label=status.value))
        assert world.adapter.find_ticket(ticket.number, Claim(email=email)).status is status

    @needs("find_ticket")
    def test_unknown_status_is_other_and_keeps_its_word(self, world: HelpdeskWorld, email: str) -> None:
        ticket = world.add_ticket(make_ticket(email, status=TicketStatus.OTHER, status_label="awaiting_moon"))
        found = world.adapter.find_ticket(ticket.number, Claim(email=email))
        assert (found.status, found.status_label) == (TicketStatus.OTHER, "awaiting_moon")

    @needs("add_comment")
    def test_comments_are_read_back_in_their_order(self, world: HelpdeskWorld, email: str) -> None:
        ticket = world.add_ticket(make_ticket(email))
        made = [world.adapter.add_comment(ticket.id, body, unique()) for body in ("Still wet.", "Now dry.")]
        found = world.adapter.find_ticket(ticket.number, Claim(email=email))
        assert list(found.comments) == made
        assert [comment.body for comment in made] == ["Still wet.", "Now dry."]
        assert found.updated_at >= made[-1].at > ticket.updated_at

    @needs("add_comment")
    def test_private_comment_is_kept_from_the_requester(self, world: HelpdeskWorld, email: str) -> None:
        ticket = world.add_ticket(make_ticket(email))
        made = world.adapter.add_comment(ticket.id, "Transcript", unique(), public=False)
        assert (made.body, made.public) == ("Transcript", False)
        assert world.adapter.find_ticket(ticket.number, Claim(email=email)).comments == ()

    @needs("add_comment")
    def test_same_key_at_once_is_one_comment(self, world: HelpdeskWorld, email: str) -> None:
        ticket, key = world.add_ticket(make_ticket(email)), unique()
        made = at_once(lambda: world.adapter.add_comment(ticket.id, "Still wet.", key))
        assert len(set(made)) == 1
        assert list(world.adapter.find_ticket(ticket.number, Claim(email=email)).comments) == made[:1]

    @needs("add_comment")
    @pytest.mark.parametrize("status", [TicketStatus.SOLVED, TicketStatus.PENDING])
    def test_reply_opens_a_ticket_that_waited_for_it(
        self, world: HelpdeskWorld, email: str, status: TicketStatus
    ) -> None:
        ticket = world.add_ticket(make_ticket(email, status=status, status_label=status.value))
        world.adapter.add_comment(ticket.id, "Still wet.", unique())
        assert world.adapter.find_ticket(ticket.number, Claim(email=email)).status is TicketStatus.OPEN

    @needs("add_comment")
    def test_closed_ticket_takes_no_comment(self, world: HelpdeskWorld, email: str) -> None:
        closed = make_ticket(email, status=TicketStatus.CLOSED, status_label="closed")
        ticket = world.add_ticket(closed)
        body = f"Write to {email}"
        error = raised(ConflictError, lambda: world.adapter.add_comment(ticket.id, body, unique()))
        assert_tells_nothing_of(error, email)
        found = world.adapter.find_ticket(ticket.number, Claim(email=email))
        assert (found.status, found.comments) == (TicketStatus.CLOSED, ())

    @needs("add_comment")
    @strange_lookups
    def test_comment_on_a_strange_id_is_not_found(self, world: HelpdeskWorld, email: str, strange: str) -> None:
        ticket = world.add_ticket(make_ticket(email))
        not_found(lambda: world.adapter.add_comment(strange, "Still wet.", unique()))
        assert world.adapter.find_ticket(ticket.number, Claim(email=email)).comments == ()

    @needs("find_comment_by_key")
    @pytest.mark.parametrize("public", [True, False])
    def test_key_finds_its_comment_and_no_other(self, world: HelpdeskWorld, email: str, public: bool) -> None:
        mine, theirs = world.add_ticket(make_ticket(email)), world.add_ticket(make_ticket(new_email()))
        key = unique()
        world.adapter.add_comment(mine.id, "Still wet.", unique())
        made = world.adapter.add_comment(mine.id, "Now dry.", key, public=public)
        assert world.adapter.find_comment_by_key(mine.id, key) == made
        assert world.adapter.find_comment_by_key(mine.id, key[:-1]) is None
        assert world.adapter.find_comment_by_key(theirs.id, key) is None

    @needs("find_comment_by_key")
    @strange_lookups
    def test_strange_ticket_or_key_has_no_comment(self, world: HelpdeskWorld, email: str, strange: str) -> None:
        ticket, key = world.add_ticket(make_ticket(email)), unique()
        world.adapter.add_comment(ticket.id, "Still wet.", key)
        assert world.adapter.find_comment_by_key(ticket.id, strange) is None
        assert world.adapter.find_comment_by_key(strange, key) is None

    @needs("find_ticket")
    def test_error_tells_nothing_of_the_person(self, world: HelpdeskWorld, email: str) -> None:
        ticket, guess = world.add_ticket(make_ticket(email)), new_email()
        error = raised(NotFoundError, lambda: world.adapter.find_ticket(ticket.number, Claim(email=guess)))
        assert_tells_nothing_of(error, email, guess, ticket.number)

    @needs("list_tickets")
    def test_own_tickets_come_newest_first_without_comments(self, world: HelpdeskWorld, email: str) -> None:
        at = make_ticket(email).created_at
        told = (Comment("We look into it.", "Sam", at + timedelta(days=10)),)
        old, new, middle = (
            world.add_ticket(make_ticket(email, created_at=at + timedelta(days=days), comments=told))
            for days in (0, 9, 3)
        )
        world.add_ticket(make_ticket(new_email()))
        found = world.adapter.list_tickets(email.upper())
        assert [ticket.number for ticket in found] == [new.number, middle.number, old.number]
        assert [ticket.comments for ticket in found] == [()] * 3
        assert [ticket.number for ticket in world.adapter.list_tickets(email, limit=1)] == [new.number]
        assert list(world.adapter.list_tickets(email, limit=0)) == []

    @needs("list_tickets")
    def test_only_the_exact_email_lists_tickets(self, world: HelpdeskWorld, email: str) -> None:
        world.add_ticket(make_ticket(email))
        near = [email.removeprefix("a"), f"{email}.org", email.replace(".", "_"), email.partition("@")[0], "%@%"]
        for other in near:
            assert list(world.adapter.list_tickets(other)) == []

    @needs("list_tickets")
    @strange_lookups
    def test_strange_email_has_no_tickets(self, world: HelpdeskWorld, email: str, strange: str) -> None:
        world.add_ticket(make_ticket(email))
        assert list(world.adapter.list_tickets(strange)) == []
