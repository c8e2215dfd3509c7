from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.ulid import RANDOM_BYTES, is_ulid, make_ulid, moment_of

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
CHANCES = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


def milliseconds_in(ulid: str) -> int:
    number = 0
    for letter in ulid[:10]:
        number = number * 32 + ALPHABET.index(letter)
    return number


def test_a_moment_is_spelled_as_the_specification_does() -> None:
    # 01ARYZ6S41 is the specification's own example of a time: 1469918176385
    moment = EPOCH + timedelta(milliseconds=1469918176385)
    assert make_ulid(moment, bytes(10)) == "01ARYZ6S410000000000000000"
    assert make_ulid(moment, b"\xff" * 10) == "01ARYZ6S41ZZZZZZZZZZZZZZZZ"


@given(MOMENTS, CHANCES)
def test_its_time_is_the_moment_to_the_millisecond(moment: datetime, chance: bytes) -> None:
    made = make_ulid(moment, chance)
    assert is_ulid(made)
    assert milliseconds_in(made) == (moment - EPOCH) // timedelta(milliseconds=1)
    assert timedelta() <= moment - moment_of(made.lower()) < timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS, CHANCES, CHANCES)
def test_they_sort_by_the_millisecond_they_were_made(
    one: datetime, other: datetime, chance: bytes, luck: bytes
) -> None:
    earlier, later = sorted([one, other])
    if later - earlier >= timedelta(milliseconds=1):
        assert make_ulid(earlier, chance) < make_ulid(later, luck)


@given(MOMENTS, CHANCES, CHANCES)
def test_different_chance_makes_different_ids(moment: datetime, chance: bytes, luck: bytes) -> None:
    assert (make_ulid(moment, chance) == make_ulid(moment, luck)) == (chance == luck)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("01ARYZ6S41TSV4RRFFQ69G5FAV", True, id="upper case"),
        pytest.param("01aryz6s41tsv4rrffq69g5fav", True, id="lower case"),
        pytest.param("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", True, id="the last one there is"),
        pytest.param("8ZZZZZZZZZZZZZZZZZZZZZZZZZ", False, id="more than 128 bits"),
        pytest.param("01ARYZ6S41TSV4RRFFQ69G5FA", False, id="too short"),
        pytest.param("01ARYZ6S41TSV4RRFFQ69G5FAVX", False, id="too long"),
        pytest.param("01ARYZ6S41TSV4RRFFQ69G5FAU", False, id="a letter left out of the alphabet"),
        pytest.param("0ßARYZ6S41TSV4RRFFQ69G5FAV", False, id="a letter that upper case makes two"),
        pytest.param(
            "0\u017fARYZ6S41TSV4RRFFQ69G5FAV", False, id="a letter that upper case makes S"
        ),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_ulid_is_told_from_other_texts(text: str, *, expected: bool) -> None:
    assert is_ulid(text) is expected
