"""Where a second wish may begin, and what makes it one; how well the trained model does is in test_model.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.clauses import LONGEST, MOST, cuts
from components.intent_model import Verdict
from components.wishes import Second, of_the_first, second
from scripts.nlu.lines import HOLDOUT, holdout_lines, load, normal, training_lines

LINES = load(HOLDOUT.with_name("wishes.yml"))


def said(intent: str, confidence: float = 0.9) -> Verdict:
    return Verdict(((intent, confidence), ("out_of_scope", 0.01)), 0.9)


def judged(text: str, *pairs: tuple[Verdict, Verdict], whole: str = "track_order") -> Second | None:
    places = cuts(text)
    assert len(places) == len(pairs), places
    return second(text, said(whole), [(place, *pair) for place, pair in zip(places, pairs, strict=True)])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cancel 1001 and where is 1002", [("cancel 1001", "where is 1002")]),
        ("return it. also whats your policy", [("return it", "whats your policy")]),
        ("where is it, can i pay later; and also call me", [
            ("where is it", "can i pay later"), ("where is it, can i pay later", "call me"),
        ]),
        ("where is 1001\ndo you ship to fiji", [("where is 1001", "do you ship to fiji")]),
        ("is 1001 sent & when do i get 1002", [("is 1001 sent", "when do i get 1002")]),
    ],
)  # fmt: skip
def test_a_message_may_be_cut_where_a_request_begins(text: str, parts: list[tuple[str, str]]) -> None:
    assert [cut.parts(text) for cut in cuts(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "the blue shirt and the black jeans haven't arrived",
        "i changed my mind and want to cancel",
        "1001 and my email is ana@example.test",
        "i also want to complain",
        "and where is 1002",
        "",
        "and",
        "also, ",
        "where is it and " * 40,
    ],
)
def test_there_is_nothing_to_cut(text: str) -> None:
    assert cuts(text) == []


@given(st.one_of(st.text(max_size=LONGEST + 20), st.lists(st.sampled_from([
    "and", "also", "where is", "1001", ", ", ". ", "i want", "?", "\n", "can you", "plus", "&", "btw",
])).map(" ".join)))  # fmt: skip
def test_whatever_is_typed_the_parts_are_of_it_and_in_order(text: str) -> None:
    places = cuts(text)
    assert len(places) <= MOST
    assert all(0 < cut.end <= cut.start < cut.stop <= len(text) for cut in places)
    assert [cut.start for cut in places] == sorted({cut.start for cut in places})


def test_two_sure_wishes_are_two() -> None:
    found = judged("cancel it and where is the other", (said("cancel_order"), said("track_order")))
    assert found == Second(len("cancel it"), "where is the other", said("cancel_order"))


def test_of_three_wishes_the_rest_keeps_two() -> None:
    pair = (said("cancel_order"), said("track_order"))
    found = judged(
        "cancel 1, where is 2 and can i pay later", pair, (said("cancel_order"), said("ask_payment_methods"))
    )
    assert found is not None
    assert found.rest == "where is 2 and can i pay later"


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("hi, where is my order", "greet", "track_order"),
        ("thanks, and can you check my ticket", "thank", "check_ticket"),
        ("send it back and give me a refund", "return_item", "refund_status"),
        ("they sent the wrong one, can i return it", "create_ticket", "return_item"),
        ("where is 1001 and when is it here", "track_order", "track_order"),
        ("where is 1001 and when is 1001 here", "track_order", "track_order"),
    ],
)
def test_these_are_one_wish(text: str, before: str, after: str) -> None:
    assert judged(text, (said(before), said(after))) is None


@pytest.mark.parametrize("confidences", [(0.44, 0.9), (0.9, 0.44)])
def test_a_part_that_is_not_understood_is_no_wish(confidences: tuple[float, float]) -> None:
    before, after = confidences
    parts = said("cancel_order", before), said("track_order", after)
    assert judged("cancel it and where is the other", parts) is None


def test_the_same_wish_for_another_record_is_a_second() -> None:
    found = judged("where is 1001 and where is 1002", (said("track_order", 0.4), said("track_order", 0.4)))
    assert found is not None
    assert found.rest == "where is 1002"


def test_also_tells_a_second_wish_from_a_kindred_one() -> None:
    assert judged("send it back. also give me a refund", (said("return_item"), said("refund_status"))) is not None


@pytest.mark.parametrize(("whole", "after"), [("crisis", "track_order"), ("track_order", "crisis")])
def test_a_person_in_danger_is_never_put_off(whole: str, after: str) -> None:
    text = "cancel it and also i can't go on"
    assert judged(text, (said("cancel_order"), said(after)), whole=whole) is None


def test_what_gave_way_to_the_second_wish_is_the_one_that_is_meant_in_the_first() -> None:
    first = {"entity": "order_number", "value": "1", "start": 0, "end": 4, "role": "old"}
    other = {"entity": "order_number", "value": "2", "start": 10, "end": 14}
    assert of_the_first([first, other], 5) == [{key: value for key, value in first.items() if key != "role"}]
    assert of_the_first([first, other], 20) == [first, other]


def test_the_test_lines_are_no_training_lines() -> None:
    known = {normal(line) for _, line in [*training_lines(), *holdout_lines()]}
    two = ["".join((first, joint, last)) for name in ("two", "two_blind") for first, _, joint, last, _ in LINES[name]]
    one = [text for name in ("one", "one_blind") for text, _ in LINES[name]]
    assert len(two) >= 60
    assert len(one) >= 100
    assert len({normal(line) for line in (*two, *one)}) == len(two) + len(one)
    assert [line for line in (*two, *one) if normal(line) in known] == []
