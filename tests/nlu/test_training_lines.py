"""Keep the training lines worth training on: enough, varied, in one intent each, and apart from the hold-out."""

import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from scripts.nlu.lines import (
    APART,
    ENTITY,
    HOLDOUT,
    TRAINING,
    annotated_lines,
    holdout_lines,
    load,
    normal,
    plain_lines,
    training_lines,
)
from tests.nlu.test_patterns import found

INTENTS_BY_FILE = {
    "orders": "track_order cancel_order change_order change_shipping_address ask_delivery place_order",
    "returns": "return_item exchange_item refund_status ask_return_policy",
    "products": "search_products check_stock",
    "payments": "ask_payment_methods report_payment_problem get_invoice",
    "tickets": "create_ticket check_ticket update_ticket complain",
    "account": (
        "recover_password update_contact_details manage_account delete_my_data manage_newsletter verify_identity"
    ),
    "sales": "contact_sales",
    "hr": "check_leave_balance ask_benefits",
    "it": "request_it_service",
    "finance": "check_finance_status",
    "erp": "check_business_record",
    "handoff": "talk_to_human",
    "smalltalk": "greet goodbye thank affirm deny stop help bot_challenge give_feedback inform crisis explain "
    "out_of_scope",
    "entities": "",
}
OFTEN_USED = (
    "track_order create_ticket check_ticket update_ticket talk_to_human inform ask_delivery cancel_order return_item"
)
MINIMUM = defaultdict(lambda: 35, {"out_of_scope": 250, **dict.fromkeys(OFTEN_USED.split(), 60)})
TWINS_FROM_WORDS = 3  # below, one word is too much of a line: "stop it" and "stop that" both teach something
NUMBER = re.compile(r"[#t]?-?[a-z]{0,2}\d[\w-]*")


def bare(line: str) -> list[str]:
    """Return the words of a line; all numbers are one, and apostrophes are nothing."""
    return NUMBER.sub("0", normal(line).replace("'", "")).split()


def differ_in_one_word(one: list[str], other: list[str]) -> bool:
    """Tell whether a single word replaced, added or left out turns one line into the other, or none has to be."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    same_start = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = same_start + 1 if len(short) == len(long) else same_start
    return short[rest:] == long[same_start + 1 :]


def twins(lines: list[str]) -> list[tuple[str, str]]:
    """Return the pairs of lines that differ in one word only."""
    words = {line: tuple(bare(line)) for line in lines}
    # Twins become the same when one word of either is left out, so only lines that share such a rest are compared.
    alike = defaultdict(set)
    for line, said in words.items():
        if len(said) >= TWINS_FROM_WORDS:
            for rest in {said, *(said[:at] + said[at + 1 :] for at in range(len(said)))}:
                alike[rest].add(line)
    pairs = {pair for group in alike.values() for pair in combinations(sorted(group), 2)}
    return sorted(pair for pair in pairs if differ_in_one_word(list(words[pair[0]]), list(words[pair[1]])))


@pytest.mark.parametrize("path", [*TRAINING, HOLDOUT], ids=lambda path: path.stem)
def test_each_file_names_the_format_version(path: Path) -> None:
    assert load(path)["version"] == "3.1"


def test_each_capability_file_holds_exactly_its_intents() -> None:
    intents = {path.stem: {intent for intent, _ in annotated_lines(path)} for path in TRAINING}
    assert intents == {name: set(expected.split()) for name, expected in INTENTS_BY_FILE.items()}


def test_each_intent_has_lines_enough() -> None:
    counts = Counter(intent for intent, _ in training_lines())
    assert {intent: n for intent, n in counts.items() if n < MINIMUM[intent]} == {}


def test_no_line_is_written_twice_or_in_two_intents() -> None:
    places = defaultdict(list)
    for intent, line in training_lines():
        places[normal(line) or line].append((intent, line))
    assert [lines for lines in places.values() if len(lines) > 1] == []


@pytest.mark.parametrize("intent", " ".join(INTENTS_BY_FILE.values()).split())
def test_no_two_lines_of_an_intent_differ_in_one_word_only(intent: str) -> None:
    assert twins([line for name, line in training_lines() if name == intent]) == []


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("where is my red order", "where is my blue order", True),
        ("where is my order", "where is my order now", True),
        ("please where is my order", "where is my order", True),
        ("where is my order", "when is the order", False),
        ("where is my order", "where is my order right now", False),
        ("is my order where", "where is my order", False),
        ("where's order 1001?", "Wheres order T-10077", True),
        ("stop it", "stop that", False),
    ],
)
def test_twins_are_told_from_relatives(one: str, other: str, expected: bool) -> None:
    assert twins([one, other]) == ([tuple(sorted((one, other)))] if expected else [])


def test_the_holdout_covers_every_intent_and_shares_no_line_with_the_training() -> None:
    trained = {normal(line) or line for _, line in training_lines()}
    held = holdout_lines()
    assert len(held) >= 400
    assert min(Counter(intent for intent, _ in held).values()) >= 5
    assert {intent for intent, _ in held} == {intent for intent, _ in training_lines()}
    assert [line for _, line in held if (normal(line) or line) in trained] == []


@pytest.mark.parametrize("path", APART, ids=lambda path: path.stem)
def test_imagined_customers_stay_apart(path: Path) -> None:
    trained = training_lines()
    known = {normal(line) or line for _, line in [*trained, *holdout_lines()]}
    lines = plain_lines(path)
    assert len(lines) >= 100
    assert {intent for intent, _ in lines} <= {intent for intent, _ in trained}
    assert [line for _, line in lines if (normal(line) or line) in known] == []


def test_imagined_customers_want_everything_that_is_offered() -> None:
    wanted = {intent for path in APART for intent, _ in plain_lines(path)}
    assert wanted == {intent for intent, _ in training_lines()}


def test_each_annotation_is_what_its_pattern_finds() -> None:
    wrong = []
    counts: Counter[str] = Counter()
    for path in TRAINING:
        for _, line in annotated_lines(path):
            text = ENTITY.sub(r"\1", line)
            for value, entity in ENTITY.findall(line):
                counts[entity] += 1
                if value not in found(entity, text):
                    wrong.append(line)
    assert wrong == []
    assert set(counts) >= {"order_number", "ticket_number", "email", "postcode"}
    assert min(counts.values()) >= 8
