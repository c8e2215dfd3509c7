"""Executions side by side: abandoned ones go on, and none harms another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio
import httpx
import pytest
from structlog.testing import capture_logs
from tests.engine.campaigns import write_campaign
from tests.wiring.service.conftest import Night, break_row, going_on, scheduled

from campaignd.core.states import LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.faults import StorageTrouble

MINUTE = timedelta(minutes=1)

Make = Callable[..., Night]


async def test_what_dead_processes_left_is_driven_to_its_verdict(night: Make) -> None:
    service = night()
    for instant in ("POST /v1/runs", "answer to POST /v1/runs", "GET /v1/simulations"):
        text = write_campaign(name=f"killed-at-{len(service.stage.calls)}")
        await service.stage.crash(await service.stage.create(text), instant)
    await service.serve(10 * MINUTE)
    assert [verdict for _, verdict in await service.verdicts()] == [Verdict.PASSED] * 3
    assert len(service.stage.keys()) == len(set(service.stage.keys())) == 3


async def test_what_dies_while_the_service_runs_is_adopted_too(night: Make) -> None:
    service = night()
    service.living.add("the first process")
    execution = await service.stage.create()
    async with going_on(service, 10 * MINUTE):
        await anyio.sleep(60)
        assert (await service.stage.load(execution)).launches[0].sends == 0
        service.living.discard("the first process")
    assert [verdict for _, verdict in await service.verdicts()] == [Verdict.PASSED]


async def test_an_execution_of_another_account_is_left_alone(night: Make) -> None:
    service = night()
    execution = await service.stage.create()
    service.account = "another"
    await service.serve(5 * MINUTE)
    assert (await service.stage.load(execution)).launches[0].sends == 0


async def test_what_a_finished_execution_left_on_coval_is_settled(night: Make) -> None:
    service = night()
    execution = await service.stage.create()
    await service.stage.crash(execution, "answer to POST /v1/runs")
    async with service.stage.process() as process:
        await service.stage.take_over(execution)
        service.stage.stunt = _unreachable
        await process.interrupt(execution)
    service.stage.stunt = lambda _: None
    assert not (await service.stage.load(execution)).is_settled
    await service.serve(10 * MINUTE)
    stored = await service.stage.load(execution)
    assert stored.is_settled
    assert stored.launches[0].state is LaunchState.CANCELLED


async def test_a_bug_in_one_execution_harms_no_other(night: Make) -> None:
    service = night()
    first = await service.stage.create(write_campaign(name="first"))
    await service.stage.create(write_campaign(name="second"))
    service.sabotage = lambda campaign: _raise(RuntimeError) if campaign == "first" else None
    await service.serve(5 * MINUTE)
    assert [verdict for _, verdict in await service.verdicts()] == [None, Verdict.PASSED]
    service.sabotage = lambda _: None
    await service.serve(5 * MINUTE, owner="serve 2")
    assert (await service.stage.report(first)).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param("UPDATE execution SET inputs = '{' WHERE id = ?", id="unreadable"),
        pytest.param("UPDATE execution SET state = 'dozing' WHERE id = ?", id="unheard of"),
        pytest.param("UPDATE execution SET revision = 'gone' WHERE id = ?", id="no revision"),
        pytest.param("UPDATE cell SET plan = '{}' WHERE execution = ?", id="no plan"),
        pytest.param("DELETE FROM cell WHERE execution = ?", id="no cells"),
    ],
)
async def test_a_damaged_execution_is_left_alone_and_harms_no_other(
    night: Make, damage: str
) -> None:
    service = night()
    damaged = await service.stage.create(write_campaign(name="damaged"))
    healthy = await service.stage.create(write_campaign(name="healthy"))
    break_row(service.stage.database.path, damage, damaged)
    with capture_logs() as logs:
        await service.serve(5 * MINUTE)
    assert (await service.stage.report(healthy)).verdict is Verdict.PASSED
    told = [line.get("execution") for line in logs if line["log_level"] in {"warning", "error"}]
    assert told == [damaged]


async def test_a_damaged_execution_keeps_no_later_one_of_its_campaign_waiting(
    night: Make,
) -> None:
    service = night()
    damaged, later = await service.stage.create(), await service.stage.create()
    break_row(
        service.stage.database.path, "UPDATE launch SET state = 'x' WHERE execution = ?", damaged
    )
    await service.serve(5 * MINUTE)
    assert (await service.stage.report(later)).verdict is Verdict.PASSED


async def test_a_damaged_execution_skips_no_moment_of_its_campaign(night: Make) -> None:
    service = night(scheduled("10 3 * * *"))
    damaged = await service.stage.create(write_campaign(name="nightly"))
    break_row(
        service.stage.database.path, "UPDATE launch SET state = 'x' WHERE execution = ?", damaged
    )
    await service.serve(20 * MINUTE)
    _, made, reason = await service.last("nightly")
    assert (made is not None, reason) == (True, "")


async def test_a_database_in_trouble_for_a_while_costs_no_verdict(night: Make) -> None:
    service = night()
    await service.stage.create()
    until = anyio.current_time() + 120

    def fail(_: str) -> None:
        if anyio.current_time() < until:
            _raise(StorageTrouble)

    service.sabotage = fail
    await service.serve(10 * MINUTE)
    assert [verdict for _, verdict in await service.verdicts()] == [Verdict.PASSED]


def _raise(error: type[Exception]) -> None:
    raise error("sabotage")


def _unreachable(_: Any) -> Any:
    return httpx.Response(503)
