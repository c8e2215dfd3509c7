"""The ten worst test cases of a gate result, with what a person needs to look at them."""

from math import isfinite
from typing import Any

from campaignd.core.cotool import AgentRun
from campaignd.core.frame import Status
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.groups import Group
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.sample import Sample
from campaignd.core.gates.threshold_gate import ThresholdGate
from campaignd.core.metrics import CotoolMetric
from campaignd.core.report import CaseReport

WORST = 10


def worst_cases(gate: ThresholdGate[Any], group: Group, finding: Finding) -> tuple[CaseReport, ...]:
    """The units farthest to the wrong side of the bar, worst first, each with its worst item."""
    return lowest_cases(gate, group, finding, 1 if gate.bar.side == "at_least" else -1)


def lowest_cases(
    gate: MetricGate, group: Group, finding: Finding, sign: int
) -> tuple[CaseReport, ...]:
    """The units with the lowest values, or, where `sign` is -1, with the highest ones."""
    sample = finding.sample
    if sample is None or not sample.n:
        return ()
    towards_bar = sample if sign == 1 else Sample(-sample.values, sample.units)
    worst = towards_bar.lowest_items if finding.by_worst else towards_bar.lowest_units
    return tuple(
        describe_case(gate, group, row, (None, sign * value))
        for row, value in worst(WORST)
        if sign * value != finding.perfect
    )


def describe_case(
    gate: MetricGate, group: Group, row: int, values: tuple[float | None, float]
) -> CaseReport:
    """One test case by the row of its worst result; `values` are the base's and its own."""
    unit = group.frame.unit_names[group.units[row]]
    arm = group.arm_of(row)
    source = group.source_of(row)
    base, measured = values
    value: float | str = measured if isfinite(measured) else Status.FAILED.name
    if isinstance(group.metric, CotoolMetric):
        run = group.evidence.scores[source].run
        return CaseReport(
            test_case=run.run_id,
            title=run.title,
            agent=unit.agent,
            base=base,
            value=value,
            url=group.evidence.urls.get(run.run_id),
            explanation=_words_on(run, arm.criterion, group.metric),
        )
    simulation = group.evidence.simulations[source]
    words = group.evidence.explanations.get((simulation.simulation_id, gate.metric))
    return CaseReport(
        test_case=unit.item,
        title=group.evidence.titles.get(unit.item or ""),
        agent=unit.agent,
        persona=arm.persona,
        test_set=unit.test_set,
        base=base,
        value=value,
        simulation_id=simulation.simulation_id,
        url=group.evidence.urls.get(simulation.simulation_id),
        explanation=words or simulation.error,
    )


def _words_on(run: AgentRun, criterion: str | None, metric: CotoolMetric) -> str | None:
    if metric.cotool == "critical_issues":
        issue = run.critical_issue
        return f"{issue.category}: {issue.explanation}" if issue else None
    if criterion is None:
        return run.explanation or None
    met = [each for each in run.criteria or () if each.text == criterion]
    return f"{criterion}: {met[0].explanation}" if met else None
