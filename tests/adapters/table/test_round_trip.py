"""What `export` writes reads back as what gates judge all the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignd.adapters.reporters.csv_export import export_csv
from campaignd.adapters.table import Vocabulary, read_table
from campaignd.core.cotool import AgentRun, AgentRunStatus, Criterion, CriticalIssue
from campaignd.core.coval import Aggregate, RunStatus
from campaignd.core.evidence import (
    CellEvidence,
    CellOutcome,
    Evidence,
    ScoreEvidence,
    SimulationEvidence,
)
from campaignd.core.gates import GateModel, parse_gate
from campaignd.core.gates.judging import judge_gates
from campaignd.core.metrics import CotoolMetric, CovalMetric, Metric, PassWhen

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
METRICS: dict[str, Metric] = {
    "resolved": CovalMetric(id="j" * 22, pass_when=PassWhen(equals="YES")),
    "latency": CovalMetric(id="k" * 22, unit="s", better="lower"),
    "topics": CovalMetric(id="l" * 22, pass_when=PassWhen(contains="refund")),
    "quality": CotoolMetric(cotool="score", pass_when=PassWhen(at_least=75)),
    "criteria": CotoolMetric(cotool="criteria"),
    "critical": CotoolMetric(cotool="critical_issues"),
}
GATES: tuple[GateModel, ...] = tuple(
    parse_gate(tree)
    for tree in (
        {"pass_rate": "resolved", "at_least": "50%", "variants": "all", "per": "cell"},
        {"pass_rate": "resolved", "at_least": "50%", "variants": "all", "per": ["variant"]},
        {"pass_rate": "topics", "at_least": "50%", "variants": "all"},
        {"pass_rate": "simulations", "at_least": "90%"},
        {"mean": "latency", "at_most": "1.2", "per": "persona"},
        {"p90": "latency", "at_most": "1.2 s", "variants": "all"},
        {"max": "latency", "at_most": "3"},
        {"no_drop": "resolved", "than": "base", "rule_out": "20 points", "per": "mutation"},
        {"not_worse": "latency", "than": "base", "allow": "10%", "per": "mutation"},
        {"improves": "resolved", "than": "base", "by": "3 points", "variants": "mutations"},
        {"all_tries": "resolved", "k": "2", "at_least": "10%", "variants": "all"},
        {"same_mix": "resolved", "than": "base", "allow": "10 points", "per": "mutation"},
        {"mean": "quality", "at_least": "70"},
        {"pass_rate": "criteria", "at_least": "95%", "per": "criterion"},
        {"count": "critical", "at_most": "0"},
        {"errors": "runs", "at_most": "10%"},
    )
)
STATUSES = st.sampled_from(
    [RunStatus.COMPLETED] * 4 + [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SKIPPED]
)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "resolved": st.sampled_from(["YES", "NO", "UNKNOWN", None]),
        "latency": st.floats(-1e6, 1e6) | st.none(),
        "topics": st.frozensets(st.sampled_from(["refund", '"', "[x]", "é,\n"])) | st.none(),
    },
)


@st.composite
def cell_evidence(draw: st.DrawFn) -> Evidence:
    cells: list[CellEvidence] = []
    simulations: list[SimulationEvidence] = []
    for number, persona in enumerate(["calm", "angry"][: draw(st.integers(1, 2))]):
        for chunk in range(draw(st.integers(1, 2))):
            key = f"shop/{persona}/smoke" + ("#2" if chunk else "")
            cell = CellEvidence(
                key=key,
                agent="shop",
                persona=persona,
                test_set="smoke",
                variants=("base", f"z{chunk}", f"b{chunk}"),
                cases_planned=draw(st.integers(1, 3)),
                iterations=draw(st.integers(1, 3)),
                outcome=draw(st.sampled_from([CellOutcome.COLLECTED] * 3 + [*CellOutcome])),
            )
            cells.append(draw(launched(cell)))
            if cells[-1].outcome is CellOutcome.COLLECTED:
                simulations += draw(simulated(cells[-1], number * 10_000 + chunk * 1000))
    return Evidence(tuple(cells), tuple(simulations), scored=("triage",))


@st.composite
def launched(draw: st.DrawFn, cell: CellEvidence) -> CellEvidence:
    attempts = draw(st.integers(1, 3))
    most = attempts - 1 if cell.outcome is CellOutcome.COLLECTED else attempts
    sums = {"latency": Aggregate(1.1, 0.1, 2.3)} if draw(st.integers(0, 9)) == 9 else {}
    return replace(
        cell, attempts=attempts, attempts_lost=draw(st.integers(0, most)), aggregates=sums
    )


@st.composite
def simulated(draw: st.DrawFn, cell: CellEvidence, first: int) -> Sequence[SimulationEvidence]:
    """As assembly orders them: by variant, test case, time."""
    found = []
    variants = sorted(cell.variants, key=lambda name: "" if name == "base" else name)
    places = product(variants, range(cell.cases_planned), range(cell.iterations))
    for number, (variant, case, _) in enumerate(places, start=first):
        if draw(st.integers(0, 9)) < 9:
            found.append(
                SimulationEvidence(
                    cell=cell.key,
                    variant=variant,
                    test_case=f"case-{case}" if draw(st.integers(0, 19)) < 19 else None,
                    simulation_id=f"sim-{number:06}",
                    created_at=START + timedelta(seconds=number),
                    status=draw(STATUSES),
                    values=draw(VALUES),
                )
            )
    place = lambda s: ("" if s.variant == "base" else s.variant, s.test_case or "")  # noqa: E731
    return sorted(found, key=lambda s: (*place(s), s.created_at))


@st.composite
def scores(draw: st.DrawFn) -> tuple[ScoreEvidence, ...]:
    texts = st.sampled_from(["Found it", "=told: no", "'quoted'", "none"])
    criteria = st.lists(st.builds(Criterion, texts, st.booleans()), max_size=3).map(tuple)
    issues = st.sampled_from([None, CriticalIssue("authentication"), CriticalIssue("=x")])
    return tuple(
        ScoreEvidence(
            "triage",
            AgentRun(
                run_id=f"run_{number}",
                agent_id="id",
                agent_name="Triage",
                title="An alert",
                created_at=START + timedelta(seconds=number // 2),
                updated_at=START,
                status=draw(st.sampled_from([AgentRunStatus.DONE, *AgentRunStatus])),
                score=draw(st.none() | st.floats(0, 100)),
                criteria=draw(st.none() | criteria),
                critical_issue=(issue := draw(issues)),
                delivers_critical_issues=issue is not None or draw(st.booleans()),
            ),
        )
        for number in range(draw(st.integers(0, 4)))
    )


def read_back(evidence: Evidence) -> Evidence:
    text = "".join(export_csv("01J", evidence, METRICS))
    vocabulary = Vocabulary(METRICS, scored=("triage",))
    (table,) = read_table(BytesIO(text.encode()), "export.csv", vocabulary)
    assert table.execution == "01J"
    return table.evidence


def results(evidence: Evidence) -> list[dict[str, Any]]:
    """All that gates find, except what a table does not hold: ids, titles, links."""
    found = [gate.model_dump() for gate in judge_gates(GATES, evidence, METRICS)]
    for gate in found:
        for case in gate["cases"]:
            for name in ("simulation_id", "title", "url", "explanation"):
                case[name] = None
    return found


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(cell_evidence(), scores())
def test_gates_judge_an_exported_table_as_they_judge_what_is_stored(
    evidence: Evidence, runs: tuple[ScoreEvidence, ...]
) -> None:
    whole = replace(evidence, scores=runs)
    assert results(read_back(whole)) == results(whole)


@settings(max_examples=40, deadline=None)
@given(cell_evidence())
def test_what_was_read_back_is_written_with_the_same_rows(evidence: Evidence) -> None:
    once = sorted(export_csv("01J", evidence, METRICS))
    assert sorted(export_csv("01J", read_back(evidence), METRICS)) == once
