"""When cron lines are due, through clock changes, leap days and outages."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignd.core.campaign.schedule import Schedule
from campaignd.core.schedules import (
    Due,
    find_due,
    last_moment,
    moments_after,
    next_moments,
    why_not_now,
)

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
LORD_HOWE = "Australia/Lord_Howe"


def line(cron: str, timezone: str = "UTC", **rules: Any) -> Schedule:
    return Schedule.model_validate({"cron": cron, "timezone": timezone, **rules})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def first(schedule: Schedule, after: str, count: int) -> list[str]:
    moments = islice(moments_after(schedule, at(after)), count)
    return [f"{moment:%m-%d %H:%M}" for moment in moments]


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        pytest.param("0 9 * * 1", ["11-23 09:00", "11-30 09:00"], id="1 is Monday"),
        pytest.param("0 9 * * 0", ["11-22 09:00", "11-29 09:00"], id="0 is Sunday"),
        pytest.param("0 9 * * 7", ["11-22 09:00", "11-29 09:00"], id="7 is Sunday, too"),
        pytest.param("0 9 * * SAT", ["11-28 09:00", "12-05 09:00"], id="names"),
        pytest.param("0 9 1 * 1", ["11-23 09:00", "11-30 09:00"], id="day of month or weekday"),
        pytest.param("0 9 L * *", ["11-30 09:00", "12-31 09:00"], id="the month's last day"),
    ],
)
def test_weekdays_and_days_are_real_crons(cron: str, days: list[str]) -> None:
    assert first(line(cron), "2026-11-22T00:00", 2) == days


def test_the_29th_of_february_comes_in_leap_years_alone() -> None:
    moments = islice(moments_after(line("0 3 29 2 *"), at("2026-01-01T00:00")), 2)
    assert [moment.date().isoformat() for moment in moments] == ["2028-02-29", "2032-02-29"]


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        pytest.param(
            line("30 2 * * *", BERLIN),
            "2026-03-28T00:00",
            ["03-28 01:30", "03-29 01:00", "03-30 00:30"],
            id="a time in the gap comes right after it",
        ),
        pytest.param(
            line("0,30 2 * * *", BERLIN),
            "2026-03-28T12:00",
            ["03-29 01:00", "03-30 00:00"],
            id="two times in the gap come once",
        ),
        pytest.param(
            line("30 2 * * *", BERLIN),
            "2026-10-24T12:00",
            ["10-25 00:30", "10-26 01:30"],
            id="a time that is repeated comes once",
        ),
        pytest.param(
            line("30 2 * * *", BERLIN),
            "2026-10-25T01:10",
            ["10-26 01:30"],
            id="and not again, seen from the second pass of its hour",
        ),
        pytest.param(
            line("0 * * * *", NEW_YORK),
            "2026-11-01T04:30",
            ["11-01 05:00", "11-01 06:00", "11-01 07:00"],
            id="every hour is every hour where clocks go back",
        ),
        pytest.param(
            line("*/30 * * * *", LORD_HOWE),
            "2026-10-03T15:00",
            ["10-03 15:30", "10-03 16:00", "10-03 16:30"],
            id="every half hour, where clocks move by half an hour",
        ),
    ],
)
def test_a_line_is_kept_once_through_clock_changes(
    schedule: Schedule, after: str, expected: list[str]
) -> None:
    assert first(schedule, after, len(expected)) == expected


LINES = st.builds(
    line,
    st.sampled_from(
        ["* * * * *", "*/7 * * * *", "30 2 * * *", "0 1-3 * * *", "15 */5 * * 1-5", "0 0 1 * *"]
    ),
    st.sampled_from(["UTC", BERLIN, NEW_YORK, LORD_HOWE, "America/Havana", "Asia/Kathmandu"]),
)
DAYS = ("03-08", "03-29", "04-05", "10-04", "10-25", "11-01")
CHANGES = [at(f"2026-{day}T00:00") for day in DAYS]


@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from(CHANGES), st.integers(-1500, 1500), st.integers(1, 900))
def test_the_last_moment_is_the_last_of_all_moments(
    schedule: Schedule, change: datetime, offset: int, length: int
) -> None:
    after = change + timedelta(minutes=offset)
    until = after + timedelta(minutes=length)
    moments = list(takewhile(lambda moment: moment <= until, moments_after(schedule, after)))
    assert moments == sorted(set(moments))
    assert last_moment(schedule, after, until) == (moments[-1] if moments else None)


def test_the_next_moments_of_several_lines_are_told_in_order_and_once() -> None:
    lines = [line("0 3 * * *"), line("0 3,15 * * *")]
    found = next_moments(lines, at("2026-11-22T00:00"), 3)
    assert [f"{moment:%d %H}" for moment in found] == ["22 03", "22 15", "23 03"]


NIGHTLY = {"cron": "0 3 * * *"}


@pytest.mark.parametrize(
    ("rules", "now", "due"),
    [
        pytest.param({}, "03:00", Due(at("2026-11-22T03:00")), id="at the moment"),
        pytest.param({}, "03:01", Due(at("2026-11-22T03:00")), id="a minute later"),
        pytest.param({}, "03:02", Due(at("2026-11-22T03:00"), is_missed=True), id="too late"),
        pytest.param(
            {"jitter": "5m"}, "03:06", Due(at("2026-11-22T03:00")), id="within its jitter"
        ),
        pytest.param(
            {"jitter": "5m"}, "03:07", Due(at("2026-11-22T03:00"), is_missed=True), id="after it"
        ),
        pytest.param(
            {"catch_up": "last"}, "04:00", Due(at("2026-11-22T03:00")), id="caught up in time"
        ),
        pytest.param(
            {"catch_up": "last"},
            "04:01",
            Due(at("2026-11-22T03:00"), is_missed=True),
            id="older than what is caught up",
        ),
        pytest.param(
            {"catch_up": "last", "catch_up_within": "12h"},
            "14:00",
            Due(at("2026-11-22T03:00")),
            id="within its own bound",
        ),
        pytest.param({"catch_up": "last"}, "02:59", None, id="before the moment"),
    ],
)
def test_a_moment_is_kept_caught_up_or_missed(
    rules: dict[str, str], now: str, due: Due | None
) -> None:
    since = at("2026-11-21T12:00")
    assert find_due(line(**NIGHTLY, **rules), since, at(f"2026-11-22T{now}")) == due


def test_nothing_before_the_first_load_is_caught_up() -> None:
    schedule = line("0 3 * * *", catch_up="last", catch_up_within="2d")
    loaded = at("2026-11-22T03:30")
    assert find_due(schedule, loaded, at("2026-11-22T04:00")) is None
    assert find_due(schedule, loaded, at("2026-11-23T03:00")) == Due(at("2026-11-23T03:00"))


def test_of_several_missed_moments_the_last_one_counts() -> None:
    schedule = line("*/10 * * * *", catch_up="last")
    due = find_due(schedule, at("2026-11-01T00:00"), at("2026-11-22T10:15"))
    assert due == Due(at("2026-11-22T10:10"))


def test_a_clock_that_went_back_makes_nothing_due() -> None:
    assert find_due(line("* * * * *"), at("2026-11-22T12:00"), at("2026-11-22T11:00")) is None


@pytest.mark.parametrize(
    ("overlap", "unfinished", "reason"),
    [
        pytest.param("skip", [], None, id="nothing is going"),
        pytest.param("skip", ["A"], "A was still going (overlap: skip)", id="skipped"),
        pytest.param("queue", ["A"], None, id="queued"),
        pytest.param("queue", ["A", "B"], "B was waiting already (overlap: queue)", id="one waits"),
    ],
)
def test_overlap_skips_or_lets_one_wait(
    overlap: str, unfinished: list[str], reason: str | None
) -> None:
    assert why_not_now(overlap, unfinished) == (None if reason is None else f"execution {reason}")
