"""A request makes one execution, however often and wherever it comes."""

from typing import Any

import anyio
import pytest
from tests.adapters.store.conftest import NOW, Shelf

from campaignd.adapters.store.ordering import GROUP, Ordering
from campaignd.core.execution import Cause, Execution
from campaignd.core.orders import Claim, KeyReused
from campaignd.core.verdicts import Verdict
from campaignd.engine.faults import StorageTrouble

CLAIM = Claim("token", "build-17", "f" * 64)


@pytest.fixture
def ordering(shelf: Any) -> Ordering:
    return Ordering(shelf.database)


async def test_a_claim_makes_one_execution(shelf: Shelf, ordering: Ordering) -> None:
    assert await ordering.made_before(CLAIM) is None
    first = shelf.new()
    made = await ordering.create(first, CLAIM, None)
    assert isinstance(made, Execution)
    assert await ordering.create(shelf.new(), CLAIM, None) == first.id
    assert await ordering.made_before(CLAIM) == first.id
    assert len(await shelf.history.list(None, 10)) == 1


async def test_of_many_at_once_one_makes_it(shelf: Shelf, ordering: Ordering) -> None:
    made = list[Execution | str]()

    async def ask() -> None:
        made.append(await ordering.create(shelf.new(), CLAIM, None))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(ask)
    (execution,) = [each for each in made if isinstance(each, Execution)]
    assert [each for each in made if each != execution] == [execution.id] * 7


async def test_a_key_for_something_else_creates_nothing(shelf: Shelf, ordering: Ordering) -> None:
    await ordering.create(shelf.new(), CLAIM, None)
    other = Claim("token", "build-17", "e" * 64)
    with pytest.raises(KeyReused):
        await ordering.made_before(other)
    with pytest.raises(KeyReused):
        await ordering.create(shelf.new(), other, None)
    assert len(await shelf.history.list(None, 10)) == 1


async def test_a_key_is_the_callers_own(shelf: Shelf, ordering: Ordering) -> None:
    for caller in ("one", "two"):
        made = await ordering.create(shelf.new(), Claim(caller, "1", "f" * 64), None)
        assert isinstance(made, Execution)


async def test_a_failure_keeps_neither_the_key_nor_stops_the_group(
    shelf: Shelf, ordering: Ordering
) -> None:
    new = shelf.new(labels={GROUP: "17"})
    await ordering.create(new, None, "17")
    with pytest.raises(StorageTrouble):
        await ordering.create(new, CLAIM, "17")
    assert await ordering.made_before(CLAIM) is None
    assert (await shelf.executions.load(new.id)).execution.given_up is None


async def test_a_group_is_told_to_stop_and_nobody_else(shelf: Shelf, ordering: Ordering) -> None:
    in_group = {"labels": {GROUP: "17"}}
    old = await shelf.create(**in_group)
    running = await shelf.begin(**in_group)
    done = await shelf.begin(**in_group)
    await shelf.finish(done, Verdict.PASSED)
    others = [
        await shelf.create(labels={GROUP: "18"}),
        await shelf.create(),
        await shelf.create(campaign="other", **in_group),
        await shelf.create(account="elsewhere", **in_group),
    ]
    new = shelf.new(**in_group)
    await ordering.create(new, None, "17")
    for each in (old, running):
        assert (await shelf.reload(each)).given_up is Cause.CANCELLED
    for each in (done, *others):
        assert (await shelf.reload(each)).given_up is None
    (event,) = [each for each in await shelf.history.events(old.id) if each.new == "stop asked"]
    assert (event.at, event.reason) == (NOW, f"cancelled: replaced by {new.id}")
