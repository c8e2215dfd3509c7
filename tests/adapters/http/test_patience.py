from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.http.patience import HURRIED, ORDINARY, read_http_date, read_retry_after
from campaignd.engine.faults import RemoteUnavailable

NOW = datetime(2026, 11, 2, 8, 0, 0, tzinfo=UTC)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def fault(retry_after: timedelta | None = None) -> RemoteUnavailable:
    made = RemoteUnavailable("Coval", "GET /runs", "busy", status=503)
    made.retry_after = retry_after
    return made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("7", seconds(7), id="seconds"),
        pytest.param(" 7 ", seconds(7), id="spaces"),
        pytest.param("0.5", seconds(0.5), id="half a second"),
        pytest.param("0", seconds(0), id="at once"),
        pytest.param("-3", seconds(0), id="negative"),
        pytest.param("1e300", timedelta(hours=1), id="for ever"),
        pytest.param("inf", None, id="infinite"),
        pytest.param("nan", None, id="no number"),
        pytest.param("Mon, 02 Nov 2026 08:00:30 GMT", seconds(30), id="date"),
        pytest.param("Mon, 02 Nov 2026 07:00:00 GMT", seconds(0), id="date gone by"),
        pytest.param("Mon, 02 Nov 2026 09:00:10 +0100", seconds(10), id="date with offset"),
        pytest.param("Sun, 06 Nov 2044 08:49:37 GMT", timedelta(hours=1), id="date far off"),
        pytest.param("soon", None, id="word"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(
    text: str | None, expected: timedelta | None
) -> None:
    assert read_retry_after(text, NOW) == expected


@given(st.text())
def test_no_retry_after_or_date_breaks_the_reader(text: str) -> None:
    wish = read_retry_after(text, NOW)
    assert wish is None or seconds(0) <= wish <= timedelta(hours=1)
    date = read_http_date(text)
    assert date is None or date.tzinfo is UTC


def test_waits_double_up_to_their_bound() -> None:
    waits = [ORDINARY.wait(attempt, fault(), 1.0) for attempt in (1, 2, 3, 4)]
    assert waits == [seconds(1), seconds(2), seconds(4), None]


@given(st.floats(0, 1), st.integers(1, 10))
def test_a_wait_is_never_shorter_than_the_vendor_wishes(chance: float, attempt: int) -> None:
    for patience in (ORDINARY, HURRIED):
        wait = patience.wait(attempt, fault(seconds(20)), chance)
        assert wait is None or wait >= seconds(20)
