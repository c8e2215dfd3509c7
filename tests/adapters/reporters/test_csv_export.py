import csv
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.reporters.csv_export import export_csv
from campaignd.adapters.table.columns import COLUMNS
from campaignd.core.cotool import AgentRun, AgentRunStatus, Criterion, CriticalIssue
from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import (
    CellEvidence,
    CellOutcome,
    Evidence,
    ScoreEvidence,
    SimulationEvidence,
)
from campaignd.core.metrics import CotoolMetric, CovalMetric

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
RESOLVED = {"resolved": CovalMetric(id="jN6mN2pSt5aUv8xZ1bCeFf")}


def test_the_columns_are_those_of_the_gate_language() -> None:
    header = read(export_csv("01J", Evidence((), ()), {}))[0]
    assert header == list(COLUMNS)


def test_each_simulation_and_metric_is_a_row_with_its_iteration() -> None:
    simulations = (simulated("s2", 2, "NO"), simulated("s1", 1, "YES"))
    assert rows(Evidence((cell(),), simulations)) == [
        ["01J", "a", "p", "s", "base", "case-1", "1", "COMPLETED", "resolved", "YES"],
        ["01J", "a", "p", "s", "base", "case-1", "2", "COMPLETED", "resolved", "NO"],
    ]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        pytest.param(RunStatus.COMPLETED, "COMPLETED", id="completed"),
        pytest.param(RunStatus.FAILED, "FAILED", id="the agent's failure"),
        pytest.param(RunStatus.CANCELLED, "LOST", id="cancelled"),
        pytest.param(RunStatus.SKIPPED, "LOST", id="skipped"),
        pytest.param(RunStatus.UNKNOWN, "LOST", id="unknown"),
    ],
)
def test_a_status_says_whose_a_missing_result_is(status: RunStatus, word: str) -> None:
    simulations = (simulated("s1", 1, None, status), simulated("s2", 2, "YES"))
    assert rows(Evidence((cell(),), simulations))[0][7:] == [word, "resolved", ""]


def test_planned_simulations_that_were_never_seen_are_lost() -> None:
    simulations = (simulated("s1", 1, "YES"),)
    assert rows(Evidence((cell(),), simulations))[1:] == [
        ["01J", "a", "p", "s", "base", "", "2", "LOST", "resolved", ""],
    ]


def test_a_lost_cell_has_a_row_per_launch_too() -> None:
    lost = replace(cell(CellOutcome.TIMED_OUT), attempts=2, attempts_lost=1)
    assert [row[4:] for row in rows(Evidence((lost,), ()))] == [
        ["base", "", "2", "LOST", "resolved", ""],
        ["base", "", "1", "LOST", "resolved", ""],
        ["", "", "1", "LOST", "runs", ""],
        ["", "", "2", "FAILED", "runs", "timed_out"],
    ]


def test_a_further_chunk_of_mutations_shows_in_the_test_set() -> None:
    simulations = (replace(simulated("s1", 1, "YES"), cell="a/p/s#2"),)
    chunk = replace(cell(), key="a/p/s#2")
    assert rows(Evidence((chunk,), simulations))[0][3] == "s#2"


@given(
    st.one_of(
        st.floats(allow_nan=False),
        st.text(),
        st.text(st.sampled_from("=+-@'\t\r\n[]\",1.e")),
        st.frozensets(st.text(max_size=5), max_size=4),
        st.none(),
    )
)
def test_every_value_reads_back_exactly(value: Value) -> None:
    simulations = (simulated("s1", 1, value), simulated("s2", 2, "YES"))
    assert decode(rows(Evidence((cell(),), simulations))[0][-1]) == value


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_no_text_is_a_formula_to_a_spreadsheet(text: str) -> None:
    simulations = (simulated("s1", 1, text), simulated("s2", 2, "YES"))
    assert rows(Evidence((cell(),), simulations))[0][-1] == f"'{text}"


def test_cotool_runs_are_rows_of_their_own() -> None:
    metrics = {
        "quality": CotoolMetric(cotool="score"),
        "criteria": CotoolMetric(cotool="criteria"),
        "critical": CotoolMetric(cotool="critical_issues"),
        **RESOLVED,
    }
    graded = agent_run(
        score=92.5,
        criteria=(Criterion("Found the host", met=True), Criterion("=told", met=False)),
        critical_issue=CriticalIssue("authentication"),
    )
    evidence = Evidence((), (), (ScoreEvidence("triage", graded),))
    assert [row[5:] for row in rows(evidence, metrics)] == [
        ["run_1", "", "COMPLETED", "quality", "92.5"],
        ["run_1", "1", "COMPLETED", "criteria", "met: Found the host"],
        ["run_1", "2", "COMPLETED", "criteria", "unmet: =told"],
        ["run_1", "", "COMPLETED", "critical", "authentication"],
    ]


def test_what_cotool_did_not_deliver_is_empty_and_never_none() -> None:
    metrics = {
        "criteria": CotoolMetric(cotool="criteria"),
        "critical": CotoolMetric(cotool="critical_issues"),
    }
    silent = agent_run(status=AgentRunStatus.ERROR, delivers_critical_issues=False)
    clean = agent_run(criteria=())
    evidence = Evidence((), (), (ScoreEvidence("t", silent), ScoreEvidence("t", clean)))
    assert [row[7:] for row in rows(evidence, metrics)] == [
        ["LOST", "criteria", ""],
        ["LOST", "critical", ""],
        ["COMPLETED", "criteria", "none"],
        ["COMPLETED", "critical", "none"],
    ]


def decode(text: str) -> Value:
    """Read a value as the documentation says."""
    if text.startswith("'"):
        return text[1:]
    if not text:
        return None
    if text.startswith("["):
        return frozenset(json.loads(text))
    try:
        return float(text)
    except ValueError:
        return text


def rows(
    evidence: Evidence, metrics: dict[str, CovalMetric | CotoolMetric] | None = None
) -> list[list[str]]:
    return read(export_csv("01J", evidence, metrics or RESOLVED))[1:]


def read(lines: Iterable[str]) -> list[list[str]]:
    return list(csv.reader(StringIO("".join(lines), newline="")))


def cell(outcome: CellOutcome = CellOutcome.COLLECTED) -> CellEvidence:
    return CellEvidence(
        key="a/p/s",
        agent="a",
        persona="p",
        test_set="s",
        variants=("base",),
        cases_planned=1,
        iterations=2,
        outcome=outcome,
    )


def simulated(
    simulation_id: str, minute: int, value: Value, status: RunStatus = RunStatus.COMPLETED
) -> SimulationEvidence:
    return SimulationEvidence(
        cell="a/p/s",
        variant="base",
        test_case="case-1",
        simulation_id=simulation_id,
        created_at=START + timedelta(minutes=minute),
        status=status,
        values={"resolved": value},
    )


def agent_run(status: AgentRunStatus = AgentRunStatus.DONE, **facts: object) -> AgentRun:
    return AgentRun(
        run_id="run_1",
        agent_id="agent",
        agent_name="Triage",
        title="An alert",
        created_at=START,
        updated_at=START,
        status=status,
        **facts,
    )
