"""Small worlds of evidence, told in a few lines."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from campaignd.core.campaign import Waive
from campaignd.core.cotool import AgentRun, AgentRunStatus, CriticalIssue
from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence, ScoreEvidence
from campaignd.core.evidence import SimulationEvidence as Simulation
from campaignd.core.gates import Declared, parse_gate
from campaignd.core.gates.judging import judge_gates
from campaignd.core.gates.references import NOTHING, Reference, References
from campaignd.core.gates.waivers import NO_WAIVERS, waivers_on
from campaignd.core.metrics import CotoolMetric, CovalMetric, Metric
from campaignd.core.report import GateReport

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
METRICS: Mapping[str, Metric] = {
    "resolved": CovalMetric.model_validate({"id": "R" * 22, "pass_when": {"equals": "YES"}}),
    "unsure": CovalMetric.model_validate(
        {"id": "U" * 22, "pass_when": {"equals": "YES"}, "unknown": "missing"}
    ),
    "latency": CovalMetric.model_validate({"id": "L" * 22, "unit": "s", "better": "lower"}),
    "plain": CovalMetric.model_validate({"id": "P" * 22}),
    "topics": CovalMetric.model_validate({"id": "T" * 22, "pass_when": {"contains": "refund"}}),
    "outcome": CovalMetric.model_validate(
        {"id": "O" * 22, "pass_when": {"one_of": ["booked", "moved"]}}
    ),
    "flag": CovalMetric.model_validate({"id": "F" * 22, "pass_when": {"equals": "1"}}),
    "rating": CovalMetric.model_validate({"id": "G" * 22, "pass_when": {"at_least": "4"}}),
    "quality": CotoolMetric.model_validate({"cotool": "score", "pass_when": {"at_least": "75"}}),
    "criteria": CotoolMetric.model_validate({"cotool": "criteria"}),
    "critical": CotoolMetric.model_validate({"cotool": "critical_issues"}),
}


class Story:
    """Cells, simulations and Cotool runs, added one by one, then judged."""

    def __init__(self) -> None:
        self.evidence = Evidence((), ())
        self.references = NOTHING
        self.waivers = NO_WAIVERS

    def cell(
        self,
        key: str,
        values: Mapping[str, Sequence[Value]] | None = None,
        *,
        metric: str = "resolved",
        variant: str = "base",
        **fields: Any,
    ) -> "Story":
        """Add a cell, or to it, with a metric's values by test case, one per iteration.

        FAILED and CANCELLED are statuses; planned sizes are those of the values unless given.
        """
        values = values or {}
        if key not in {cell.key for cell in self.evidence.cells}:
            agent, persona, test_set = key.partition("#")[0].split("/")
            planned: dict[str, Any] = {
                "variants": ("base",),
                "cases_planned": len(values),
                "iterations": max((len(tries) for tries in values.values()), default=1),
                "outcome": CellOutcome.COLLECTED,
            }
            cell = CellEvidence(key, agent, persona, test_set, **(planned | fields))
            self.evidence = replace(self.evidence, cells=(*self.evidence.cells, cell))
        for test_case, tries in values.items():
            for value in tries:
                self._simulate(key, variant, test_case, metric, value)
        return self

    def _simulate(self, key: str, variant: str, test_case: str, metric: str, value: Value) -> None:
        number = len(self.evidence.simulations)
        ended = value in {"FAILED", "CANCELLED"}
        simulation = Simulation(
            cell=key,
            variant=variant,
            test_case=test_case,
            simulation_id=f"S{number:04}",
            created_at=START + timedelta(seconds=number),
            status=RunStatus(value) if ended else RunStatus.COMPLETED,
            values={} if ended or value is None else {metric: value},
            error="no answer" if value == "FAILED" else None,
        )
        simulations = (*self.evidence.simulations, simulation)
        self.evidence = replace(self.evidence, simulations=simulations)

    def run(
        self,
        score: float | None = 80.0,
        *,
        agent: str = "ops",
        issue: str | None = None,
        **fields: Any,
    ) -> "Story":
        """Add a Cotool run."""
        number = len(self.evidence.scores)
        run = AgentRun(
            run_id=f"R{number:04}",
            agent_id="cotool-id",
            agent_name="Ops",
            title=f"Alert {number}",
            created_at=START + timedelta(minutes=number),
            updated_at=START + timedelta(hours=1),
            status=fields.pop("status", AgentRunStatus.DONE),
            score=score,
            explanation="Checked the logs.",
            critical_issue=CriticalIssue(issue, "It was bad.") if issue else None,
            **fields,
        )
        scores = (*self.evidence.scores, ScoreEvidence(agent, run))
        scored = tuple(dict.fromkeys((*self.evidence.scored, agent)))
        self.evidence = replace(self.evidence, scores=scores, scored=scored)
        return self

    def with_evidence(self, **fields: Any) -> "Story":
        self.evidence = replace(self.evidence, **fields)
        return self

    def against(self, *before: "Story", notes: tuple[str, ...] = ()) -> "Story":
        """Take the last story as the baseline, and all of them as the past."""
        baseline = Reference("the baseline", before[-1].evidence, notes)
        past = tuple(story.evidence for story in before)
        self.references = References(baseline=baseline, past=past)
        return self

    def waiving(self, test_case: str, until: str, because: str = "BUG-12") -> "Story":
        waiver = Waive(test_case="T" * 22, until=date.fromisoformat(until), because=because)
        named = waiver.model_copy(update={"test_case": test_case})
        self.waivers = waivers_on([named], START.date())
        return self

    def judge(self, *gates: Mapping[str, Any]) -> tuple[GateReport, ...]:
        parsed = [parse_gate(gate) for gate in gates]
        return judge_gates(parsed, self.evidence, METRICS, self.references, self.waivers)

    def judge_one(self, **gate: Any) -> GateReport:
        (report,) = self.judge(gate)
        return report

    def rate(self, metric: str, **gate: Any) -> GateReport:
        return self.judge_one(**{"pass_rate": metric, **gate})


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def new_story() -> type[Story]:
    return Story


@pytest.fixture
def metrics() -> Mapping[str, Metric]:
    return METRICS


@pytest.fixture
def declared() -> Declared:
    return Declared(
        metrics=METRICS,
        agents=("checkout", "ops"),
        simulated=("checkout",),
        scored=("ops",),
        personas=("calm", "elderly"),
        test_sets=("smoke", "refunds"),
        mutations=("fast-vad", "gpt-4o"),
        cells=("checkout/calm/smoke", "checkout/elderly/refunds"),
    )
