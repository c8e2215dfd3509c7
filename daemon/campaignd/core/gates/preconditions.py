"""What must hold before a kind of gate looks at a group, and what lost cells do to its verdict."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from campaignd.core.evidence import BASE, CellOutcome
from campaignd.core.frame import Kind, Status
from campaignd.core.gates.aggregates import Aggregates, CellAggregate
from campaignd.core.gates.findings import (
    CELL_LOST,
    MISSING_DATA,
    NO_DATA,
    NOT_DELIVERED,
    UNUSABLE_VALUES,
    Finding,
    errored,
)
from campaignd.core.gates.groups import Group
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.wording import listed, number_of
from campaignd.core.metrics import Measures, measures, range_of
from campaignd.core.verdicts import NO_BASELINE, TIMED_OUT, GateVerdict

_COSTS_OF_TIMEOUTS = {MISSING_DATA, NO_DATA, CELL_LOST, NO_BASELINE}
_WORDS = {Kind.NUMBER: "a number", Kind.TEXT: "a text", Kind.SET: "a set of texts"}
_EXPECTED = {
    Measures.TEXTS: (Kind.TEXT,),
    Measures.SETS: (Kind.SET,),
    Measures.ANYTHING: (Kind.NUMBER, Kind.TEXT),
}


def with_losses(finding: Finding, group: Group, tolerated: Collection[str]) -> Finding:
    """What lost cells and timeouts do to a verdict. `tolerated` ones count as missing data."""
    lost = [key for key in group.cells_that(CellOutcome.LOST) if key not in tolerated]
    if lost and finding.verdict is not GateVerdict.FAILED:
        finding = _without_cells(finding, lost)
    if finding.code in _COSTS_OF_TIMEOUTS and (late := group.cells_that(CellOutcome.TIMED_OUT)):
        cells = f"a timeout ended {number_of(len(late), 'cell')}: {listed(late)}"
        return replace(finding, code=TIMED_OUT, reason=f"{finding.reason}; {cells}")
    return finding


def _without_cells(finding: Finding, lost: list[str]) -> Finding:
    was = "was" if len(lost) == 1 else "were"
    reason = f"{number_of(len(lost), 'cell')} that it needs {was} lost: {listed(lost)}"
    reason += f"; {finding.reason}"
    if finding.verdict is not GateVerdict.ERRORED:
        reason += "; an `errors: runs` gate would count that as missing data"
    return replace(finding, verdict=GateVerdict.ERRORED, code=CELL_LOST, reason=reason)


def find_in_group(gate: MetricGate, group: Group) -> Finding:
    """Judge a group on what is there; a proof waits for the rest of its family."""
    if nothing := _find_nothing(gate, group):
        return nothing
    aggregated = [cell.key for cell in group.cells if gate.metric in cell.aggregates]
    if aggregated:
        return _find_in_aggregates(gate, group, aggregated)
    return _find_unusable(gate, group) or gate.find(group)


def find_trouble(gate: MetricGate, group: Group) -> Finding | None:
    """Why the values of a group cannot be used, if they cannot."""
    return _find_nothing(gate, group) or _find_unusable(gate, group)


def _find_unusable(gate: MetricGate, group: Group) -> Finding | None:
    if not group.is_delivered:
        return errored(NOT_DELIVERED, _never_delivered(gate, group))
    if trouble := _unusable(gate, group):
        return errored(UNUSABLE_VALUES, trouble)
    return None


def _find_nothing(gate: MetricGate, group: Group) -> Finding | None:
    if not group.arms:
        return errored(NO_DATA, f"nothing that was run or scored fits this gate on {gate.metric}")
    if silent := _silent_agents(group):
        return errored(NO_DATA, f"Cotool has no run to judge of agent {listed(silent)}")
    if not len(group.rows):
        return errored(NO_DATA, "the cells have no test cases")
    if (group.status == Status.LOST).all():
        what = "Cotool run is graded" if group.is_cotool else "simulation ended"
        return errored(NO_DATA, f"none of {len(group.rows)} expected: no {what}")
    return None


def _silent_agents(group: Group) -> list[str]:
    starts = group.frame.starts
    empty = (arm for arm in group.arms if starts[arm] == starts[arm + 1])
    return [group.frame.arms[arm].agent for arm in empty] if group.is_cotool else []


def _never_delivered(gate: MetricGate, group: Group) -> str:
    who = "Cotool" if group.is_cotool else "Coval"
    return f"{who} delivered no value of {gate.metric} for any of {_completed(group)}"


def _completed(group: Group) -> str:
    count = int(np.count_nonzero(group.status == Status.COMPLETED))
    return number_of(count, "graded run" if group.is_cotool else "completed simulation")


def _unusable(gate: MetricGate, group: Group) -> str | None:
    """Values that the gate cannot read, with the place of one of them."""
    if twice := group.seen_twice:
        return f"the evidence has simulation {twice} twice"
    if Kind.ENDLESS in group.kinds:
        return f"{gate.metric} is not a finite number {_place(group, Kind.ENDLESS)}"
    found = [kind for kind in _WORDS if kind in group.kinds]
    expected = _expected_kinds(gate, group)
    if strange := [kind for kind in found if kind not in expected]:
        wanted = " or ".join(_WORDS[kind] for kind in expected)
        where = _place(group, strange[0])
        return f"{gate.metric} is {_WORDS[strange[0]]} {where}, and {gate.kind} takes {wanted} here"
    if len(found) > 1:
        return f"{gate.metric} is " + " and ".join(
            f"{_WORDS[kind]} {_place(group, kind)}" for kind in found
        )
    return _beyond_scores(gate, group)


def _beyond_scores(gate: MetricGate, group: Group) -> str | None:
    if group.metric is None or (span := range_of(group.metric)) is None:
        return None
    numbers = group.values
    with np.errstate(invalid="ignore"):
        beyond = np.flatnonzero((numbers < span[0]) | (numbers > span[1]))
    if not len(beyond):
        return None
    run = group.evidence.scores[group.source_of(int(beyond[0]))].run.run_id
    found = f"{gate.metric} is {numbers[beyond[0]]:g} in run {run}"
    return f"{found}, and Cotool scores are {span[0]:g} to {span[1]:g}"


def _expected_kinds(gate: MetricGate, group: Group) -> tuple[Kind, ...]:
    if gate.needs_numbers or group.metric is None:
        return (Kind.NUMBER,)
    return _EXPECTED.get(measures(group.metric), (Kind.NUMBER,))


def _place(group: Group, kind: Kind) -> str:
    row = int(np.flatnonzero(group.kinds == kind)[0])
    if group.is_cotool:
        return f"in run {group.evidence.scores[group.source_of(row)].run.run_id}"
    value = group.evidence.simulations[group.source_of(row)].values[group.name]
    shown = sorted(value) if isinstance(value, frozenset) else value
    return f"in {group.arm_of(row).cell} ({shown!r})"


def _find_in_aggregates(gate: MetricGate, group: Group, aggregated: list[str]) -> Finding:
    """Averages of runs: they mix all variants, and say nothing of single simulations."""
    if mixed := _mixes(group, aggregated):
        return errored(NOT_DELIVERED, mixed)
    aggregates = _aggregates(gate, group)
    finding = gate.find_in_aggregates(aggregates) if aggregates.completed else None
    if finding is None:
        message = f"Coval gave only averages of {gate.metric}, and {gate.kind} needs its values"
        return errored(NOT_DELIVERED, message)
    return finding


def _mixes(group: Group, aggregated: list[str]) -> str | None:
    chosen = {(group.frame.arms[arm].cell, group.frame.arms[arm].variant) for arm in group.arms}
    for cell in group.cells:
        if cell.outcome is CellOutcome.COLLECTED and cell.key not in aggregated:
            return f"Coval gave values of {cell.key} and only averages of {listed(aggregated)}"
        if any((cell.key, variant) not in chosen for variant in cell.variants):
            kind = "the base agent" if (cell.key, BASE) in chosen else "mutations"
            return f"Coval gave only averages of {cell.key}, which mix {kind} with other variants"
    return None


def _aggregates(gate: MetricGate, group: Group) -> Aggregates:
    keys = np.array([group.frame.arms[arm].cell for arm in _arm_of_rows(group)])
    cells = []
    lost = 0
    for cell in group.cells:
        counts = np.bincount(group.status[keys == cell.key], minlength=len(Status))
        completed, failed, missing = (int(counts[status]) for status in Status)
        if cell.outcome is CellOutcome.COLLECTED:
            numbers = cell.aggregates[gate.metric]
            cells.append(CellAggregate(numbers, completed, failed, missing))
        else:
            lost += missing
    return Aggregates(gate.metric, group.unit, tuple(cells), lost)


def _arm_of_rows(group: Group) -> list[int]:
    sizes = np.diff(group.frame.starts)
    return [arm for arm in group.arms for _ in range(sizes[arm])]
