"""A cron moment creates at most one execution, whoever asks and how often."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from sqlalchemy import text
from tests.adapters.store.conftest import NOW, Shelf

from campaignd.adapters.store.timetable import PAUSED, Booking, Timetable
from campaignd.engine.records import NewExecution

MOMENT = NOW - timedelta(minutes=1)
BOOKING = Booking("nightly", MOMENT, "coval", "skip")
NIGHTLY = ("0 3 * * *", "UTC")
HOURLY = ("0 * * * *", "Europe/Berlin")


def new(execution: str, campaign: str = "nightly", account: str = "coval") -> NewExecution:
    return NewExecution(
        id=execution,
        campaign=campaign,
        trigger="schedule",
        revision="r" * 64,
        text="name: nightly",
        source=None,
        inputs={},
        labels={},
        owner="ME",
        created_at=NOW,
        deadline=NOW + timedelta(hours=1),
        cells=(),
        account=account,
    )


@pytest.fixture
def timetable(shelf: Any) -> Timetable:
    return Timetable(shelf.database)


async def finish(shelf: Shelf, execution: str) -> None:
    """Make an execution of the past."""
    statement = text("UPDATE execution SET state = 'finished' WHERE id = :id")
    await shelf.database.write(lambda session: session.execute(statement, {"id": execution}))


async def test_a_moment_creates_one_execution_and_is_decided(
    shelf: Any, timetable: Timetable
) -> None:
    assert not await timetable.decided("nightly", MOMENT)
    booked = await timetable.book(BOOKING, new("01A"))
    assert (booked.id, booked.trigger) == ("01A", "schedule")
    assert await timetable.decided("nightly", MOMENT)
    last = await timetable.last_decided("nightly")
    assert (last.moment, last.execution, last.reason) == (MOMENT, "01A", "")


async def test_a_decided_moment_creates_nothing_again_even_after_its_execution(
    shelf: Any, timetable: Timetable
) -> None:
    await timetable.book(BOOKING, new("01A"))
    await finish(shelf, "01A")
    assert await timetable.book(BOOKING, new("01B")) is None
    assert not await timetable.skip(BOOKING, "too late", NOW)
    with pytest.raises(LookupError):
        await shelf.executions.load("01B")
    assert (await timetable.last_decided("nightly")).execution == "01A"


async def test_many_who_book_one_moment_at_once_create_one_execution(
    shelf: Any, timetable: Timetable, database_file: Path
) -> None:
    gate = threading.Barrier(6)

    def book(number: int) -> None:
        other = Shelf(f"sqlite:///{database_file}")
        try:
            gate.wait(10)
            booked = anyio.run(Timetable(other.database).book, BOOKING, new(f"01{number}"))
            results.append(booked)
        finally:
            other.database.close()

    results: list[Any] = []
    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(to_thread.run_sync, book, number)
    assert sum(result is not None for result in results) == 1
    assert len(await shelf.history.unfinished()) == 1


async def test_a_failed_creation_leaves_the_moment_open(shelf: Any, timetable: Timetable) -> None:
    await timetable.book(replace(BOOKING, campaign="other"), new("01A", "other"))
    with pytest.raises(Exception, match="UNIQUE"):
        await timetable.book(BOOKING, new("01A"))
    assert not await timetable.decided("nightly", MOMENT)


async def test_an_execution_that_is_going_skips_the_moment_with_the_reason(
    shelf: Any, timetable: Timetable
) -> None:
    await shelf.executions.create(new("01A"))
    reason = "execution 01A was still going (overlap: skip)"
    assert await timetable.why_not(BOOKING) == reason
    assert await timetable.book(BOOKING, new("01B")) == reason
    last = await timetable.last_decided("nightly")
    assert (last.execution, last.reason) == (None, reason)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(partial(new, "01A", "another"), id="of another campaign"),
        pytest.param(partial(new, "01A", account="sandbox"), id="on another account"),
    ],
)
async def test_executions_of_others_are_not_in_the_way(
    shelf: Any, timetable: Timetable, other: Callable[[], NewExecution]
) -> None:
    await shelf.executions.create(other())
    assert (await timetable.book(BOOKING, new("01B"))).id == "01B"


async def test_a_queue_holds_one_who_waits(shelf: Any, timetable: Timetable) -> None:
    moments = [MOMENT + timedelta(minutes=n) for n in range(3)]
    bookings = [replace(BOOKING, moment=moment, overlap="queue") for moment in moments]
    made = [await timetable.book(each, new(f"01{n}")) for n, each in enumerate(bookings)]
    assert [made[0].id, made[1].id] == ["010", "011"]
    assert made[2] == "execution 011 was waiting already (overlap: queue)"
    assert await timetable.ahead_of(made[1]) == "010"
    assert await timetable.ahead_of(made[0]) is None
    await finish(shelf, "010")
    assert await timetable.ahead_of(made[1]) is None


async def test_a_paused_campaign_skips_its_moments(shelf: Any, timetable: Timetable) -> None:
    assert await timetable.pause("nightly", NOW)
    assert not await timetable.pause("nightly", NOW)
    assert await timetable.paused() == {"nightly": NOW}
    assert await timetable.book(BOOKING, new("01A")) == PAUSED
    assert await timetable.resume("nightly", NOW)
    assert not await timetable.resume("nightly", NOW)
    later = replace(BOOKING, moment=NOW)
    assert (await timetable.book(later, new("01A"))).id == "01A"


async def test_a_line_is_known_since_it_was_first_seen(timetable: Timetable) -> None:
    later = NOW + timedelta(days=1)
    assert await timetable.learn("nightly", [NIGHTLY], NOW) == {NIGHTLY: NOW}
    both = await timetable.learn("nightly", [NIGHTLY, HOURLY], later)
    assert both == {NIGHTLY: NOW, HOURLY: later}
    assert await timetable.known() == ["nightly"]


async def test_a_line_that_comes_back_is_new(timetable: Timetable) -> None:
    later = NOW + timedelta(days=1)
    await timetable.learn("nightly", [NIGHTLY, HOURLY], NOW)
    await timetable.learn("nightly", [NIGHTLY], NOW)
    assert await timetable.learn("nightly", [HOURLY], later) == {HOURLY: later}


async def test_a_campaign_that_is_gone_is_forgotten(timetable: Timetable) -> None:
    later = NOW + timedelta(days=1)
    await timetable.learn("nightly", [NIGHTLY], NOW)
    await timetable.learn("hourly", [HOURLY], NOW)
    await timetable.forget_all_but(["hourly"])
    assert await timetable.known() == ["hourly"]
    assert await timetable.learn("nightly", [NIGHTLY], later) == {NIGHTLY: later}


async def test_what_passed_in_a_pause_is_not_caught_up_after_it(timetable: Timetable) -> None:
    resumed: datetime = NOW + timedelta(days=1)
    await timetable.learn("nightly", [NIGHTLY], NOW)
    await timetable.pause("nightly", NOW)
    await timetable.resume("nightly", resumed)
    assert await timetable.learn("nightly", [NIGHTLY], resumed) == {NIGHTLY: resumed}
