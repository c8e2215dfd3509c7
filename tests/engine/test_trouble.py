"""Vendors that are in the way: waited for, told of, and in the end given up on."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlmodel import Session
from tests.engine.campaigns import CHECKOUT, COTOOL, name_personas, write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import START, Call, Fuse, InlineDatabase

from campaignd.adapters.store.database import Database
from campaignd.engine.faults import KeyRefused, RemoteUnavailable, StorageTrouble
from campaignd.engine.trouble import Trouble

SLOW = {"simulation": ["20s", "40s"], "simulations_within": None}
MINUTE = timedelta(minutes=1)


def down(after: str, until: str, status: int = 503, path: str = "/v1/*") -> dict[str, Any]:
    return {"match": {"path": path, "after": after, "until": until}, "do": {"status": status}}


async def test_seconds_without_coval_are_ridden_through_without_a_word(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, faults=[down("10s", "13s")])
    report = await stage.run(write_campaign(personas=name_personas(4)))
    assert (report.verdict, stage.statuses()) == ("passed", ["COMPLETED"] * 4)
    assert {call.name for call in stage.calls} > {"GET /v1/runs"}
    assert stage.audience.said == []


@pytest.mark.slow
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


@pytest.mark.slow
async def test_an_outage_longer_than_the_timeout_ends_there_and_lists_what_may_be_going_on(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing={"queue": "20h"}, faults=[down("10s", "40h")])
    report = await stage.run(write_campaign(limits={"timeout": "1h"}))
    assert (report.verdict, report.exit_status) == ("timed_out", 5)
    assert 3600 <= (report.totals.duration or 0) < 3600 + 90
    assert [launch.state for launch in report.unsettled] == ["cancelling"]
    assert len(stage.calls) < 3600 / 5


@pytest.mark.slow
async def test_a_storm_of_429_halves_the_pace_and_passes(open_stage: Callable[..., Stage]) -> None:
    storm = {"match": {"share": 0.4, "until": "60s"}, "do": {"status": 429}}
    stage = open_stage(timing=SLOW, faults=[storm])
    limits = {"runs_in_flight": 50}
    report = await stage.run(write_campaign(personas=name_personas(30), limits=limits))
    assert report.verdict == "passed"
    assert stage.statuses() == ["COMPLETED"] * 30
    assert len(set(stage.keys())) == 30

    def pace(start: float) -> int:
        return sum(start <= call.at - stage.calls[0].at < start + 10 for call in stage.calls)

    assert pace(0) < 60, "ten a second would be a hundred"
    assert pace(40) < 10 < pace(90), "halved by every refusal, and mended after them"


@pytest.mark.slow
async def test_a_vendor_that_allows_less_than_our_pace_is_obeyed(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW, rate_limit={"requests_per_second": 3, "burst": 3})
    limits = {"runs_in_flight": 50}
    report = await stage.run(write_campaign(personas=name_personas(30), limits=limits))
    assert (report.verdict, stage.statuses()) == ("passed", ["COMPLETED"] * 30)


async def test_a_listing_that_does_not_end_is_waited_for_and_told(stage: Stage) -> None:
    def repeat(call: Call) -> httpx.Response | None:
        again = call.name == "GET /v1/runs" and call.at - stage.calls[0].at < 600
        return httpx.Response(200, json={"runs": [], "next_page_token": "x"}) if again else None

    stage.stunt = repeat
    report = await stage.run()
    assert report.verdict == "passed"
    assert 600 < (report.totals.duration or 0) < 700
    words = "the listing does not end: page token 'x' came twice"
    assert sum(words in said for said in stage.audience.said) == 1
    assert any(words in str(view.note) for view in stage.audience.views)


async def test_the_time_that_people_see_never_goes_backwards(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage(timing=SLOW)
    texts = [
        write_campaign(
            name=f"campaign{n}",
            agents={"checkout": {"coval": CHECKOUT, "cotool": COTOOL}},
            metrics={"quality": {"cotool": "score"}},
            gates=[{"mean": "quality", "at_least": 10}],
        )
        for n in range(2)
    ]
    report = await stage.run(*texts)
    views = [view for view in stage.audience.views if view.execution == report.execution]
    elapsed = [view.now - view.started_at for view in views]
    assert {view.state for view in views} > {"queued", "running"}
    assert elapsed == sorted(elapsed)


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


class Ailing(InlineDatabase):
    """A database that nothing can be written to while it has an ailment."""

    def __init__(self, lent: Database, fuse: Fuse, ailments: Sequence[str]) -> None:
        super().__init__(lent, fuse)
        self._ailments = ailments

    def write_now(self, work: Callable[[Session], Any]) -> Any:
        with self.translated():
            if self._ailments:
                raise sqlite3.OperationalError(self._ailments[0])
        return super().write_now(work)


@pytest.mark.parametrize(
    ("ailment", "advice"),
    [
        pytest.param("database or disk is full", "free some space", id="full"),
        pytest.param("attempt to write a readonly database", "must be writable", id="read-only"),
        pytest.param("database disk image is malformed", "put a backup", id="damaged"),
        pytest.param("database is locked", "another process holds it", id="held by another"),
    ],
)
async def test_a_database_that_fails_halfway_ends_the_process_and_costs_nothing(
    open_stage: Callable[..., Stage], ailment: str, advice: str
) -> None:
    stage = open_stage(timing=SLOW)
    ailments: list[str] = []
    stage.make_database = partial(Ailing, ailments=ailments)
    execution = await stage.create(write_campaign(personas=name_personas(3)))

    async def fall_ill() -> None:
        ailments.append(ailment)

    stage.later(10, fall_ill)
    async with stage.process() as process:
        with pytest.RaisesGroup(
            pytest.RaisesExc(StorageTrouble, match=advice), flatten_subgroups=True
        ):
            await process.drive(execution)
    ailments.clear()
    assert stage.statuses() == ["IN PROGRESS"] * 3, "paid for, and going on"
    report = await stage.restart(execution)
    assert (report.verdict, stage.statuses()) == ("passed", ["COMPLETED"] * 3)


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
