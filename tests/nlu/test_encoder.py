"""Hold the encoder to its files, its vectors and its refusals, and the intent model to what it promises."""

from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import encoder
from components.emoji import worded
from components.encoder import EncoderError, SentenceEncoder, find
from components.intent_model import IntentModel, Tuning, clean
from components.pasted import essence
from components.typos import misspelled


@pytest.fixture(scope="module")
def sentences() -> SentenceEncoder:
    """Return the installed encoder."""
    return SentenceEncoder(find())


def test_like_sentences_are_near_and_unlike_ones_far(sentences: SentenceEncoder) -> None:
    order, parcel, poem = sentences.encode(["where is my order", "wheres my parcel", "write me a poem about autumn"])
    assert order @ parcel > 0.5 > order @ poem


def test_every_vector_has_length_one_whatever_the_text(sentences: SentenceEncoder) -> None:
    vectors = sentences.encode(["", " ", "\U0001f600", "a" * 2000, "where " * 400, "?!", "我的订单在哪里"])
    assert vectors.shape == (7, sentences.size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_sentence_has_the_same_vector_alone_and_in_company(sentences: SentenceEncoder) -> None:
    company = [f"where is order {number}, it has been {number} days" for number in range(100)]
    together = SentenceEncoder(sentences.files).encode(["hi", *company])
    assert np.allclose(together[0], sentences.encode(["hi"])[0], atol=0.02)


def test_memory_for_vectors_is_bounded(sentences: SentenceEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "KEPT", 3)
    small = SentenceEncoder(sentences.files)
    small.encode([str(number) for number in range(10)])
    assert len(small._kept) == 3


def test_a_changed_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fake_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "model.onnx").write_bytes(b"something else")
    monkeypatch.syspath_prepend(tmp_path)
    known = encoder._PACKAGED["model.onnx"]
    monkeypatch.setitem(encoder._PACKAGED, "model.onnx", ("fake_weights", *known[1:]))
    with pytest.raises(EncoderError, match="not the file that Frontdesk was measured with"):
        find()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = encoder._PACKAGED["model.onnx"]
    monkeypatch.setitem(encoder._PACKAGED, "model.onnx", ("no_such_package_here", *known[1:]))
    with pytest.raises(EncoderError, match="no_such_package_here"):
        find()


def test_a_directory_needs_both_files(tmp_path: Path) -> None:
    shutil.copy(find().model, tmp_path / "model.onnx")
    with pytest.raises(EncoderError, match=r"tokenizer\.json is missing"):
        find(str(tmp_path))
    shutil.copy(find().tokenizer, tmp_path / "tokenizer.json")
    assert find(str(tmp_path)).fingerprint == find().fingerprint


LINES = [
    ("greet", "hello"),
    ("greet", "hi there"),
    ("greet", "good morning"),
    ("track_order", "where is my order"),
    ("track_order", "my parcel has not come"),
    ("track_order", "track 1001"),
    ("cancel_order", "cancel my order"),
    ("cancel_order", "i no longer want it"),
    ("cancel_order", "please cancel 1001"),
]


def trained(sentences: SentenceEncoder, tuning: Tuning | None = None) -> IntentModel:
    """Return a small model."""
    texts = [text for _, text in LINES]
    return IntentModel(tuning).fit(texts, sentences.encode(texts), [intent for intent, _ in LINES])


@functools.cache
def trained_once(sentences: SentenceEncoder) -> IntentModel:
    """Return the same small model for every example of a property."""
    return trained(sentences)


def test_a_saved_model_says_the_same(sentences: SentenceEncoder, tmp_path: Path) -> None:
    model = trained(sentences)
    model.save(tmp_path, lines=9)
    again, about = IntentModel.load(tmp_path)
    asked = ["wheres my parcel", "", "cancle 1001", "\U0001f600"]
    assert again.judge(asked, sentences.encode(asked)) == model.judge(asked, sentences.encode(asked))
    assert about == {"lines": 9}


@given(
    text=st.text(max_size=60) | st.lists(st.sampled_from(["where", "is", "order", "1001", "!!", "pls"])).map(" ".join)
)
def test_words_score_what_scikit_learn_gives_them(sentences: SentenceEncoder, text: str) -> None:
    model, start = trained_once(sentences), 0
    expected = np.zeros(len(model.intents))
    for counter in model._counters:
        counted = counter.transform([text])
        expected += (counted @ model._weights[start : start + counted.shape[1]])[0]
        start += counted.shape[1]
    assert np.allclose(model._score_of_words(text), expected, rtol=0, atol=1e-9)


