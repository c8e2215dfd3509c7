"""Vendors that are in the way: waited for, told of, and in the end given up on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.engine.campaigns import CHECKOUT, COTOOL, name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import START

from campaignd.engine.faults import KeyRefused, RemoteUnavailable
from campaignd.engine.trouble import Trouble

SLOW = {"simulation": ["20s", "40s"], "simulations_within": None}
MINUTE = timedelta(minutes=1)


def down(after: str, until: str, status: int = 503, path: str = "/v1/*") -> dict[str, Any]:
    return {"match": {"path": path, "after": after, "until": until}, "do": {"status": status}}


async def test_half_an_hour_without_coval_are_ridden_through(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, faults=[down("10s", "30m")])
    limits = {"runs_in_flight": 2, "stall_timeout": "5m", "run_timeout": "5m", "timeout": "3h"}
    report = await stage.run(write_campaign(personas=name_personas(4), limits=limits))
    assert (report.verdict, stage.statuses()) == ("passed", ["COMPLETED"] * 4)
    assert (report.totals.duration or 0) < 1800 + 300
    notes = [str(view.note) for view in stage.audience.views]
    assert sum("Coval answered 503" in note and "trying again" in note for note in notes) > 50
    assert "503" not in notes[-1]
    assert len(stage.audience.said) < 10
    # An outage is no reason to ask all the time.
    assert len(stage.calls) < 1800 / 5


async def test_trouble_is_shown_no_longer_than_it_lasts(open_stage: Callable[..., Stage]) -> None:
    timing = {"simulation": ["6m", "7m"], "simulations_within": None}
    stage = open_stage(timing=timing, faults=[down("10s", "2m")])
    await stage.run()
    troubled = [view.now - START for view in stage.audience.views if "503" in str(view.note)]
    assert timedelta(minutes=1) < max(troubled) < timedelta(minutes=3, seconds=30)


async def test_a_key_that_is_refused_for_two_minutes_is_given_up_on(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW | {"queue": "10m"}, faults=[down("10s", "24h", status=401)])
    report = await stage.run()
    assert (report.verdict, report.exit_status) == ("errored", 4)
    assert 120 < (report.totals.duration or 0) < 240
    (unsettled,) = report.unsettled
    assert unsettled.state == "cancelling"


async def test_a_key_that_is_replaced_in_time_is_no_reason_to_stop(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW | {"queue": "10m"}, faults=[down("60s", "70s", status=401)])
    report = await stage.run()
    assert (report.verdict, stage.statuses()) == ("passed", ["COMPLETED"])


async def test_cotool_s_key_is_given_up_on_as_well(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(faults=[down("0s", "24h", status=401, path="/api/*")])
    text = write_campaign(
        agents={"checkout": {"coval": CHECKOUT, "cotool": COTOOL}},
        metrics={"quality": {"cotool": "score"}},
        gates=[{"mean": "quality", "at_least": 10}],
    )
    report = await stage.run(text)
    assert report.verdict == "errored"
    assert 120 < (report.totals.duration or 0) < 240
    assert "answered 401" in report.notes[0]


def unavailable(request: str = "GET /runs", trace: str = "1") -> RemoteUnavailable:
    return RemoteUnavailable("Coval", request, "Service Unavailable", status=503, request_id=trace)


REFUSED = KeyRefused("Coval", "GET /runs", "no such key", status=401)


def test_one_cause_is_told_once_however_many_requests_it_hinders() -> None:
    trouble = Trouble()
    assert trouble.note("poller", unavailable(), START)
    assert not trouble.note("launch 1", unavailable("GET /runs/1", "2"), START)
    assert trouble.note("launch 1", REFUSED, START)
    assert str(trouble).startswith("Coval answered 401 to GET /runs: no such key")


def test_trouble_ends_where_it_was_and_nowhere_else() -> None:
    trouble = Trouble()
    trouble.note("poller", REFUSED, START)
    trouble.note("launch 1", unavailable(), START)
    trouble.clear("launch 1", START + MINUTE)
    assert trouble.is_hopeless(START + 2 * MINUTE)
    trouble.clear("poller", START + 2 * MINUTE)
    assert not trouble.is_hopeless(START + 9 * MINUTE)
    assert str(trouble) == ""


def test_trouble_with_what_nobody_wants_any_more_is_forgotten() -> None:
    trouble = Trouble()
    trouble.note("launch 1", REFUSED, START)
    trouble.keep({"launch 2"}, START)
    assert (str(trouble), trouble.is_hopeless(START + 9 * MINUTE)) == ("", False)


@pytest.mark.parametrize(("seconds", "hopeless"), [(119, False), (120, True)])
def test_a_refused_key_is_hopeless_after_two_minutes(seconds: int, hopeless: bool) -> None:
    trouble = Trouble()
    trouble.note("poller", REFUSED, START)
    trouble.note("poller", REFUSED, START + MINUTE)
    assert trouble.is_hopeless(START + timedelta(seconds=seconds)) is hopeless
