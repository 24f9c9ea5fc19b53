"""What a message tells by its words: a problem or only a wish, how urgent, about what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.helpdesk import Priority
from bridge.usecases import wording


@pytest.mark.parametrize(
    "text",
    """\
    my jacket arrived with a broken zip
    The parcel was left in the rain and everything is wet
    I was charged twice for order 1001
    wrong size delivered
    one of the two shirts is missing
    the discount code did not work at the checkout
    My jeans are torn at the knee
    I can't log in to my account
    your courier threw the parcel over the fence
    the shoes squeak when I walk
    received a blue shirt instead of a red one
    The app crashes when I pay
    package stuck at customs since Monday
    order #1001 never arrived
    they sent me two left shoes
    the colour washed out
    refund still not on my account
    My gift card shows no balance
    It smells of smoke
    I need a ticket because my tent leaks
    the invoice has my old address
    zipper stuck
    driver was rude
    tracking has not moved for a week
    please help, my kettle caught fire
    battery does not charge
    The lid doesn\u2019t close
    it\u2019s too small for me
    The print on the t-shirt peels off
    I would like to report that the box was empty""".splitlines(),
)
def test_a_problem_is_heard(text: str) -> None:
    assert wording.tells_a_problem(text.strip())


@pytest.mark.parametrize(
    "text",
    """\
    I want to open a ticket
    open a ticket please
    Can you create a support ticket for me?
    I'd like to report a problem
    i need help
    hi, I have an issue
    please open a case
    I have a problem with my order
    I have a problem with my order 1001
    something is wrong with order #1001
    I have an issue with order #W2378156
    can I file a complaint
    ticket
    new ticket
    new ticket pls
    hello, could you make a ticket for me thanks
    I'm having trouble with an order
    I want to contact support
    let me raise an issue
    I've got a question
    open a ticket for john@example.test
    I need to contact the support team about something
    submit a request please
    log a ticket
    start a new support case
    Could you open another ticket?
    I would like to report something
    help me with a problem
    I\u2019d like to open a ticket
    1001""".splitlines(),
)
def test_a_wish_alone_is_no_problem(text: str) -> None:
    assert not wording.tells_a_problem(text.strip())


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("this is urgent", "urgent"),
        ("Please answer ASAP", "urgent"),
        ("I need it right now!", "urgent"),
        ("as soon as possible please", "urgent"),
        ("URGENT: the box was empty", "urgent"),
        ("this is important", "high"),
        ("I need it by tomorrow", "high"),
        ("totally unacceptable", "high"),
        ("no rush", "low"),
        ("it's not urgent", "low"),
        ("not that urgent", "low"),
        ("whenever you have time", "low"),
        ("when you have time", "low"),
        ("low priority", "low"),
        ("not important", "low"),
        ("the jacket arrived today", None),
        ("I ordered it today and the price is wrong", None),
        ("whenever I log in the app crashes", None),
        ("the lamp turns off whenever it rains", None),
        ("the insurgents of the urgency board game are missing", None),
        ("the zip broke quickly", None),
        ("will it be there soon?", None),
        ("", None),
    ],
)
def test_priority_is_taken_from_words_that_state_it(text: str, priority: str | None) -> None:
    assert wording.priority_in(text) == (Priority(priority) if priority else None)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("I want to return my shoes", "returns"),
        ("where is my refund", "returns"),
        ("I was charged twice", "payment"),
        ("the invoice is wrong", "payment"),
        ("my parcel is lost", "delivery"),
        ("the package never arrived", "delivery"),
        ("we need a quote for 200 jackets", "sales"),
        ("the website looks odd", ""),
        ("I lost my password", ""),
        ("", ""),
    ],
)
def test_the_topic_is_told_by_its_words(text: str, topic: str) -> None:
    assert wording.topic_of(text) == topic


@pytest.mark.parametrize(
    ("text", "ordered"),
    [
        ("my parcel is wet", True),
        ("the jacket has a hole", True),
        ("wrong T-shirt", True),
        ("I cannot log in", False),
        ("your newsletter comes twice", False),
    ],
)
def test_an_order_is_asked_for_only_where_something_was_ordered(text: str, ordered: bool) -> None:
    assert wording.is_about_an_order(text) is ordered


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("do you have blue t-shirts in L?", ["blue", "t-shirts", "l"]),
        ("black jeans", ["black", "jeans"]),
        ("is the M\u00fcller tent in stock?", ["m\u00fcller", "tent"]),
        ("what do you have?", []),
        ("\U0001f455", []),
    ],
)
def test_search_words_name_the_thing(text: str, words: list[str]) -> None:
    assert wording.search_words(text) == words


@pytest.mark.parametrize(
    ("plural", "single"),
    [
        ("t-shirts", "t-shirt"),
        ("jeans", "jean"),
        ("dresses", "dress"),
        ("dress", "dress"),
        ("watches", "watch"),
        ("boxes", "box"),
        ("shoes", "shoe"),
        ("caps", "cap"),
        ("xxs", "xxs"),
    ],
)
def test_a_plural_is_made_single(plural: str, single: str) -> None:
    assert wording.singular(plural) == single


@pytest.mark.parametrize("group", ["topics", "priority"])
def test_every_listed_phrase_is_heard_as_what_it_is_listed_for(group: str) -> None:
    lists = wording.word_lists("en")[group]
    hear = wording.topic_of if group == "topics" else wording.priority_in
    for meaning, phrases in lists.items():
        for phrase in phrases:
            assert hear(f"so, {phrase}!") is not None, phrase
            assert hear(f"so, {phrase}!") in {meaning, *lists}, phrase
            assert hear(phrase) == meaning, phrase


def test_every_word_for_ordered_things_is_heard() -> None:
    deaf = [
        word for word in wording.word_lists("en")["ordered"] if not wording.is_about_an_order(f"the {word}, you know")
    ]
    assert deaf == []


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert wording.tells_a_problem(text) in {True, False}
    assert wording.priority_in(text) in {None, *Priority}
    assert wording.topic_of(text) in {"", "returns", "payment", "delivery", "sales"}
    assert all(word and word == word.casefold() for word in wording.search_words(text))


@pytest.mark.parametrize("text", ["where do I find it", "which postcode, mine?", "hm?", "?", "why"])
def test_a_question_back_is_noticed(text: str) -> None:
    assert wording.asks_back(text)


@pytest.mark.parametrize("text", ["1001", "the blue one", "", "..."])
def test_an_answer_is_no_question_back(text: str) -> None:
    assert not wording.asks_back(text)


@pytest.mark.parametrize("text", ["idk", "I don\u2019t have it", "no idea sorry", "i lost the number", "forgot"])
def test_an_answer_that_gives_nothing_is_noticed(text: str) -> None:
    assert wording.gives_nothing(text)


@pytest.mark.parametrize(
    "text", ["1001", "", "the shop says they do not have my parcel and i do not know what to do about that now"]
)
def test_a_story_gives_something(text: str) -> None:
    assert not wording.gives_nothing(text)


@pytest.mark.parametrize(
    "text", ["its been 5 days!!", "WHERE IS MY PACKAGE", "you stupid bot", "what the fuck", "\U0001f621", "what?!?"]
)
def test_anger_is_noticed(text: str) -> None:
    assert wording.is_angry(text)


@pytest.mark.parametrize("text", ["1Z999AA10123456784", "SW1A 1AA", "thanks!", "USA", "where is it?", "my TV", ""])
def test_a_code_and_a_plain_word_are_not_angry(text: str) -> None:
    assert not wording.is_angry(text)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("yes", ""),
        ("yes please, send it", ""),
        ("no that's wrong", ""),
        ("No.", ""),
        ("\U0001f44d", ""),
        ("yes but it is urgent", "it is urgent"),
        ("Yes, and call me", "call me"),
        ("ok ok, the left sleeve too", "the left sleeve too"),
        ("no, it is the button", "it is the button"),
        ("nothing works", ""),
        ("the yes button is broken", ""),
    ],
)
def test_what_comes_with_a_yes_or_no_is_told_from_a_plain_one(text: str, more: str) -> None:
    assert wording.beyond_yes_or_no(text) == more


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("it is not solved, reopen it", True),
        ("still no label", True),
        ("add a comment to my ticket", False),
        ("please reopen it", False),
        ("", False),
    ],
)
def test_news_for_a_ticket_is_told_from_the_wish_to_add_some(text: str, tells: bool) -> None:
    assert wording.tells_news(text) is tells


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    more = wording.beyond_yes_or_no(text)
    assert more in text
    assert isinstance(wording.is_angry(text) and wording.asks_back(text) and wording.gives_nothing(text), bool)
