"""Who is proven changes their own contact and nobody else's, once, after seeing what becomes of it."""

from __future__ import annotations

import pytest

from bridge.bootstrap import Frontdesk
from bridge.conversation.turns import Turn
from bridge.errors import InvalidError, NotFoundError, OutcomeUnknownError
from bridge.events.entries import State
from bridge.model.crm import Contact
from bridge.model.outcome import BackendState, Outcome
from bridge.storage.business import customers
from bridge.usecases.contact_details import CONFIRM
from tests.adapters.embedded.worlds import CrmWorld, rows
from tests.support.frontdesk import sign_in, told
from tests.usecases.away import DOWN, EMAIL, Away, states
from tests.usecases.conftest import ON_SQLITE

OLD, NEW = "+14155550100", "+14155552671"
pytestmark = ON_SQLITE


@pytest.fixture
def known(away: Away, turn: Turn) -> Turn:
    """Return a turn of a person who is proven to be EMAIL."""
    sign_in(away.frontdesk.identities, turn.conversation_id, "ann", EMAIL)
    return away.frontdesk.turns.current(turn.conversation_id, "of the tracker")


@pytest.fixture
def crm(frontdesk: Frontdesk) -> CrmWorld:
    """Return a CRM that knows EMAIL and somebody else."""
    world = CrmWorld(frontdesk.engine, frontdesk.engine)
    world.add_contact(Contact("", EMAIL, "Ann Reed", OLD, "Reed Ltd"))
    world.add_contact(Contact("", "bob@example.test", "Bob", OLD))
    return world


def change(away: Away, turn: Turn, detail: str = "phone", value: str = NEW) -> Outcome:
    """Show a change and confirm it."""
    assert away.contact_details.show(turn, detail, value).response in CONFIRM
    return away.contact_details.update(turn, detail, confirmed=True)


def held(away: Away) -> list[tuple[str, str, str, str]]:
    found = rows(away.frontdesk.engine, customers)
    return [(row["email"], row["name"], row["phone"], row["company"]) for row in found]


UNCHANGED = [(EMAIL, "Ann Reed", OLD, "Reed Ltd"), ("bob@example.test", "Bob", OLD, "")]


@pytest.mark.usefixtures("crm")
class TestOfSomebodyKnown:
    def test_it_is_shown_masked_and_then_changed(self, away: Away, known: Turn) -> None:
        shown = told(away.contact_details.show(known, "phone", NEW))
        assert shown == f"Shall I change your phone number (so far ***00) to {NEW}?"
        assert held(away) == UNCHANGED
        assert told(change(away, known)) == "Done, your contact details are changed."
        assert held(away) == [(EMAIL, "Ann Reed", NEW, "Reed Ltd"), UNCHANGED[1]]

    @pytest.mark.parametrize(
        ("detail", "value", "shown", "after"),
        [
            ("name", "Ann Miller", "name (so far A*** R***) to Ann Miller?", ("Ann Miller", OLD, "Reed Ltd")),
            ("company", "Miller & Sons", "company (so far R*** L***) to", ("Ann Reed", OLD, "Miller & Sons")),
        ],
    )
    def test_name_and_company(
        self, away: Away, known: Turn, detail: str, value: str, shown: str, after: tuple[str, ...]
    ) -> None:
        assert shown in told(away.contact_details.show(known, detail, value))
        assert change(away, known, detail, value).response == "utter_account_details_changed"
        assert held(away)[0][1:] == after

    def test_no_and_a_second_yes_change_nothing(self, away: Away, known: Turn) -> None:
        away.contact_details.show(known, "phone", NEW)
        dropped = away.contact_details.update(known, "phone", confirmed=False)
        assert (dropped.response, held(away)) == ("utter_account_details_dropped", UNCHANGED)
        first = change(away, known)
        away.crm.called.clear()
        assert away.contact_details.update(known, "phone", confirmed=True).response == first.response
        assert held(away)[0][2] == NEW

    def test_whose_proof_has_lapsed_is_asked_again(self, away: Away, known: Turn, turn: Turn) -> None:
        away.contact_details.show(known, "phone", NEW)
        outcome = away.contact_details.update(turn, "phone", confirmed=True)
        assert (outcome.response, outcome.again, held(away)) == ("utter_account_details_lapsed", True, UNCHANGED)
        assert away.contact_details.show(turn, "phone", NEW).response == "utter_account_details_lapsed"

    def test_a_crm_that_is_away_changes_it_later_and_says_so(self, away: Away, known: Turn) -> None:
        away.crm.trouble = DOWN
        assert away.contact_details.show(known, "phone", NEW).response == "utter_account_details_confirm_unseen"
        assert away.contact_details.update(known, "phone", confirmed=True).response == "utter_account_details_kept"
        away.crm.trouble = None
        assert [one.response for one in away.relay()] == ["utter_account_details_changed"]
        assert (held(away)[0][2], states(away)) == (NEW, [State.DONE])

    def test_an_unknown_outcome_is_found_out(self, away: Away, known: Turn) -> None:
        away.crm.trouble, away.crm.after, away.crm.only = OutcomeUnknownError("cut"), True, "update_contact"
        assert change(away, known).response == "utter_account_details_kept_unsure"
        away.crm.trouble = None
        assert [one.response for one in away.relay()] == ["utter_account_details_changed"]
        assert held(away)[0][2] == NEW

    def test_a_refused_value_is_asked_for_again(self, away: Away, known: Turn) -> None:
        away.crm.trouble, away.crm.only = InvalidError("phone", "too odd"), "update_contact"
        outcome = change(away, known)
        assert "doesn't accept the phone number as it is" in told(outcome)
        assert (set(outcome.forget), outcome.again) == ({"account_confirmed", "account_value"}, True)

    def test_a_contact_that_is_doubled_meanwhile_is_left_to_the_team(
        self, away: Away, known: Turn, crm: CrmWorld
    ) -> None:
        away.crm.trouble = DOWN
        change(away, known)
        crm.add_contact(Contact("", EMAIL.upper(), "Ann Reed"))
        away.crm.trouble = None
        assert [one.response for one in away.relay()] == ["utter_account_details_several"]
        assert NEW not in str(held(away))


