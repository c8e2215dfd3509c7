"""The results of one split gate are one family: their p values are corrected together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from campaignd.core.gates.findings import Finding
from campaignd.core.gates.proofs import conclude
from campaignd.core.statistics.families import benjamini_hochberg, holm
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.metric_gate import MetricGate

_ADJUST: Mapping[str, Callable[[Sequence[float]], tuple[float, ...]]] = {
    "holm": holm,
    "bh": benjamini_hochberg,
    "none": tuple,
}


def settle_family(gate: "MetricGate", findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Give all findings of a gate their verdicts.

    Where all must hold, failing is corrected and passing needs no correction: one pass by chance
    does not make the whole pass. Where any one will do, it is the other way around.
    """
    tested = [number for number, finding in enumerate(findings) if _p_of(gate, finding) is not None]
    p_values = [p for finding in findings if (p := _p_of(gate, finding)) is not None]
    adjusted = dict(zip(tested, _ADJUST[gate.correction](p_values), strict=True))
    settled = [
        _settle(gate, finding, adjusted.get(number), len(tested))
        for number, finding in enumerate(findings)
    ]
    return _mark_uncorrected(gate, settled)


def need_any(gate: "MetricGate", findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Where one of several groups was asked, only what makes the best of them counts."""
    if gate.need == "all" or not findings:
        return tuple(findings)
    verdicts = {finding.verdict for finding in findings}
    order = (GateVerdict.PASSED, GateVerdict.ERRORED, GateVerdict.INCONCLUSIVE, GateVerdict.FAILED)
    best = next(verdict for verdict in order if verdict in verdicts)
    if best is not GateVerdict.PASSED or len(verdicts) == 1:
        return tuple(_counting_if(finding, finding.verdict is best) for finding in findings)
    passed = sum(finding.verdict is best for finding in findings)
    note = f"not counted: any of {len(findings)} was asked for, and {passed} passed"
    return tuple(
        finding
        if finding.verdict is best
        else replace(finding, counts=False, reason=f"{finding.reason}; {note}")
        for finding in findings
    )


def _counting_if(finding: Finding, counts: bool) -> Finding:
    return finding if counts else replace(finding, counts=False)


def _p_of(gate: "MetricGate", finding: Finding) -> float | None:
    if finding.proof is None:
        return None
    guarded = finding.proof.guarded
    return guarded.p_pass if gate.need == "any" else guarded.p_fail


def _settle(gate: "MetricGate", finding: Finding, adjusted: float | None, size: int) -> Finding:
    if finding.proof is None:
        return finding
    guarded = finding.proof.guarded
    p_pass, p_fail = guarded.p_pass, guarded.p_fail
    finding = replace(finding, p_pass=p_pass, p_fail=p_fail)
    if size > 1 and adjusted is not None:
        finding = replace(finding, p_adjusted=adjusted, family_size=size)
        p_pass, p_fail = (adjusted, p_fail) if gate.need == "any" else (p_pass, adjusted)
    return _explain(conclude(finding, p_pass, p_fail), finding, size)


def _explain(concluded: Finding, finding: Finding, size: int) -> Finding:
    """Say so where a result would be proven if it were the only one."""
    if concluded.verdict is not GateVerdict.INCONCLUSIVE:
        return concluded
    if conclude(finding, finding.p_pass, finding.p_fail).verdict is GateVerdict.INCONCLUSIVE:
        return concluded
    note = f"By itself it would be proven, as one of {size} results it is not"
    return replace(concluded, reason=f"{concluded.reason}. {note}")


def _mark_uncorrected(gate: "MetricGate", findings: Sequence[Finding]) -> tuple[Finding, ...]:
    passed = [finding.verdict is GateVerdict.PASSED for finding in findings]
    if gate.need == "any" or not gate.is_proven or all(passed):
        return tuple(findings)
    note = f"uncorrected: not all {len(findings)} results of this gate passed"
    return tuple(
        replace(finding, reason=f"{finding.reason}; {note}") if is_passed else finding
        for finding, is_passed in zip(findings, passed, strict=True)
    )
