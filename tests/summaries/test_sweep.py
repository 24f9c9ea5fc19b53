"""A conversation that is over leaves one summary with the contact it was with, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bridge.conversation.codes import Codes
from bridge.conversation.erasure import Erasures
from bridge.conversation.surveys import Survey
from bridge.errors import ConflictError, OutcomeUnknownError, UnavailableError
from bridge.events.entries import State
from bridge.events.outbox import Outbox
from bridge.handoff.talks import Talks
from bridge.model.helpdesk import Priority
from bridge.model.identity import Claim
from bridge.storage.business import customers
from bridge.storage.chat import inbox
from bridge.storage.engine import reading
from bridge.storage.jobs import jobs
from bridge.summaries.sweep import NEEDED
from bridge.summaries.writing import Writer
from bridge.testing.commerce_records import make_order
from tests.adapters.embedded.worlds import CommerceWorld
from tests.gateway.test_stores import at_once
from tests.summaries.conftest import EMAIL, ORDER, QUIET, Scene
from tests.summaries.test_writing import LABELS as ALL_LABELS
from tests.support.frontdesk import say, sign_in

LABELS = ALL_LABELS["en"]


def test_whoever_showed_number_and_address_gets_one_note_that_says_so(scene: Scene) -> None:
    ann = scene.contact()
    scene.track()
    assert scene.pass_time(minutes=29) == 0
    assert scene.pass_time(minutes=2) == 1
    assert scene.pass_time(days=3) == 1
    scene.relay()
    (note,) = scene.notes(ann)
    assert (note.subject, note.at.isoformat()) == ("Chat (not verified): order status", "2026-03-02T10:00:00+00:00")
    assert note.summary.splitlines() == [
        "Web chat from 2026-03-02 10:00 to 2026-03-02 10:00 (UTC): 1 minute, 1 message.",
        LABELS["whose"]["shown"],
        "Asked about: order status.",
        f"Done: order {ORDER} looked up.",
        "Outcome: answered.",
        f"Conversation: {scene.conversation}",
    ]


def test_whoever_is_proven_gets_a_note_without_the_remark(scene: Scene) -> None:
    ann = scene.contact(EMAIL.upper())
    scene.verify()
    scene.hear("how do returns work", "ask_return_policy")
    assert scene.pass_time(**QUIET) == 1
    scene.relay()
    (note,) = scene.notes(ann)
    assert note.subject == "Chat: the return policy"
    assert "Not verified" not in note.summary


def test_an_address_that_was_only_typed_leaves_nothing(scene: Scene) -> None:
    ann = scene.contact()
    scene.hear(f"I am {EMAIL}", "inform")
    scene.hear(
        "the zip broke",
        "create_ticket",
        lambda turn: scene.desk.tickets.draft(turn, "the zip broke", EMAIL, "", Priority.NORMAL),
    )
    scene.hear("yes", "affirm", lambda turn: scene.desk.tickets.create(turn, confirmed=True))
    scene.hear("order 1001", "track_order", lambda turn: scene.track_as(turn, Claim(email="eve@example.test")))
    assert scene.pass_time(**QUIET) == 0
    assert scene.notes(ann) == []


def test_one_address_twice_is_one_and_two_are_nobodys(scene: Scene) -> None:
    bobs = CommerceWorld(scene.engine, scene.engine).add_order(make_order("bob@example.test"))
    scene.track()
    scene.track(EMAIL.title())
    assert scene.pass_time(**QUIET) == 1
    scene.track()
    bob = Claim(email="bob@example.test")
    scene.hear("and his", "track_order", lambda turn: scene.desk.orders.track(turn, bobs, bob))
    assert scene.pass_time(**QUIET) == 1, "nobody knows whose talk this was"


def test_somebody_whom_the_crm_does_not_know_stays_unknown(scene: Scene) -> None:
    scene.track()
    scene.pass_time(**QUIET)
    scene.relay()
    (entry,) = scene.kept()
    assert (entry["state"], entry["content"], entry["result"]) == (
        State.DONE.value,
        None,
        {"left": "there is no contact with this address"},
    )
    with reading(scene.engine) as connection:
        assert EMAIL not in connection.execute(sa.select(customers.c.email)).scalars().all()


def test_an_address_of_two_contacts_is_nobodys(scene: Scene) -> None:
    scene.track()
    scene.pass_time(**QUIET)
    scene.crm.trouble, scene.crm.only = ConflictError("several"), "find_contact"
    scene.relay()
    (entry,) = scene.kept()
    assert (entry["state"], "not one" in entry["result"]["left"]) == (State.DONE.value, True)
    assert "log_interaction" not in scene.crm.called


class TestWhenItIsOver:
    def test_a_goodbye_ends_it_sooner(self, scene: Scene) -> None:
        scene.track()
        scene.hear("bye", "goodbye")
        assert scene.pass_time(minutes=2) == 0
        assert scene.pass_time(minutes=1) == 1

    def test_a_word_after_the_goodbye_goes_on(self, scene: Scene) -> None:
        scene.track()
        scene.hear("bye", "goodbye")
        scene.hear("oh, and", "inform")
        assert scene.pass_time(minutes=28) == 0
        assert scene.pass_time(minutes=3) == 1

    def test_an_unanswered_message_holds_it_up(self, scene: Scene) -> None:
        scene.track()
        say(scene.desk, scene.conversation, "hello?", "unanswered")
        assert scene.pass_time(hours=5) == 0

    def test_a_talk_with_a_colleague_counts_when_it_is_over(self, scene: Scene) -> None:
        ann = scene.contact()
        scene.track()
        scene.hear("a person please", "talk_to_human")
        scene.desk.handoffs.open(scene.conversation, "asked", "T-1")
        assert scene.pass_time(hours=2) == 0
        talks = Talks(scene.engine)
        talks.take(scene.conversation, "Kim")
        talks.say(scene.conversation, "I'll look into it")
        assert scene.pass_time(hours=2) == 0
        talks.release(scene.conversation)
        over = scene.desk.inbox.oldest(scene.conversation)
        assert over is not None
        scene.desk.inbox.finish(over.id)
        asked: list[Survey] = []
        scene.desk.surveys.ask(scene.conversation, lambda survey: asked.append(survey) or {"text": "", "buttons": []})
        scene.hear("Good", "give_feedback", lambda turn: scene.desk.feedback.rate(turn, asked[0].id, 4))
        assert scene.pass_time(minutes=2) == 0
        assert scene.pass_time(minutes=1) == 1
        scene.relay()
        (note,) = scene.notes(ann)
        assert "Outcome: talked with Kim." in note.summary
        assert "Rated: 4 (1 very bad, 5 very good)." in note.summary
        assert "look into it" not in note.summary

    def test_nobody_who_writes_is_nothing_to_sum_up(self, scene: Scene) -> None:
        scene.verify()
        scene.desk.log.say(scene.conversation, "bot", {"text": "Hello."})
        assert scene.pass_time(**QUIET) == 0


class TestStretches:
    def test_who_comes_back_the_next_day_gets_a_second_note_of_that_alone(self, scene: Scene) -> None:
        ann = scene.contact()
        scene.track()
        scene.pass_time(**QUIET)
        scene.relay()
        scene.clock.forward(days=1)
        scene.verify()
        scene.hear("where is my refund", "refund_status")
        scene.pass_time(**QUIET)
        scene.relay()
        first, second = scene.notes(ann)
        assert "order 1001" in first.summary
        assert ("order 1001" in second.summary, second.subject) == (False, "Chat: a refund")
        assert (second.at - first.at) > timedelta(days=1)

    def test_a_proof_of_yesterday_is_none_today(self, scene: Scene) -> None:
        scene.verify()
        scene.hear("hello", "greet")
        scene.pass_time(days=1)
        scene.hear("where is my refund", "refund_status")
        assert scene.pass_time(**QUIET) == 1, "that of yesterday"

    def test_a_record_that_was_opened_yesterday_is_no_claim_today(self, scene: Scene) -> None:
        scene.track()
        scene.pass_time(days=1)
        scene.hear("do you have parkas", "search_products")
        assert scene.pass_time(**QUIET) == 1, "that of yesterday"

    def test_what_somebody_else_said_before_is_in_nobodys_note(self, scene: Scene) -> None:
        bob = scene.contact("bob@example.test")
        scene.verify()
        scene.hear("where is my refund", "refund_status")
        codes = Codes(scene.engine, "s" * 32, scene.clock)
        code = codes.make(scene.turns[-1], "bob@example.test")
        assert scene.desk.identities.prove_email(scene.conversation, codes, code)[1] == "bob@example.test"
        scene.hear("do you have parkas", "search_products")
        assert scene.pass_time(**QUIET) == 1
        scene.relay()
        (note,) = scene.notes(bob)
        assert note.subject == "Chat: products"
        assert "refund" not in note.summary

    def test_a_code_for_the_same_address_changes_nothing(self, scene: Scene) -> None:
        scene.verify()
        scene.hear("where is my refund", "refund_status")
        codes = Codes(scene.engine, "s" * 32, scene.clock)
        code = codes.make(scene.turns[-1], EMAIL)
        scene.desk.identities.prove_email(scene.conversation, codes, code)
        sign_in(scene.desk.identities, scene.conversation, "customer-7", EMAIL)
        assert scene.pass_time(**QUIET) == 1
        assert "a refund" in scene.kept()[0]["content"]["summary"]


class TestFaults:
    def test_many_at_once_sum_up_once(self, scene: Scene) -> None:
        scene.track()
        scene.clock.forward(**QUIET)
        at_once(6, lambda _: scene.sweep().look())
        assert len(scene.kept()) == 1

    def test_who_goes_on_at_the_last_moment_is_not_summed_up_yet(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene.track()
        sweep = scene.sweep()
        sum_up = sweep._sum_up

        def go_on_first(conversation_id: str) -> None:
            scene.hear("one more thing", "inform")
            sum_up(conversation_id)

        monkeypatch.setattr(sweep, "_sum_up", go_on_first)
        scene.clock.forward(**QUIET)
        assert sweep.look() == 1
        assert scene.kept() == []
        assert scene.pass_time(**QUIET) == 1

    def test_who_is_deleted_at_the_last_moment_is_not_summed_up(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene.track()
        sweep = scene.sweep()
        sum_up = sweep._sum_up

        def erase_first(conversation_id: str) -> None:
            Erasures(scene.engine, (), scene.clock).erase(conversation_id)
            sum_up(conversation_id)

        monkeypatch.setattr(sweep, "_sum_up", erase_first)
        scene.clock.forward(**QUIET)
        assert (sweep.look(), scene.kept()) == (1, [])

    def test_a_process_that_dies_between_mark_and_entry_has_done_neither(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scene.track()
        scene.clock.forward(**QUIET)
        put = Outbox.put

        def put_and_die(box: Outbox, connection: sa.engine.Connection, *new: object) -> None:
            put(box, connection, *new)  # type: ignore[arg-type]  # handed on as they came
            raise KeyboardInterrupt

        monkeypatch.setattr(Outbox, "put", put_and_die)
        with pytest.raises(KeyboardInterrupt):
            scene.sweep().look()
        assert scene.kept() == []
        monkeypatch.undo()
        assert scene.sweep().look() == 1
        assert len(scene.kept()) == 1

    def test_a_crm_that_is_away_gets_it_later_and_once(self, scene: Scene) -> None:
        ann = scene.contact()
        scene.track()
        scene.pass_time(**QUIET)
        scene.crm.trouble = UnavailableError("down")
        for _ in range(3):
            scene.relay()
        assert scene.notes(ann) == []
        scene.crm.trouble = None
        scene.relay()
        scene.relay()
        assert len(scene.notes(ann)) == 1

    def test_a_write_of_which_nobody_knows_is_looked_for_and_not_repeated(self, scene: Scene) -> None:
        ann = scene.contact()
        scene.track()
        scene.pass_time(**QUIET)
        scene.crm.trouble, scene.crm.after, scene.crm.only = OutcomeUnknownError("cut"), True, "log_interaction"
        scene.relay()
        assert scene.kept()[0]["unknown"]
        scene.relay()
        assert scene.kept()[0]["state"] == State.DONE.value
        assert scene.crm.called.count("log_interaction") == 1
        assert len(scene.notes(ann)) == 1

    def test_a_relay_killed_after_the_write_leaves_one_note(self, scene: Scene) -> None:
        ann = scene.contact()
        scene.track()
        scene.pass_time(**QUIET)
        scene.clock.forward(minutes=1)
        scene.crm.trouble, scene.crm.after, scene.crm.only = KeyboardInterrupt(), True, "log_interaction"
        with pytest.raises(KeyboardInterrupt):
            scene.relay()
        scene.crm.trouble = None
        scene.relay()
        assert scene.kept()[0]["state"] == State.DONE.value
        assert (len(scene.notes(ann)), scene.crm.called.count("log_interaction")) == (1, 1)

    def test_nobody_is_told_of_it_even_where_it_is_given_up(self, scene: Scene) -> None:
        scene.contact()
        scene.track()
        scene.pass_time(**QUIET)
        with reading(scene.engine) as connection:
            before = [len(connection.execute(sa.select(table)).all()) for table in (jobs, inbox)]
        scene.crm.trouble = UnavailableError("down")
        scene.clock.forward(hours=25)
        scene.relay()
        assert scene.kept()[0]["state"] == State.DEAD.value
        with reading(scene.engine) as connection:
            assert [len(connection.execute(sa.select(table)).all()) for table in (jobs, inbox)] == before
        assert scene.told == []

    def test_our_own_mistake_costs_one_summary_and_not_those_behind_it(self, scene: Scene) -> None:
        scene.track()
        writer = Mock(spec=Writer)
        writer.write.side_effect = KeyError(EMAIL)
        scene.clock.forward(**QUIET)
        sweep = scene.sweep(writer)
        with capture_logs() as logs:
            assert [sweep.look(), sweep.look()] == [1, 0]
        assert [(line["event"], line["error"]) for line in logs] == [("a conversation cannot be summed up", "KeyError")]
        assert EMAIL not in str(logs)


class TestSwitches:
    def test_what_ends_while_it_is_off_is_not_told_later(self, scene: Scene) -> None:
        scene.track()
        scene.clock.forward(**QUIET)
        assert scene.sweep(enabled=False).look() == 1
        assert scene.pass_time(days=1) == 0

    def test_a_crm_that_keeps_no_talks_gets_none(self, scene: Scene) -> None:
        scene.track()
        scene.clock.forward(**QUIET)
        for lacking in NEEDED:
            scene.sweep(crm=Mock(spec=["capabilities"], capabilities=NEEDED - {lacking})).look()
        assert scene.kept() == []

    def test_the_quiet_time_is_the_deployments(self, scene: Scene) -> None:
        scene.track()
        scene.clock.forward(minutes=2)
        scene.sweep(quiet_minutes=1.5).look()
        assert len(scene.kept()) == 1