def test_who_is_in_no_record_or_in_two_hears_it(away: Away, known: Turn, frontdesk: Frontdesk) -> None:
    none = away.contact_details.show(known, "phone", NEW)
    assert (none.response, none.response in CONFIRM) == ("utter_account_details_no_contact", False)
    assert away.contact_details.update(known, "phone", None).response == "utter_account_details_no_contact"
    world = CrmWorld(frontdesk.engine, frontdesk.engine)
    for email in (EMAIL, EMAIL.upper()):
        world.add_contact(Contact("", email, "Ann"))
    assert away.contact_details.show(known, "phone", NEW).response == "utter_account_details_several"
    assert away.contact_details.update(known, "phone", None).response == "utter_account_details_several"


def test_nothing_to_confirm_while_the_crm_is_away_is_said(away: Away, known: Turn) -> None:
    away.crm.trouble = DOWN
    assert away.contact_details.update(known, "phone", None).state is BackendState.FAILED


@pytest.mark.parametrize(
    ("detail", "response"),
    [("email", "utter_account_email_fixed"), ("address", "utter_account_update_contact_details")],
)
def test_what_is_not_changed_here_is_said(away: Away, turn: Turn, detail: str, response: str) -> None:
    outcome = away.contact_details.update(turn, detail, None)
    assert (outcome.response, away.crm.called) == (response, [])
    assert ("account_email" in outcome.forget) == (detail == "email")


def test_who_is_not_proven_is_told_what_can_be_done_instead(away: Away, turn: Turn) -> None:
    assert away.contact_details.update(turn, "phone", None).response == "utter_account_update_contact_details"


@pytest.mark.parametrize(
    ("detail", "typed", "kept"),
    [
        ("phone", "(415) 555-2671", NEW),
        ("phone", "+49 30 901820", "+4930901820"),
        ("name", "my name is Ana  Silva.", "Ana Silva"),
        ("name", "it's now Brigitte O'Neil-Sm\u00eeth", "Brigitte O'Neil-Sm\u00eeth"),
        ("company", "Miller & Sons Ltd", "Miller & Sons Ltd"),
    ],
)
def test_a_value_is_kept_in_its_normal_form(frontdesk: Frontdesk, detail: str, typed: str, kept: str) -> None:
    assert frontdesk.contact_details.normal(detail, typed) == kept


@pytest.mark.parametrize(
    ("detail", "typed"), [("phone", "12345"), ("phone", "call me"), ("name", "12"), ("name", "x" * 101), ("name", "")]
)
def test_what_cannot_be_a_value_is_refused(frontdesk: Frontdesk, detail: str, typed: str) -> None:
    with pytest.raises(InvalidError):
        frontdesk.contact_details.normal(detail, typed)


def test_a_contact_that_is_gone_before_it_is_changed_is_refused(away: Away, known: Turn, crm: CrmWorld) -> None:
    away.crm.trouble, away.crm.only = NotFoundError("gone"), "update_contact"
    assert change(away, known).response == "utter_account_details_refused"
