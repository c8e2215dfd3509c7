"""What can come of a gate and of an execution, and the exit status CI sees."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol


class GateVerdict(StrEnum):
    """What came of one gate."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"

    @property
    def is_decided(self) -> bool:
        """Whether the promise was found kept or broken."""
        return self in {GateVerdict.PASSED, GateVerdict.FAILED}


class Verdict(StrEnum):
    """What came of an execution."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


RANKING = (
    Verdict.PASSED,
    Verdict.INCONCLUSIVE,
    Verdict.ERRORED,
    Verdict.TIMED_OUT,
    Verdict.FAILED,
)
"""From best to worst. A cancelled execution is not judged, so it has no rank."""

EXIT_STATUS = {
    Verdict.PASSED: 0,
    Verdict.FAILED: 1,
    Verdict.INCONCLUSIVE: 3,
    Verdict.ERRORED: 4,
    Verdict.TIMED_OUT: 5,
    Verdict.CANCELLED: 6,
}


TIMED_OUT = "timed_out"
"""The reason code of a gate whose data a timeout cost it."""
NO_BASELINE = "no_baseline"
"""The reason code of a gate that has nothing to be compared with yet."""

_NAMED = 3


class JudgedGate(Protocol):
    """What the verdict of an execution depends on; `GateReport` has it."""

    @property
    def name(self) -> str: ...
    @property
    def verdict(self) -> GateVerdict: ...
    @property
    def blocks(self) -> bool: ...
    @property
    def reason_code(self) -> str | None: ...


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of them; nothing measured is never a pass."""
    return max(verdicts, key=RANKING.index, default=Verdict.INCONCLUSIVE)


def worst_of_gates(verdicts: Iterable[GateVerdict]) -> GateVerdict:
    """Return the worst of them; nothing measured is never a pass."""
    return GateVerdict(worst(Verdict(verdict) for verdict in verdicts))


def judge_execution(gates: Sequence[JudgedGate]) -> tuple[Verdict, str]:
    """The verdict of an execution from its gates' results, and a sentence that says why.

    Gates that do not block are not counted, and neither are those that have nothing to be
    compared with yet. Without any gate that counts it is inconclusive.
    """
    counted = [gate for gate in gates if gate.blocks]
    if not gates:
        return Verdict.INCONCLUSIVE, "the campaign has no gates, so nothing was promised"
    if not counted:
        return Verdict.INCONCLUSIVE, _why_none_counts(gates)
    verdict = worst(verdict_of(gate) for gate in counted)
    causes = {gate.name: None for gate in counted if verdict_of(gate) is verdict}
    return verdict, _because(verdict, list(causes), len({gate.name for gate in counted}))


def may_become_baseline(gates: Sequence[JudgedGate]) -> bool:
    """Whether an execution that did not pass lacks nothing but a baseline.

    Without this, a campaign whose gates all compare with a baseline would never have one.
    """
    doubts = [gate for gate in gates if gate.blocks and gate.verdict is not GateVerdict.PASSED]
    lacking = any(gate.reason_code == NO_BASELINE for gate in gates)
    return lacking and all(gate.reason_code == NO_BASELINE for gate in doubts)


def _why_none_counts(gates: Sequence[JudgedGate]) -> str:
    if any(gate.reason_code == NO_BASELINE for gate in gates):
        return "no gate was decided: there is nothing to compare with yet"
    if any(gate.verdict is GateVerdict.INCONCLUSIVE for gate in gates):
        return "no gate that counts was decided"
    return "no gate counts: all of them say `blocks: false`"


def verdict_of(gate: JudgedGate) -> Verdict:
    """What one gate does to the execution: a timeout that cost it its data shows."""
    late = not gate.verdict.is_decided and gate.reason_code == TIMED_OUT
    return Verdict.TIMED_OUT if late else Verdict(gate.verdict)


def _because(verdict: Verdict, names: Sequence[str], counted: int) -> str:
    """A split gate counts once, however many of its results are the cause."""
    if verdict is Verdict.PASSED:
        return "the gate passed" if counted == 1 else f"all {counted} gates passed"
    some = ", ".join(names[:_NAMED]) + (" ..." if len(names) > _NAMED else "")
    return f"{len(names)} of {counted} gate{'s' * (counted != 1)} {_DID[verdict]}: {some}"


_DID = {
    Verdict.FAILED: "failed",
    Verdict.TIMED_OUT: "lost data to a timeout",
    Verdict.ERRORED: "could not be judged",
    Verdict.INCONCLUSIVE: "cannot tell",
}
