from datetime import UTC, datetime, timedelta

import pytest

from campaignd.adapters.http.skew import clock_skew


def at(second: float) -> datetime:
    return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=second)


@pytest.mark.parametrize(
    ("date", "sent", "received", "expected"),
    [
        pytest.param(10, 10.2, 10.4, 0, id="same second"),
        pytest.param(9, 9.9, 10.1, 0, id="answered as the second turned"),
        pytest.param(9, 10.5, 10.6, -0.5, id="at least half a second behind"),
        pytest.param(70, 10, 10.5, 59.5, id="a minute ahead"),
        pytest.param(0, 3600, 3601, -3599, id="an hour behind"),
        pytest.param(15, 10, 30, 0, id="within a slow answer"),
    ],
)
def test_the_least_difference_that_explains_the_date_is_the_skew(
    date: float, sent: float, received: float, expected: float
) -> None:
    assert clock_skew(at(date), at(sent), at(received)) == timedelta(seconds=expected)
