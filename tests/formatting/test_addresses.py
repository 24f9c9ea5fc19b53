"""Addresses as people type them: whole, in parts, corrected; and whatever else they send instead."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.errors import InvalidError
from bridge.formatting import addresses
from bridge.formatting.addresses import LONGEST, lines, merged, missing, parts, whole, wished
from bridge.model.commerce import Address

ELM = {"line1": "12 Elm Street", "city": "Springfield", "postcode": "62704", "region": "IL"}
ANN = Address("Ann Miller", "1 Old Road", "Portland", "97201", "US", region="OR")


@pytest.mark.parametrize(
    "typed",
    [
        "12 Elm Street, Springfield, IL 62704",
        "12 Elm Street, Springfield IL 62704",
        "12 Elm Street\nSpringfield, IL\n62704",
        "12 Elm Street Springfield IL 62704",
        "12 Elm Street, Springfield, Illinois, 62704",
        "please send it to 12 Elm Street, Springfield, IL 62704, thanks",
        "my new address is: 12 Elm Street; Springfield; IL 62704",
        "12 Elm Street,\u00a0Springfield, IL \uff16\uff12\uff17\uff10\uff14",
    ],
)
def test_one_address_in_many_spellings(typed: str) -> None:
    assert parts(typed) == ELM


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        (
            "Ann Miller, 12 Elm Street, Apt 4, Springfield, IL 62704, USA",
            {**ELM, "name": "Ann Miller", "line2": "Apt 4", "country": "US"},
        ),
        ("12 Elm Street Apt 4 Springfield IL 62704-1234", {**ELM, "line2": "Apt 4", "postcode": "62704-1234"}),
        (
            "5 Oak Street, New York, NY 10001",
            {"line1": "5 Oak Street", "city": "New York", "postcode": "10001", "region": "NY"},
        ),
        ("5 Oak Street, New York 10001", {"line1": "5 Oak Street", "city": "New York", "postcode": "10001"}),
        (
            "Hauptstr. 5, 10115 Berlin, Germany",
            {"line1": "Hauptstr. 5", "city": "Berlin", "postcode": "10115", "country": "DE"},
        ),
        ("10115 Berlin, Hauptstr. 5", {"line1": "Hauptstr. 5", "city": "Berlin", "postcode": "10115"}),
        (
            "221B Baker Street London nw1 6xe",
            {"line1": "221B Baker Street", "city": "London", "postcode": "NW1 6XE", "country": "GB"},
        ),
        (
            "Flat 2, 10 High Street, Oxford OX1 4AB",
            {"line1": "10 High Street", "line2": "Flat 2", "city": "Oxford", "postcode": "OX1 4AB", "country": "GB"},
        ),
        (
            "123 King St W, Toronto, ON M5H 1A1",
            {"line1": "123 King St W", "city": "Toronto", "region": "ON", "postcode": "M5H 1A1", "country": "CA"},
        ),
        (
            "Keizersgracht 1, 1015 CJ Amsterdam",
            {"line1": "Keizersgracht 1", "city": "Amsterdam", "postcode": "1015 CJ", "country": "NL"},
        ),
        ("5 Rue de Rivoli\n75001 Paris", {"line1": "5 Rue de Rivoli", "city": "Paris", "postcode": "75001"}),
        ("PO Box 12, Springfield 62704", {"line1": "PO Box 12", "city": "Springfield", "postcode": "62704"}),
        ("1200 Main Street", {"line1": "1200 Main Street"}),
        ("no, 14 Elm Street", {"line1": "14 Elm Street"}),
        ("94107", {"postcode": "94107"}),
        ("San Francisco, CA 94107", {"city": "San Francisco", "region": "CA", "postcode": "94107"}),
        ("Springfield", {"city": "Springfield"}),
        ("the zip is 94110", {"postcode": "94110"}),
        ("the city is Portland", {"city": "Portland"}),
        ("country: germany", {"country": "DE"}),
        ("the name is Bo Li", {"name": "Bo Li"}),
        ("Canada", {"country": "CA"}),
        ("and apartment 5", {"line2": "apartment 5"}),
    ],
)
def test_what_a_message_tells_of_an_address(typed: str, found: dict[str, str]) -> None:
    assert parts(typed) == found


@pytest.mark.parametrize("typed", ["", "...", "please", "I will tell you tomorrow when I know", "\U0001f937"])
def test_what_tells_nothing_of_one(typed: str) -> None:
    assert parts(typed) == {}


@given(st.text(max_size=300))
@example("12 " * 60)
@example(f"1 {'x' * LONGEST} Street, Springfield")
def test_whatever_is_typed_gives_parts_or_is_too_long(typed: str) -> None:
    try:
        found = parts(typed)
    except InvalidError:
        return  # only a part that is too long: see below
    assert set(found) <= {"name", "line1", "line2", "house", "city", "region", "postcode", "country"}
    assert all(value.strip() and len(value) <= LONGEST for value in found.values())


def test_a_part_that_no_parcel_could_carry_is_refused() -> None:
    with pytest.raises(InvalidError, match="line1: too long"):
        parts(f"1 {'x' * LONGEST} Street, Springfield")


STREETS = st.builds(
    lambda number, name: f"{number} {name} Street", st.integers(1, 999), st.sampled_from(["Elm", "High", "Long"])
)
TOWNS = st.sampled_from(["Springfield", "San Francisco", "Portland", "Saint Paul"])
REGIONS = st.sampled_from(["IL", "CA", "OR", "MN", "NY"])
ADDRESSES = st.builds(
    Address,
    name=st.sampled_from(["Ann Miller", "Bo Li"]),
    line1=STREETS,
    city=TOWNS,
    postcode=st.from_regex(r"[1-9][0-9]{4}", fullmatch=True),
    country=st.just("US"),
    line2=st.sampled_from(["", "Apt 4", "Suite 12"]),
    region=REGIONS,
)


@given(ADDRESSES, st.sampled_from(["\n", ", ", "; "]))
def test_an_address_that_we_wrote_out_is_read_as_the_same(address: Address, between: str) -> None:
    written = lines(address, "en_US").replace("\n", between)
    assert whole(parts(written), None) == address


def test_a_correction_changes_only_what_it_names() -> None:
    assert merged(ELM, parts("the zip is 62705")) == {**ELM, "postcode": "62705"}
    assert merged(ELM, parts("no, the house number is 14")) == {**ELM, "line1": "14 Elm Street"}
    assert merged({"line1": "Hauptstr. 5"}, parts("house number 7a"))["line1"] == "Hauptstr. 7a"


def test_what_is_missing_is_named_in_the_order_of_an_address() -> None:
    told: dict[str, str] = {}
    asked = []
    for field, said in (("line1", "12 Elm Street"), ("city", "Springfield"), ("postcode", "62704")):
        asked.append(missing(told))
        told = merged(told, parts(said))
        assert field in told
    assert (asked, missing(told)) == (["line1", "city", "postcode"], None)


def test_name_and_country_come_from_the_order_unless_they_are_told() -> None:
    assert whole(ELM, ANN) == Address("Ann Miller", "12 Elm Street", "Springfield", "62704", "US", region="IL")
    assert whole({**ELM, "name": "Bo Li", "country": "CA"}, ANN).name == "Bo Li"
    with pytest.raises(InvalidError, match="name: missing"):
        whole(ELM, None)


def test_the_second_line_and_the_state_of_the_old_address_are_not_kept() -> None:
    old = Address("Ann Miller", "1 Old Road", "Portland", "97201", "US", line2="Apt 9", region="OR")
    new = whole({key: value for key, value in ELM.items() if key != "region"}, old)
    assert (new.line2, new.region) == ("", "")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (ANN, "Ann Miller\n1 Old Road\nPortland, OR 97201\nUnited States"),
        (Address("Bo Li", "Hauptstr. 5", "Berlin", "10115", "DE"), "Bo Li\nHauptstr. 5\n10115 Berlin\nGermany"),
        (Address("Bo Li", "1 Row", "Nowhere", "1", "ZZZ"), "Bo Li\n1 Row\nNowhere 1\nZZZ"),
    ],
)
def test_an_address_is_written_as_on_a_parcel(address: Address, written: str) -> None:
    assert lines(address, "en_US") == written


@pytest.mark.parametrize(
    ("text", "number", "said"),
    [
        ("change address for 1240 to 5 Oak Street", "1240", "5 Oak Street"),
        ("send order #1240 to another address", "1240", ""),
        ("new address: 5 Oak Street, Springfield", None, "5 Oak Street, Springfield"),
        ("change the address of 1240", "1240", ""),
    ],
)
def test_a_wish_may_hold_the_address_already(text: str, number: str | None, said: str) -> None:
    assert wished(text, number) == said


def test_every_region_and_street_word_is_a_text() -> None:
    """YAML reads NO, ON and Y as truth values."""
    words = addresses._words()
    assert all(isinstance(code, str) for codes in words["regions"].values() for code in codes)
    assert all(
        isinstance(word, str) for name in ("before", "after", "streets", "units", "directions") for word in words[name]
    )
