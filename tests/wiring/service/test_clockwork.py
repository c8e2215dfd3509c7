"""Schedules in virtual time. The stage's clock starts on Monday, 2026-11-02, at 3:00 UTC."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
import pytest
from structlog.testing import capture_logs
from tests.engine.surroundings import Call
from tests.wiring.service.conftest import (
    Night,
    at_night,
    break_row,
    going_on,
    scheduled,
    shelve,
)

from campaignd.adapters.store.timetable import PAUSED
from campaignd.core.verdicts import Verdict
from campaignd.engine.faults import StorageTrouble
from campaignd.settings import Settings
from campaignd.wiring.service.clockwork import MISSED

MINUTE = timedelta(minutes=1)
PASSED = Verdict.PASSED
SLOW = {"simulation": ["8m", "8m"], "simulations_within": None}

Make = Callable[..., Night]


async def test_each_moment_is_one_execution_with_a_verdict(night: Make) -> None:
    service = night(scheduled("5,15 3 * * *"), scheduled("10 3 * * 1", name="mondays"))
    await service.serve(20 * MINUTE)
    assert await service.verdicts() == [
        ("02 03:05", PASSED),
        ("02 03:10", PASSED),
        ("02 03:15", PASSED),
    ]


async def test_the_hour_that_clocks_repeat_is_one_moment(night: Make) -> None:
    service = night(scheduled("30 2 * * *", timezone="Europe/Berlin"))
    service.stage.clock.start = datetime(2026, 10, 25, 0, 25, tzinfo=UTC)
    await service.serve(70 * MINUTE)
    assert [began for began, _ in await service.verdicts()] == ["25 00:30"]


async def test_jitter_is_later_and_the_moment_stays(night: Make) -> None:
    service = night(scheduled("5 3 * * *", jitter="10m"))
    await service.serve(15 * MINUTE)
    assert await service.verdicts() == [("02 03:10", PASSED)]
    moment, execution, _ = await service.last("nightly")
    assert moment == datetime(2026, 11, 2, 3, 5, tzinfo=UTC)
    assert execution is not None


@pytest.mark.parametrize("killed_after", [4.99, 5.001, 5.01, 5.05, 5.3], ids=str)
async def test_a_restart_around_a_moment_neither_doubles_nor_loses_it(
    night: Make, killed_after: float
) -> None:
    service = night(scheduled("5 3 * * *"))
    await service.serve(killed_after * MINUTE)
    await service.serve(MINUTE / 4, owner="serve 2")
    await service.serve(10 * MINUTE, owner="serve 3")
    assert [verdict for _, verdict in await service.verdicts()] == [PASSED]
    assert len(service.stage.keys()) == 1


@pytest.mark.parametrize("nth", range(1, 9))
async def test_a_kill_at_any_commit_neither_doubles_nor_loses_a_moment(
    night: Make, nth: int
) -> None:
    service = night(scheduled("5 3 * * *"))
    await service.serve(2 * MINUTE)
    service.lay = lambda fuse: fuse.blow_at("written", nth)
    await service.serve(5 * MINUTE, owner="serve 2")
    assert service.stage.clock.now() < datetime(2026, 11, 2, 3, 6, tzinfo=UTC)
    service.lay = lambda _: None
    await service.serve(10 * MINUTE, owner="serve 3")
    assert [verdict for _, verdict in await service.verdicts()] == [PASSED]
    assert len(service.stage.keys()) == 1


async def test_two_services_on_one_database_create_one_execution(night: Make) -> None:
    service = night(scheduled("*/5 * * * *"))
    async with anyio.create_task_group() as tasks:
        for owner in ("serve 1", "serve 2"):
            tasks.start_soon(service.serve, 12 * MINUTE, owner)
    assert await service.verdicts() == [("02 03:05", PASSED), ("02 03:10", PASSED)]
    assert len(service.stage.keys()) == 2


@pytest.mark.parametrize(
    ("rules", "began"),
    [
        pytest.param({"catch_up": "last"}, ["02 03:12"], id="caught up"),
        pytest.param({"catch_up": "last", "catch_up_within": "6m"}, [], id="too old"),
        pytest.param({}, [], id="not wanted"),
    ],
)
async def test_what_an_outage_missed_is_caught_up_once_and_within_its_bound(
    night: Make, rules: dict[str, str], began: list[str]
) -> None:
    service = night(scheduled("5 3 * * *", **rules))
    await service.serve(2 * MINUTE)
    await anyio.sleep(600)
    await service.serve(5 * MINUTE, owner="serve 2")
    await service.serve(5 * MINUTE, owner="serve 3")
    assert [each for each, _ in await service.verdicts()] == began
    _, execution, reason = await service.last("nightly")
    assert (execution is None, reason) == (not began, "" if began else MISSED)


async def test_nothing_before_the_first_load_is_caught_up(night: Make) -> None:
    service = night(scheduled("55 2 * * *", catch_up="last", catch_up_within="2d"))
    await service.serve(5 * MINUTE)
    assert await service.verdicts() == []
    assert await service.timetable.last_decided("nightly") is None


async def test_an_execution_that_is_still_going_skips_the_next_moment(
    open_stage: Callable[..., Any],
) -> None:
    service = at_night(open_stage(timing=SLOW), scheduled("5,10 3 * * *"))
    await service.serve(20 * MINUTE)
    ((began, verdict),) = await service.verdicts()
    assert (began, verdict) == ("02 03:05", PASSED)
    moment, execution, reason = await service.last("nightly")
    assert (moment.minute, execution) == (10, None)
    assert re.fullmatch(r"execution \w{26} was still going \(overlap: skip\)", reason)


@pytest.mark.slow
async def test_a_queued_moment_waits_for_the_one_before_also_across_a_restart(
    open_stage: Callable[..., Any],
) -> None:
    text = scheduled("5,6,7 3 * * *", overlap="queue")
    service = at_night(open_stage(timing=SLOW), text)
    await service.serve(9 * MINUTE)
    assert len(service.stage.keys()) == 1
    assert "was waiting already" in (await service.last("nightly"))[2]
    await service.serve(20 * MINUTE, owner="serve 2")
    assert await service.verdicts() == [("02 03:05", PASSED), ("02 03:06", PASSED)]
    first, second = [each.created_at for each in service.stage.world.launched()]
    assert second - first > 8 * MINUTE


async def test_one_who_waits_and_is_told_to_stop_waits_no_longer(
    open_stage: Callable[..., Any],
) -> None:
    service = at_night(open_stage(timing=SLOW), scheduled("5,6 3 * * *", overlap="queue"))
    async with going_on(service, 10 * MINUTE):
        await anyio.sleep(420)
        newest = (await service.stage.history.list(None, 1))[0].execution
        await service.stage.stop(newest.id)
    assert await service.verdicts() == [("02 03:05", None), ("02 03:06", Verdict.CANCELLED)]


async def test_a_paused_campaign_records_what_passes_and_goes_on_when_resumed(night: Make) -> None:
    service = night(scheduled("*/5 * * * *", catch_up="last"))
    await service.timetable.pause("nightly", service.stage.clock.now())
    async with going_on(service, 12 * MINUTE):
        await anyio.sleep(420)
        assert (await service.last("nightly"))[2] == PAUSED
        await service.timetable.resume("nightly", service.stage.clock.now())
    assert [began for began, _ in await service.verdicts()] == ["02 03:10"]


async def test_a_campaign_that_cannot_be_launched_is_skipped_with_the_reason(night: Make) -> None:
    settings = Settings.model_validate({"budget": {"simulations_per_day": 1}})
    service = night(scheduled("5 3 * * *"), settings=settings)
    await service.serve(7 * MINUTE)
    _, execution, reason = await service.last("nightly")
    assert execution is None
    assert "this campaign needs 2 simulations" in reason


@pytest.mark.slow
async def test_a_vendor_that_comes_back_in_time_costs_no_night(night: Make) -> None:
    service = night(scheduled("5 3 * * *"))
    until = service.stage.clock.now() + 10 * MINUTE

    def away(_: Call) -> httpx.Response | None:
        return httpx.Response(503) if service.stage.clock.now() < until else None

    service.stage.stunt = away
    await service.serve(20 * MINUTE)
    assert [verdict for _, verdict in await service.verdicts()] == [PASSED]


@pytest.mark.parametrize(
    ("minutes", "kept"), [pytest.param(4, True, id="passes"), pytest.param(30, False, id="lasts")]
)
async def test_a_database_in_trouble_is_waited_for_and_ends_nothing(
    night: Make, minutes: int, kept: bool
) -> None:
    service = night(scheduled("5,50 3 * * *"))
    begins = service.stage.clock.now() + 4.5 * MINUTE

    def fail() -> None:
        if begins < service.stage.clock.now() < begins + minutes * MINUTE:
            raise StorageTrouble("the database cannot be used: disk is full")

    service.trouble = fail
    await service.serve(55 * MINUTE)
    began = [each for each, _ in await service.verdicts()]
    assert (len(began) == 2) == kept
    assert began[-1] == "02 03:50"


@pytest.mark.slow
async def test_a_vendor_that_stays_away_skips_the_moment_with_the_reason(night: Make) -> None:
    service = night(scheduled("5 3 * * *"))
    service.stage.stunt = lambda _: httpx.Response(503)
    await service.serve(25 * MINUTE)
    _, execution, reason = await service.last("nightly")
    assert execution is None
    assert "503" in reason


async def test_a_bug_in_one_campaign_harms_no_other(night: Make) -> None:
    service = night(scheduled("5 3 * * *"), scheduled("5 3 * * *", name="other"))
    object.__setattr__(service.shelf.campaigns["nightly"], "inputs", 5)
    await service.serve(10 * MINUTE)
    ((_, verdict),) = await service.verdicts()
    assert verdict is PASSED


async def test_a_schedule_that_cannot_be_worked_out_harms_no_other(night: Make) -> None:
    service = night(scheduled("5 3 * * *"), scheduled("5 3 * * *", name="other"))
    (line,) = service.shelf.campaigns["nightly"].campaign.schedule
    object.__setattr__(line, "timezone", "Europe/Atlantis")
    with capture_logs() as logs:
        await service.serve(10 * MINUTE)
    ((_, verdict),) = await service.verdicts()
    assert verdict is PASSED
    assert [line["campaign"] for line in logs if line["log_level"] == "error"] == ["nightly"]


async def test_a_schedule_that_cannot_be_read_harms_no_other(night: Make) -> None:
    service = night(scheduled("5 3 * * *"), scheduled("5 3 * * *", name="other"))
    await service.serve(MINUTE)
    damage = "UPDATE schedule_line SET known_since = 'long ago' WHERE campaign = ?"
    break_row(service.stage.database.path, damage, "nightly")
    with capture_logs() as logs:
        await service.serve(10 * MINUTE, owner="serve 2")
    ((_, verdict),) = await service.verdicts()
    assert verdict is PASSED
    assert [line["campaign"] for line in logs if line["log_level"] == "error"] == ["nightly"]


async def test_a_line_that_changed_while_the_service_was_down_is_new(night: Make) -> None:
    service = night(scheduled("5 3 * * *", catch_up="last"))
    await service.serve(2 * MINUTE)
    await anyio.sleep(600)
    service.shelf = shelve(scheduled("10 3 * * *", catch_up="last"))
    await service.serve(5 * MINUTE, owner="serve 2")
    assert await service.verdicts() == []
