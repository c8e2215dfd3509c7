"""Everything that the gates of one campaign are judged on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaignd.core.evidence import BASE, CellEvidence, Evidence
from campaignd.core.frame import Arm, Frame
from campaignd.core.gates.cases import worst_cases
from campaignd.core.gates.checks import selects_cell
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.groups import Group
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.preconditions import find_in_group
from campaignd.core.gates.sample import CONFIDENCE
from campaignd.core.gates.selection import Split, Where, matches
from campaignd.core.metrics import SIMULATIONS, Metric
from campaignd.core.report import GateReport


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """`frames` holds the frame of each metric, `simulations` among them.

    `tolerated` are the keys of the lost cells that an `errors` gate of the campaign covers.
    """

    evidence: Evidence
    metrics: Mapping[str, Metric]
    frames: Mapping[str, Frame]
    tolerated: frozenset[str]

    def judge_groups(self, gate: MetricGate[Any]) -> tuple[GateReport, ...]:
        """Judge a gate on its metric's items: pooled, or once per group of its split."""
        return tuple(self._judge_group(gate, group) for group in self._groups(gate))

    def split_cells(
        self, where: Where | None, per: Sequence[Split]
    ) -> Iterator[tuple[dict[str, str], list[CellEvidence]]]:
        """The cells that fit, by scope and in the order of the plan."""
        groups: dict[tuple[str, ...], list[CellEvidence]] = {} if per else {(): []}
        for cell in self.evidence.cells:
            if selects_cell(where, cell.key, cell.agent, cell.persona, cell.test_set):
                names = {"cell": cell.key, "agent": cell.agent, "persona": cell.persona}
                names["test_set"] = cell.test_set
                groups.setdefault(tuple(names[split] for split in per), []).append(cell)
        for names_of_group, cells in (groups or {(): []}).items():
            yield dict(zip(per, names_of_group, strict=False)), cells

    def report(
        self,
        gate: GateModel,
        finding: Finding,
        scope: Mapping[str, str],
        gates: tuple[GateReport, ...] = (),
    ) -> GateReport:
        """The result of a gate that is not on a metric."""
        bar = getattr(gate, "bar", None)
        return GateReport(
            name=gate.title,
            kind=gate.kind,
            scope=dict(scope),
            verdict=finding.verdict,
            blocks=gate.blocks,
            estimate=finding.estimate,
            threshold=str(bar) if bar else None,
            n=finding.n,
            reason_code=finding.code,
            reason=_sentence(finding.reason),
            gates=gates,
        )

    def _judge_group(self, gate: MetricGate[Any], group: Group) -> GateReport:
        finding = find_in_group(gate, group, self.tolerated)
        sample = finding.sample
        bounds = finding.bounds
        has_bounds = bounds.lower is not None or bounds.upper is not None
        return GateReport(
            name=gate.title,
            kind=gate.kind,
            metric=gate.metric,
            scope=dict(group.scope),
            variant=group.variant,
            verdict=finding.verdict,
            blocks=gate.blocks,
            method=bounds.method,
            estimate=finding.estimate,
            lower=bounds.lower,
            upper=bounds.upper,
            threshold=gate.asked_of(group),
            confidence=CONFIDENCE if has_bounds else None,
            n=sample.n if sample else finding.n,
            cases_n=sample.cases if sample else 0,
            missing=sample.missing if sample else finding.missing,
            reason_code=finding.code,
            reason=_sentence(finding.reason),
            cases=worst_cases(gate, group, finding),
        )

    def _groups(self, gate: MetricGate[Any]) -> Iterator[Group]:
        frame = self.frames[gate.metric]
        groups: dict[tuple[str | None, ...], list[int]] = {} if gate.per else {(): []}
        for number, arm in enumerate(frame.arms):
            if _selects(gate, arm):
                groups.setdefault(tuple(_name(arm, split) for split in gate.per), []).append(number)
        for names, arms in (groups or {(): []}).items():
            scope = dict(zip(gate.per, names, strict=False))
            variant = scope.pop("mutation", None) or scope.pop("variant", None)
            scope.pop("variant", None)
            yield Group(
                evidence=self.evidence,
                frame=frame,
                name=gate.metric,
                metric=None if gate.metric == SIMULATIONS else self.metrics[gate.metric],
                arms=tuple(arms),
                scope={split: name for split, name in scope.items() if name is not None},
                variant=variant,
            )


def _selects(gate: MetricGate[Any], arm: Arm) -> bool:
    where = gate.where
    if arm.variant is None:  # Cotool's runs have no variants, and no cells
        return where is None or matches(where.agents, arm.agent)
    if "mutation" in gate.per and arm.variant == BASE:
        return False
    fits = selects_cell(where, arm.cell or "", arm.agent, arm.persona or "", arm.test_set or "")
    return fits and _has_variant(gate.chosen_variants, arm.variant)


def _has_variant(chosen: Sequence[str], variant: str) -> bool:
    if chosen == ("all",) or variant in chosen:
        return True
    return chosen == ("mutations",) and variant != BASE


def _name(arm: Arm, split: Split) -> str | None:
    name: str | None = getattr(arm, "variant" if split == "mutation" else split)
    return name


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."
