"""Everything that the gates of one campaign are judged on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campaignd.core.evidence import CellEvidence, Evidence
from campaignd.core.gates.checks import selects_cell
from campaignd.core.gates.families import need_any, settle_family
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.frames import Frames
from campaignd.core.gates.grouping import groups_of
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.preconditions import find_in_group, with_losses
from campaignd.core.gates.references import References
from campaignd.core.gates.selection import Split, Where
from campaignd.core.gates.than import Than
from campaignd.core.gates.waivers import Waivers, expiry_of
from campaignd.core.metrics import Metric
from campaignd.core.report import GateReport
from campaignd.core.verdicts import NO_BASELINE, GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.metric_gate import MetricGate


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """`own` are the frames of the execution, `others` those of what it is compared with.

    `past` are those of passed executions, oldest first. `tolerated` are the keys of the lost
    cells that an `errors` gate of the campaign covers.
    """

    own: Frames
    metrics: Mapping[str, Metric]
    tolerated: frozenset[str]
    references: References
    others: Mapping[Than, Frames]
    past: tuple[Frames, ...]
    waivers: Waivers

    @property
    def evidence(self) -> Evidence:
        return self.own.evidence

    def judge_groups(self, gate: "MetricGate") -> tuple[GateReport, ...]:
        """Judge a gate on its metric's items: pooled, or once per group of its split."""
        groups = tuple(groups_of(gate, self))
        findings = settle_family(gate, [find_in_group(gate, group) for group in groups])
        judged = [
            with_losses(finding, group, self.tolerated)
            for finding, group in zip(findings, groups, strict=True)
        ]
        return tuple(
            self._report_group(gate, group, finding)
            for group, finding in zip(groups, need_any(gate, judged), strict=True)
        )

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
            blocks=_counts(gate, finding),
            estimate=finding.estimate,
            unit=finding.unit,
            threshold=str(bar) if bar else None,
            n=finding.n,
            reason_code=finding.code,
            reason=_sentence(finding.reason),
            gates=gates,
        )

    def _report_group(self, gate: "MetricGate", group: "Group", finding: Finding) -> GateReport:
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
            blocks=_counts(gate, finding),
            decide="proven" if gate.is_proven else "observed",
            method=bounds.method,
            estimate=finding.estimate,
            lower=bounds.lower,
            upper=bounds.upper,
            unit=finding.unit,
            threshold=gate.asked_of(group),
            confidence=gate.sureness if has_bounds or finding.proof else None,
            n=sample.n if sample else finding.n,
            cases_n=sample.cases if sample else finding.cases_n,
            missing=sample.missing if sample else finding.missing,
            p_pass=finding.p_pass,
            p_fail=finding.p_fail,
            p_adjusted=finding.p_adjusted,
            family_size=finding.family_size,
            detectable=finding.detectable,
            seed=finding.seed,
            reason_code=finding.code,
            reason=_sentence(f"{finding.reason}{self._about_waivers(group)}"),
            cases=gate.worst(group, finding),
        )

    def _about_waivers(self, group: "Group") -> str:
        """The test cases that were left out here, and those of waivers that ran out."""
        if group.is_cotool:
            return ""
        waived = [self.waivers.holding[case] for case in group.waived]
        said = [f"test case {each.test_case} is waived ({each.because})" for each in waived]
        if self.waivers.expired:
            present = {group.frame.unit_names[unit].item for unit in set(group.units.tolist())}
            expired = self.waivers.expired.items()
            said += [expiry_of(waiver) for case, waiver in expired if case in present]
        return "".join(f"; {part}" for part in said)


def _counts(gate: GateModel, finding: Finding) -> bool:
    """Whether the result counts for the execution."""
    if not gate.blocks or not finding.counts:
        return False
    if finding.verdict is not GateVerdict.INCONCLUSIVE:
        return True
    if finding.code == NO_BASELINE:
        return gate.must_have_baseline
    return gate.when_unsure == "block"


def _sentence(words: str) -> str:
    return words if words.endswith(".") else f"{words}."
