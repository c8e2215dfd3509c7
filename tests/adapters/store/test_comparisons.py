"""What executions are compared with, in the database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.adapters.store.conftest import NOW, Shelf

from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.core.execution import Execution
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.report import GateReport
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import EXIT_STATUS, GateVerdict, Verdict
from campaignd.engine.faults import OwnershipLost
from campaignd.engine.records import ComparedFile, Comparison, Outcome, Search

LATER = NOW + timedelta(hours=1)
SEARCH = Search("nightly", "real", LATER, labels={"branch": "main"})
TABLE = ComparedFile("main.csv", b"agent,persona\n" * 1000)


@pytest.fixture
def rows(shelf: Shelf) -> ComparisonRows:
    return ComparisonRows(shelf.database)


def gate(verdict: GateVerdict, code: str | None = None, **facts: Any) -> GateReport:
    return GateReport(name="g", kind="mean", verdict=verdict, reason="", reason_code=code, **facts)


PASSED = gate(GateVerdict.PASSED)
FIRST = gate(GateVerdict.INCONCLUSIVE, "no_baseline")


async def finish(
    shelf: Shelf, verdict: Verdict = Verdict.PASSED, *gates: GateReport, **facts: Any
) -> Execution:
    execution = await shelf.begin(**{"account": "real", **facts})
    judging = replace(execution, state=ExecutionState.JUDGING)
    assert await shelf.executions.move(execution, judging, NOW)
    outcome = Outcome(verdict, EXIT_STATUS[verdict], "", gates)
    assert await shelf.executions.finish(judging, outcome, NOW)
    return await shelf.reload(execution)


async def test_the_newest_passed_executions_that_fit_are_eligible(
    shelf: Shelf, rows: ComparisonRows
) -> None:
    found = [await finish(shelf) for _ in range(3)]
    await finish(shelf, labels={"branch": "other"})
    await finish(shelf, account="embedded sandbox")
    await finish(shelf, campaign="hourly")
    await finish(shelf, Verdict.FAILED)
    await shelf.begin(account="real")
    assert await rows.eligible(SEARCH, 2) == [found[2].id, found[1].id]
    assert len(await rows.eligible(SEARCH, 10)) == 3


async def test_what_had_not_finished_then_is_too_old_or_is_itself_is_not_eligible(
    shelf: Shelf, rows: ComparisonRows
) -> None:
    execution = await finish(shelf)
    early = replace(SEARCH, until=NOW - timedelta(seconds=1))
    assert await rows.eligible(early, 1) == []
    assert await rows.eligible(replace(SEARCH, since=LATER), 1) == []
    assert await rows.eligible(replace(SEARCH, besides=execution.id), 1) == []


@pytest.mark.parametrize(
    ("gates", "eligible"),
    [
        pytest.param([FIRST], True, id="its only doubt was a missing baseline"),
        pytest.param([PASSED, FIRST], True, id="the rest passed"),
        pytest.param([gate(GateVerdict.FAILED, blocks=False), FIRST], True, id="not blocking"),
        pytest.param([FIRST, gate(GateVerdict.INCONCLUSIVE, "too_few")], False, id="other doubts"),
        pytest.param([], False, id="no gates"),
    ],
)
async def test_an_inconclusive_execution_may_be_the_first_baseline(
    shelf: Shelf, rows: ComparisonRows, gates: list[GateReport], eligible: bool
) -> None:
    await finish(shelf, Verdict.INCONCLUSIVE, *gates)
    assert bool(await rows.eligible(SEARCH, 1)) == eligible


async def test_the_first_choice_stands(shelf: Shelf, rows: ComparisonRows) -> None:
    execution = await shelf.begin()
    await rows.choose(execution, BASELINE, Comparison("01A"))
    await rows.choose(execution, BASELINE, Comparison("01B"))
    assert await rows.chosen(execution.id) == {BASELINE: Comparison("01A")}


async def test_that_there_was_no_baseline_is_a_choice_too(
    shelf: Shelf, rows: ComparisonRows
) -> None:
    execution = await shelf.begin()
    assert await rows.chosen(execution.id) == {}
    await rows.choose(execution, BASELINE, Comparison())
    assert await rows.chosen(execution.id) == {BASELINE: Comparison()}


async def test_only_the_driver_chooses(shelf: Shelf, rows: ComparisonRows) -> None:
    execution = await shelf.begin()
    assert await shelf.executions.take_over(execution, "another", NOW)
    with pytest.raises(OwnershipLost):
        await rows.choose(execution, BASELINE, Comparison("01A"))
    assert await rows.chosen(execution.id) == {}


async def test_tables_are_stored_with_the_execution_and_only_once(
    shelf: Shelf, rows: ComparisonRows
) -> None:
    named = Than("file", "main.csv")
    for _ in range(2):
        execution = await shelf.create(compared={BASELINE: TABLE, named: TABLE})
        chosen = await rows.chosen(execution.id)
        assert chosen == {BASELINE: Comparison(file=TABLE), named: Comparison(file=TABLE)}


async def test_a_pin_is_of_an_account_and_the_last_one_holds(
    shelf: Shelf, rows: ComparisonRows
) -> None:
    first, second = await finish(shelf), await finish(shelf)
    await rows.pin(first, NOW)
    await rows.pin(second, LATER)
    assert await rows.pinned("nightly", "real") == second.id
    assert await rows.pinned("nightly", "embedded sandbox") is None
    (pin,) = await rows.pins("nightly")
    assert (pin.execution, pin.pinned_at) == (second.id, LATER)
    assert await rows.unpin("nightly") == [pin]
    assert await rows.pinned("nightly", "real") is None
    assert await rows.unpin("nightly") == []
