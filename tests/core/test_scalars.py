import re
from datetime import timedelta
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from campaignd.core.scalars import (
    Duration,
    Line,
    Matching,
    Whole,
    Words,
    format_duration,
    parse_duration,
    parse_name,
    parse_positive_duration,
    parse_share,
    shown,
)


@pytest.mark.parametrize("text", ["a", "0", "no", "1.10", "gpt-4o", "fast_vad.2", "x" * 100])
def test_a_name_is_lower_case_letters_digits_and_joints(text: str) -> None:
    assert parse_name(text) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "'' is not a name", id="empty"),
        pytest.param("Checkout", "'Checkout' is not a name", id="capital"),
        pytest.param("-x", "'-x' is not a name", id="begins with a joint"),
        pytest.param("a b", "'a b' is not a name", id="space"),
        pytest.param("a\n", "'a\\n' is not a name", id="line end"),
        pytest.param("٣", "'٣' is not a name", id="digit of another script"),
        pytest.param(None, "nothing is not a name", id="nothing"),
        pytest.param("all", "'all' is reserved", id="reserved all"),
        pytest.param("base", "'base' is reserved", id="reserved base"),
        pytest.param("none", "'none' is reserved", id="reserved none"),
        pytest.param("mutations", "'mutations' is reserved", id="reserved mutations"),
        pytest.param("simulations", "'simulations' is reserved", id="reserved simulations"),
        pytest.param("x" * 101, "is too long for a name", id="too long"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(text: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        parse_name(text)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        pytest.param("500ms", timedelta(milliseconds=500), id="milliseconds"),
        pytest.param("90s", timedelta(seconds=90), id="seconds"),
        pytest.param("15m", timedelta(minutes=15), id="minutes"),
        pytest.param("1.5h", timedelta(minutes=90), id="part of an hour"),
        pytest.param("2d", timedelta(days=2), id="days"),
        pytest.param("0s", timedelta(), id="none at all"),
    ],
)
def test_durations_have_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "5min", "1e3s", "٣s", None, 5.5, []])
def test_what_is_no_duration_is_refused_with_examples(text: object) -> None:
    with pytest.raises(ValueError, match="is not a duration: write 500ms, 90s, 15m, "):
        parse_duration(text)


@pytest.mark.parametrize("text", ["999999999999d", "9" * 400 + "s"])
def test_an_endless_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than any campaign can wait"):
        parse_duration(text)


def test_no_time_at_all_is_refused_where_time_must_pass() -> None:
    with pytest.raises(ValueError, match="'0m' is no time at all"):
        parse_positive_duration("0m")


@given(st.integers(0, 10**12).map(lambda n: timedelta(milliseconds=n)))
def test_a_written_duration_is_read_back_as_it_was(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


def test_durations_are_written_as_a_file_would_say_them() -> None:
    adapter = TypeAdapter(Duration)
    assert adapter.dump_python(adapter.validate_python("120m")) == "2h"


@pytest.mark.parametrize(
    ("text", "share"),
    [("90%", 0.9), ("0.9", 0.9), ("62.5 %", 0.625), (1, 1.0), ("0", 0.0), ("100%", 1.0)],
)
def test_percents_and_fractions_are_the_same_share(text: object, share: float) -> None:
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["90", "101%", "-1%", "nan", "inf", "x", "", None, True])
def test_what_is_no_share_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a share: write 90% or "):
        parse_share(text)


@pytest.mark.parametrize(("value", "number"), [("1", 1), ("010", 10), (50, 50)])
def test_whole_numbers_come_as_text_or_numbers(value: object, number: int) -> None:
    assert TypeAdapter(Annotated[int, Whole(1, 50)]).validate_python(value) == number


@pytest.mark.parametrize(
    "value", ["0", "51", "1.0", "three", "1_0", "", None, True, [1], "9" * 5000]
)
def test_other_numbers_are_refused_with_the_range(value: object) -> None:
    with pytest.raises(ValueError, match="expected a whole number from 1 to 50, found"):
        Whole(1, 50).parse(value)


def test_a_number_without_an_upper_bound_names_only_the_lower_one() -> None:
    with pytest.raises(ValueError, match="expected a whole number of at least 1, found '0'"):
        Whole(1).parse("0")


def test_text_that_may_be_a_secret_is_not_repeated() -> None:
    with pytest.raises(ValueError, match=r"^this is not a word$"):
        Matching("[a-z]+", "a word", "word", may_show=False).parse("hunter2")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("  ", "found a blank one", id="blank"),
        pytest.param("a\nb", "found several", id="two lines"),
        pytest.param("x" * 201, "this text has 201 characters: at most 200 fit", id="too long"),
        pytest.param({}, "found a mapping", id="mapping"),
    ],
)
def test_a_line_is_one_short_line(text: object, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        TypeAdapter(Line).validate_python(text)


def test_prose_may_have_lines() -> None:
    assert Words(20, lines=True).parse("a\nb") == "a\nb"


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "nothing"), ([], "a list"), ({}, "a mapping"), ("a", "'a'"), (3, "3")],
)
def test_found_values_are_shown_as_people_say_them(value: object, words: str) -> None:
    assert shown(value) == words


def test_long_texts_are_shown_shortened() -> None:
    assert shown("x" * 300) == f"{'x' * 57!r}..."
