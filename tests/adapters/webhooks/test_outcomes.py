from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.webhooks.outcomes import LONGEST_DELAY, next_attempt

FIRST = datetime(2026, 11, 22, 3, tzinfo=UTC)
MAX_AGE = timedelta(days=3)
END = FIRST + MAX_AGE


@pytest.mark.parametrize(
    ("made", "delay"),
    [
        pytest.param(1, timedelta(seconds=5), id="seconds after the first"),
        pytest.param(2, timedelta(seconds=20), id="four times as long"),
        pytest.param(5, timedelta(minutes=21, seconds=20), id="minutes"),
        pytest.param(8, timedelta(hours=6), id="hours, and never longer"),
        pytest.param(10_000, timedelta(hours=6), id="after very many"),
    ],
)
def test_the_delay_grows_to_its_bound(made: int, delay: timedelta) -> None:
    assert next_attempt(made, FIRST, END, 1.0, None) == FIRST + delay


def test_jitter_spreads_over_the_upper_half() -> None:
    earliest = next_attempt(1, FIRST, END, 0.0, None)
    assert earliest == FIRST + timedelta(seconds=2.5)


@pytest.mark.parametrize(
    ("wish", "delay"),
    [
        pytest.param(timedelta(minutes=10), timedelta(minutes=10), id="a longer one"),
        pytest.param(timedelta(seconds=1), timedelta(seconds=5), id="a shorter one"),
        pytest.param(timedelta(days=400), MAX_AGE, id="one beyond the end: a last try there"),
    ],
)
def test_the_receivers_wish_lengthens_the_delay(wish: timedelta, delay: timedelta) -> None:
    assert next_attempt(1, FIRST, END, 1.0, wish) == FIRST + delay


def test_a_message_that_is_too_old_is_given_up() -> None:
    assert next_attempt(20, FIRST + MAX_AGE, END, 0.5, None) is None


@given(st.lists(st.floats(0, 1), min_size=60, max_size=60))
def test_attempts_always_go_forward_and_always_end(jitters: list[float]) -> None:
    now, made = FIRST, 1
    while following := next_attempt(made, now, END, jitters[made], None):
        assert now < following <= min(now + LONGEST_DELAY, FIRST + MAX_AGE)
        now, made = following, made + 1
    assert now == FIRST + MAX_AGE
    assert 15 <= made <= 40
