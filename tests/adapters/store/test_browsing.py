"""Executions for those who look."""

from dataclasses import replace
from typing import Any

import pytest
from tests.adapters.store.conftest import NOW, Shelf

from campaignd.adapters.store.browsing import Browsing
from campaignd.core.browsing import Filter
from campaignd.core.execution import Cause
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import Verdict


@pytest.fixture
def browsing(shelf: Any) -> Browsing:
    return Browsing(shelf.database)


async def test_filters_are_joined(shelf: Shelf, browsing: Browsing) -> None:
    passed = await shelf.begin(labels={"branch": "main", "pr": "1"})
    await shelf.finish(passed, Verdict.PASSED)
    queued = await shelf.create(labels={"branch": "main"})
    other = await shelf.create(campaign="other", labels={})

    async def find(**wanted: Any) -> list[str]:
        return [each.execution.id for each in await browsing.list(Filter(**wanted))]

    assert await find() == [other.id, queued.id, passed.id]
    assert await find(campaigns={"nightly"}) == [queued.id, passed.id]
    assert await find(campaigns=()) == []
    assert await find(verdict=Verdict.PASSED) == [passed.id]
    assert await find(state=ExecutionState.QUEUED, campaigns={"nightly"}) == [queued.id]
    assert await find(labels={"branch": "main"}) == [queued.id, passed.id]
    assert await find(labels={"branch": "main", "pr": "1"}) == [passed.id]
    assert await find(before=queued.id) == [passed.id]
    assert await find(limit=1) == [other.id]


async def test_the_newest_of_each_campaign_is_found(shelf: Shelf, browsing: Browsing) -> None:
    await shelf.create(cells=2)
    newest, other = await shelf.create(cells=3), await shelf.create(campaign="other")
    found = await browsing.newest(["nightly", "other", "never-run"])
    assert {name: each.execution.id for name, each in found.items()} == {
        "nightly": newest.id,
        "other": other.id,
    }
    assert found["nightly"].simulations > found["other"].simulations


async def test_an_execution_has_a_campaign_or_does_not_exist(
    shelf: Shelf, browsing: Browsing
) -> None:
    execution = await shelf.create()
    assert await browsing.campaign_of(execution.id) == "nightly"
    assert await browsing.campaign_of("01ARYZ6S41TSV4RRFFQ69G5FZZ") is None


async def test_the_log_goes_on_behind_a_number(shelf: Shelf, browsing: Browsing) -> None:
    execution = await shelf.begin()
    await shelf.create()
    everything = await browsing.events(execution.id, 0)
    assert [event.new for _, event in everything] == ["queued", "running"]
    assert await browsing.events(execution.id, everything[0][0]) == everything[1:]
    assert await browsing.events(execution.id, everything[1][0]) == []


async def test_a_mark_changes_with_whatever_moves(shelf: Shelf, browsing: Browsing) -> None:
    execution = await shelf.begin()
    marks = [await browsing.marks([execution.id])]
    running = await shelf.send(execution)
    marks.append(await browsing.marks([execution.id]))
    further = replace(running, progress=replace(running.progress, completed=1))
    assert await shelf.launches.move(execution, running, further, NOW)
    marks.append(await browsing.marks([execution.id]))
    assert await shelf.executions.ask_to_stop(execution.id, Cause.CANCELLED, NOW)
    marks.append(await browsing.marks([execution.id, "nobody"]))
    assert len({each[execution.id] for each in marks}) == 4
    assert not marks[-1][execution.id].is_end
    assert await browsing.marks([]) == {}
