"""A process that dies in the middle of a write: the person hears what came of it, and there is one record of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count

import pytest
import sqlalchemy as sa

from bridge.bootstrap import Frontdesk
from bridge.conversation.results import from_json
from bridge.conversation.turns import Turn
from bridge.errors import ConflictError
from bridge.events.entries import State
from bridge.events.outbox import SETTLING
from bridge.model.commerce import Address, ReturnLine, ReturnReason
from bridge.model.crm import Contact
from bridge.model.helpdesk import Priority
from bridge.model.identity import Identity, Level
from bridge.model.outcome import Outcome
from bridge.storage.business import changes, leads, order_returns, ticket_comments, tickets
from bridge.storage.chat import handoffs
from bridge.storage.events import outbox
from bridge.storage.jobs import jobs
from bridge.testing.commerce_records import make_order, make_unshipped
from bridge.usecases.returns import Wanted
from tests.adapters.embedded.worlds import CommerceWorld, CrmWorld, rows
from tests.support.frontdesk import Clock, make_settings, told, visit
from tests.usecases.away import DOWN, EMAIL, Away, ask_for_ticket, next_turn, states
from tests.usecases.conftest import ON_SQLITE

ANN = Identity(Level.VERIFIED, "ann", EMAIL)
ELM = {"line1": "12 Elm Street", "city": "Springfield", "postcode": "62704"}


class Killed(BaseException):
    """Stand for kill -9: nothing of ours runs after it."""


@dataclass(frozen=True)
class Case:
    """Say how a write is shown and confirmed, where it leaves its record, and what is told of it, now or by itself."""

    show: Callable[[Away, Turn], object]
    confirm: Callable[[Away, Turn], Outcome]
    table: sa.Table
    done: str
    told: str
    only: str = ""
    """The operation that is the write, where another one is asked before it."""


def show_comment(away: Away, turn: Turn) -> None:
    ask_for_ticket(away, turn)
    (ticket,) = rows(away.frontdesk.engine, tickets)
    away.tickets.draft_comment(turn, ticket["number"], EMAIL, "It broke again.")


def show_ticket(away: Away, turn: Turn) -> None:
    away.tickets.draft(turn, "The zip is broken", EMAIL, "1001", Priority.HIGH)


def show_return(away: Away, turn: Turn) -> None:
    ann = replace(turn, identity=ANN)
    CommerceWorld(away.frontdesk.engine, away.frontdesk.engine).add_order(make_order(EMAIL, number="1001"))
    order = away.returns.real.look(ann, "1001")
    lines = (ReturnLine(order.items[0].id, 1),)
    away.returns.real.draft(ann, order, Wanted(lines, ReturnReason.TOO_SMALL, "It is too small."))


def show_cancellation(away: Away, turn: Turn) -> None:
    CommerceWorld(away.frontdesk.engine, away.frontdesk.engine).add_order(make_unshipped(EMAIL, number="1001"))
    away.order_changes.show_cancellation(replace(turn, identity=ANN), "1001")


def show_address(away: Away, turn: Turn) -> None:
    old = Address("Ann Miller", "1 Old Road", "Portland", "97201", "US")
    shop = CommerceWorld(away.frontdesk.engine, away.frontdesk.engine)
    shop.add_order(make_unshipped(EMAIL, number="1001", address=old))
    away.readdressing.show(replace(turn, identity=ANN), "1001", ELM)


def show_detail(away: Away, turn: Turn) -> None:
    CrmWorld(away.frontdesk.engine, away.frontdesk.engine).add_contact(Contact("", EMAIL, "Ann Reed", "+14155550100"))
    away.contact_details.real.show(replace(turn, identity=ANN), "phone", "+14155552671")


WRITES = {
    "tickets.create": Case(
        show_ticket,
        lambda away, turn: away.tickets.create(turn, confirmed=True),
        tickets,
        "utter_tickets_created",
        "utter_tickets_kept_done",
    ),
    "tickets.add_comment": Case(
        show_comment,
        lambda away, turn: away.tickets.add_comment(turn, confirmed=True),
        ticket_comments,
        "utter_tickets_updated",
        "utter_tickets_kept_comment_done",
        only="add_comment",
    ),
    "sales.create": Case(
        lambda away, turn: away.sales.draft(turn, "200 jackets", EMAIL),
        lambda away, turn: away.sales.create(turn, confirmed=True),
        leads,
        "utter_sales_created",
        "utter_sales_kept_done",
    ),
    "returns.request": Case(
        show_return,
        lambda away, turn: away.returns.request(replace(turn, identity=ANN), confirmed=True),
        order_returns,
        "utter_returns_requested",
        "utter_returns_kept_done",
    ),
    "orders.cancel": Case(
        show_cancellation,
        lambda away, turn: away.order_changes.cancel(replace(turn, identity=ANN), "1001", confirmed=True),
        changes,
        "utter_orders_cancel_done",
        "utter_orders_cancel_done",
        only="cancel_order",
    ),
    "orders.change_address": Case(
        show_address,
        lambda away, turn: away.readdressing.change(replace(turn, identity=ANN), "1001", ELM, True),
        changes,
        "utter_orders_address_done",
        "utter_orders_address_done",
        only="change_address",
    ),
    "account.update": Case(
        show_detail,
        lambda away, turn: away.contact_details.update(replace(turn, identity=ANN), "phone", confirmed=True),
        changes,
        "utter_account_details_changed",
        "utter_account_details_changed",
        only="update_contact",
    ),
}
each_write = pytest.mark.parametrize("case", WRITES.values(), ids=WRITES)


def calls(away: Away) -> int:
    return sum(len(system.called) for system in (away.helpdesk, away.crm, away.commerce))


def die(away: Away, turn: Turn, confirm: Callable[[Away, Turn], Outcome], *, after: bool, only: str = "") -> None:
    """Let the process die at the call of the write, before it or after it."""
    for system in (away.helpdesk, away.crm, away.commerce):
        system.trouble, system.after = Killed(), after
        system.only = only
    with pytest.raises(Killed):
        confirm(away, turn)
    away.helpdesk.trouble = away.crm.trouble = away.commerce.trouble = None


@each_write
@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
def test_who_does_nothing_is_told_and_there_is_one_record(away: Away, turn: Turn, case: Case, after: bool) -> None:
    case.show(away, turn)
    die(away, turn, case.confirm, after=after, only=case.only)
    assert len(rows(away.frontdesk.engine, case.table)) == after
    assert [said.response for said in away.relay()] == [case.told]
    assert len(rows(away.frontdesk.engine, case.table)) == 1
    assert states(away) == [State.DONE]
    assert away.relay() == []


@each_write
def test_who_confirms_again_sees_it_done_at_once_and_is_told_nothing_more(away: Away, turn: Turn, case: Case) -> None:
    case.show(away, turn)
    die(away, turn, case.confirm, after=True, only=case.only)
    assert case.confirm(away, next_turn(away, turn)).response == case.done
    assert len(rows(away.frontdesk.engine, case.table)) == 1
    assert rows(away.frontdesk.engine, outbox) == []
    assert away.relay() == []


@each_write
def test_who_confirms_again_while_a_relay_is_at_it_is_told_to_wait_for_that(
    away: Away, turn: Turn, clock: Clock, case: Case
) -> None:
    case.show(away, turn)
    die(away, turn, case.confirm, after=True, only=case.only)
    clock.now += SETTLING
    entry = away.outbox.claim()
    assert entry is not None
    assert entry.unknown
    called = calls(away)
    outcome = case.confirm(away, next_turn(away, turn))
    assert "_kept" in outcome.response
    assert calls(away) == called
    assert [said.response for said in away.relay()] == [case.told]  # the lease of that relay has ended
    assert len(rows(away.frontdesk.engine, case.table)) == 1


@each_write
def test_a_write_that_is_told_leaves_nothing_behind(away: Away, turn: Turn, case: Case) -> None:
    case.show(away, turn)
    assert case.confirm(away, turn).response == case.done
    assert rows(away.frontdesk.engine, outbox) == []


def test_a_turn_at_work_is_no_backlog_and_what_it_left_behind_is(away: Away, turn: Turn, clock: Clock) -> None:
    show_ticket(away, turn)
    die(away, turn, WRITES["tickets.create"].confirm, after=True)
    clock.now += SETTLING / 2
    assert (away.outbox.standing().counts, away.outbox.standing().oldest, states(away)) == ({}, None, [])
    assert away.outbox.claim() is None
    clock.now += SETTLING / 2
    assert (away.outbox.standing().counts, states(away)) == ({State.LEASED: 1}, [State.LEASED])
    assert away.outbox.standing().oldest == clock.now - SETTLING


def test_what_the_relay_does_not_tell_the_job_tells(frontdesk: Frontdesk, turn: Turn, clock: Clock) -> None:
    """Wired as in earnest: until the outcome is kept the relay would tell, and from then on it does not."""
    frontdesk.tickets.draft(turn, "The zip is broken", EMAIL, "", Priority.NORMAL)
    job = frontdesk.jobs.begin(turn, "action_create_ticket")
    outcome = frontdesk.tickets.create(turn, confirmed=True)
    assert len(rows(frontdesk.engine, outbox)) == 1
    frontdesk.jobs.finish(job.id, outcome)
    assert frontdesk.jobs.outcome(job.id) == outcome
    assert rows(frontdesk.engine, outbox) == []
    clock.forward(minutes=10)
    assert frontdesk.relay.once() is False


def test_an_outcome_that_was_never_kept_is_told_by_the_relay(frontdesk: Frontdesk, turn: Turn, clock: Clock) -> None:
    frontdesk.tickets.draft(turn, "The zip is broken", EMAIL, "", Priority.NORMAL)
    created = frontdesk.tickets.create(turn, confirmed=True)  # and the process dies
    clock.now += SETTLING
    assert frontdesk.relay.once() is True
    (job,) = rows(frontdesk.engine, jobs)
    said = from_json(job["outcome"])
    assert (said.response, said.values) == ("utter_tickets_kept_done", {"ticket": created.values["ticket"]})
    assert len(rows(frontdesk.engine, tickets)) == 1


def test_in_whichever_transaction_it_dies_what_is_there_is_told_once(away: Away, frontdesk: Frontdesk) -> None:
    ends = []
    for commit in range(1, 20):
        asked = visit(frontdesk, f"v{commit}")
        show_ticket(away, asked)
        job = frontdesk.jobs.begin(asked, "action_create_ticket")
        before = len(rows(frontdesk.engine, tickets))
        with dying_at(frontdesk.engine, commit) as died:
            frontdesk.jobs.finish(job.id, away.tickets.real.create(asked, confirmed=True))
        in_the_turn = frontdesk.jobs.outcome(job.id)
        told_now = [] if in_the_turn is None else [in_the_turn.response]
        by_itself = [said.response for said in away.relay()]
        ends.append((len(rows(frontdesk.engine, tickets)) - before, told_now, by_itself))
        if not died:
            break
    # Noted, written, consumed, watched, told: five commits, and no other end is left.
    nothing, late = (0, [], []), (1, [], ["utter_tickets_kept_done"])
    assert ends == [nothing, late, late, late, late, (1, ["utter_tickets_created"], [])]


@contextmanager
def dying_at(engine: sa.engine.Engine, commit: int) -> Iterator[list[int]]:
    """Let the process die before it has committed for the `commit`th time; the list has something in it if it did."""
    died: list[int] = []
    commits = count(1)

    def strike(_connection: sa.engine.Connection) -> None:
        if next(commits) == commit:
            died.append(commit)
            raise Killed

    sa.event.listen(engine, "commit", strike)
    try:
        with suppress(Killed):
            yield died
    finally:
        sa.event.remove(engine, "commit", strike)


@ON_SQLITE
def test_a_refusal_that_nobody_heard_is_told(away: Away, turn: Turn) -> None:
    show_ticket(away, turn)
    away.helpdesk.trouble = ConflictError("no")
    refused = away.tickets.real.create(turn, confirmed=True)
    assert refused.response == "utter_tickets_refused"
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_failed"]


@ON_SQLITE
def test_what_a_dead_process_may_have_written_is_looked_for_first(away: Away, turn: Turn) -> None:
    show_ticket(away, turn)
    die(away, turn, WRITES["tickets.create"].confirm, after=True)
    away.helpdesk.trouble, away.helpdesk.after = DOWN, False
    again = away.tickets.create(next_turn(away, turn), confirmed=True)
    assert again.response == "utter_tickets_kept"
    away.helpdesk.trouble = None
    away.helpdesk.called.clear()
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_done"]
    assert away.helpdesk.called == ["find_ticket_by_key"]


@ON_SQLITE
def test_what_surely_did_not_happen_is_not_looked_for(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    away.helpdesk.trouble = None
    away.helpdesk.called.clear()
    away.relay()
    assert away.helpdesk.called == ["create_ticket"]


@ON_SQLITE
def test_a_mistake_of_ours_in_the_middle_of_a_write_is_made_good(away: Away, turn: Turn) -> None:
    show_ticket(away, turn)
    away.helpdesk.trouble, away.helpdesk.after = KeyError("a reply that nobody foresaw"), True
    with pytest.raises(KeyError):
        away.tickets.create(turn, confirmed=True)
    away.helpdesk.trouble = None
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_done"]
    assert len(rows(away.frontdesk.engine, tickets)) == 1


@ON_SQLITE
def test_a_deployment_that_keeps_no_writes_finishes_what_a_dead_process_began(
    frontdesk: Frontdesk, turn: Turn, clock: Clock
) -> None:
    settings = make_settings(frontdesk.settings.database_url, degradation={"tickets.create": ["contact"]})
    away = Away(replace(frontdesk, settings=settings), clock)
    show_ticket(away, turn)
    die(away, turn, WRITES["tickets.create"].confirm, after=True)
    assert [said.response for said in away.relay()] == ["utter_tickets_kept_done"]
    assert len(rows(frontdesk.engine, tickets)) == 1


@ON_SQLITE
def test_given_up_and_then_done_by_hand_it_waits_for_no_operator(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = DOWN
    ask_for_ticket(away, turn)
    away.helpdesk.trouble = ConflictError("no")
    away.relay()
    assert states(away) == [State.DEAD]
    away.helpdesk.trouble = None
    assert away.tickets.create(next_turn(away, turn), confirmed=True).response == "utter_tickets_created"
    assert rows(away.frontdesk.engine, outbox) == []


# A person


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after the write"])
def test_who_asked_for_a_person_has_a_place_and_hears_the_reference(away: Away, turn: Turn, after: bool) -> None:
    def ask(away: Away, turn: Turn) -> Outcome:
        return away.handoff.open(turn, {})

    die(away, turn, ask, after=after)
    again = ask(away, next_turn(away, turn, "a person!"))
    assert "You are number 1 in the queue." in told(again)
    assert "your reference follows here" in told(again)
    (said,) = away.relay()
    (ticket,) = rows(away.frontdesk.engine, tickets)
    (handoff,) = rows(away.frontdesk.engine, handoffs)
    assert (said.response, said.values) == ("utter_handoff_kept_done", {"ticket": ticket["number"]})
    assert handoff["ticket_number"] == ticket["number"]


@ON_SQLITE
def test_a_person_whose_ticket_is_refused_is_promised_no_reference(away: Away, turn: Turn) -> None:
    away.helpdesk.trouble = ConflictError("no")
    said = told(away.handoff.open(turn, {}))
    assert "You are number 1 in the queue." in said
    assert "reference" not in said
    assert rows(away.frontdesk.engine, outbox) == []