def test_two_intents_are_enough(sentences: SentenceEncoder) -> None:
    texts = ["hello", "hi there", "bye", "see you"]
    model = IntentModel().fit(texts, sentences.encode(texts), ["greet", "greet", "goodbye", "goodbye"])
    assert [verdict.ranking[0][0] for verdict in model.judge(texts, sentences.encode(texts))] == [
        "greet",
        "greet",
        "goodbye",
        "goodbye",
    ]


def test_a_stranger_gets_less_confidence_than_the_model_alone_would_give(sentences: SentenceEncoder) -> None:
    asked = ["my cancelled gym membership"]
    doubting = trained(sentences).judge(asked, sentences.encode(asked))[0]
    trusting = trained(sentences, Tuning(familiar=-5.0)).judge(asked, sentences.encode(asked))[0]
    assert doubting.nearest < 0.6
    assert doubting.ranking[0][0] == trusting.ranking[0][0]
    assert doubting.ranking[0][1] < trusting.ranking[0][1]


def test_an_intent_whose_line_is_nearest_gains(sentences: SentenceEncoder) -> None:
    asked = ["i don't want the parcel any longer"]
    near = trained(sentences).judge(asked, sentences.encode(asked))[0]
    plain = trained(sentences, Tuning(likeness=0.0)).judge(asked, sentences.encode(asked))[0]
    known = sentences.encode([text for _, text in LINES]) @ sentences.encode(asked)[0]
    nearest = LINES[int(known.argmax())][0]
    assert dict(near.ranking)[nearest] > dict(plain.ranking)[nearest]
    assert near.nearest == pytest.approx(known.max(), abs=1e-5)


def test_what_was_trained_is_known(sentences: SentenceEncoder) -> None:
    (verdict,) = trained(sentences).judge(["where is my order"], sentences.encode(["where is my order"]))
    assert verdict.ranking[0][0] == "track_order"
    assert verdict.nearest > 0.999


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("WHERE is it", "where is it"),
        ("soooooo late", "soo late"),
        ("order 1001", "order 77812"),
        ("late!!!!!", "late!"),
        ("it\u2019s late", "it's late"),
    ],
)
def test_what_makes_no_difference_is_counted_alike(one: str, other: str) -> None:
    assert clean(one).split() == clean(other).split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is my order", "where is my order"),
        ("please cancel my order\n\nOn Mon, 3 Mar 2024, Shop wrote:\n> thanks for buying", "please cancel my order"),
        ("From: Ana\nTo: Shop\nSubject: Re: broken mug\n\nIt came in pieces.", "broken mug It came in pieces."),
        ("Hi, my lamp is broken\n-----Original Message-----\nFrom: shop", "Hi, my lamp is broken"),
        ("> only a quote", "> only a quote"),
        ("from: me", "from: me"),
        ("1001 > 1000", "1001 > 1000"),
    ],
)
def test_of_a_pasted_thread_the_request_is_read(text: str, expected: str) -> None:
    assert " ".join(essence(text).split()) == " ".join(expected.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\U0001f44d", "yes"),
        ("\U0001f44d\U0001f3fd\U0001f44d!", "yes"),
        ("\U0001f64f\u2764\ufe0f", "thanks"),
        ("\U0001f937\u200d\u2640\ufe0f", "i don't know"),
        ("where is it \U0001f621", "where is it \U0001f621"),
        ("\U0001f955", "\U0001f955"),
        ("?!", "?!"),
        ("", ""),
    ],
)
def test_emoji_alone_are_read_as_words(text: str, expected: str) -> None:
    assert worded(text) == expected


@given(st.text(max_size=60), st.integers(0, 99))
def test_a_misspelled_line_keeps_its_first_letters_and_its_numbers(line: str, seed: int) -> None:
    slipped = misspelled(line, seed)
    assert slipped == misspelled(line, seed)
    assert re.findall(r"\d", slipped) == re.findall(r"\d", line)
    assert abs(len(slipped) - len(line)) <= len(line) // 4 + 1


def test_a_line_with_long_words_is_misspelled() -> None:
    assert len({misspelled("where is my order please", seed) for seed in range(20)}) > 5
    assert misspelled("is it in") == "is it in"
