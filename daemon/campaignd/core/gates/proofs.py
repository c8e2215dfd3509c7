"""What is proven about a promise, with everything that is missing taken at its worst."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from campaignd.core.gates.findings import Doubt, Finding
from campaignd.core.gates.model import Promise
from campaignd.core.statistics.inference import Inference, Measured, infer
from campaignd.core.verdicts import GateVerdict

_SLACK = 1e-12
"""What 1 - 0.95 is off by."""


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What a proof means, in words, by the verdict."""

    passed: str
    failed: str
    unclear: str


@dataclass(frozen=True, slots=True)
class Proof:
    """`there` is inferred from what is there, `guarded` holds whatever is missing.

    `barred` forbids any verdict, `unfit` a pass; `doubt` is what to say where nothing is proven.
    The reason reads `stem (spread; conclusion; notes)tail`, then what was worst, unless it passed,
    and what would help.
    """

    there: Inference
    guarded: Inference
    confidence: float
    conclusions: Conclusions
    stem: str
    doubt: Doubt
    missing: Doubt
    spread: str = ""
    notes: tuple[str, ...] = ()
    tail: str = ""
    worst: str = ""
    unfit: Doubt | None = None
    barred: Doubt | None = None
    ends: tuple[Inference, ...] = ()
    """What would be inferred with all that is missing at each of its ends."""
    least_p: float | None = None
    """Where a gate passes unless it fails: the smallest p value that a failure may have."""

    @property
    def alpha(self) -> float:
        return 1 - self.confidence + _SLACK


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is inferred from what is there, and so that it holds at all `ends` of what is not."""

    there: Inference
    ends: tuple[Inference, ...]

    @property
    def at_worst(self) -> Inference:
        """Bounds and p values that hold whatever is missing."""
        each = (self.there, *self.ends)
        return replace(
            self.there,
            lower=_extreme([one.lower for one in each], min),
            upper=_extreme([one.upper for one in each], max),
            p_pass=_extreme([one.p_pass for one in each], max),
            p_fail=_extreme([one.p_fail for one in each], max),
        )


def guard(
    measured: Measured, ends: Sequence[Measured], promise: Promise, confidence: float
) -> Guarded:
    """Infer from what is there, and from all ends that what is missing may have."""
    return Guarded(
        infer(measured, promise.passes, promise.fails, confidence),
        tuple(infer(end, promise.passes, promise.fails, confidence) for end in ends),
    )


def _extreme(
    numbers: Sequence[float | None], pick: Callable[[Sequence[float]], float]
) -> float | None:
    known = [number for number in numbers if number is not None]
    return pick(known) if len(known) == len(numbers) else None


def conclude(finding: Finding, p_pass: float | None, p_fail: float | None) -> Finding:
    """Give a finding its verdict by p values, corrected ones where it belongs to a family."""
    proof = finding.proof
    if proof is None:
        return finding
    verdict, doubt = _decide(proof, p_pass, p_fail)
    return replace(
        finding,
        verdict=verdict,
        code=doubt.code if doubt else None,
        reason=_say(proof, verdict, doubt),
    )


def _decide(
    proof: Proof, p_pass: float | None, p_fail: float | None
) -> tuple[GateVerdict, Doubt | None]:
    if proof.barred:
        return GateVerdict.INCONCLUSIVE, proof.barred
    if _is_small(p_fail, proof):
        return GateVerdict.FAILED, None
    if _is_small(p_pass, proof):
        if proof.ends and _may_fail(proof):
            return GateVerdict.INCONCLUSIVE, proof.missing
        if proof.unfit:
            return GateVerdict.INCONCLUSIVE, proof.unfit
        return GateVerdict.PASSED, None
    if proof.least_p is not None:
        return _unless_failed(proof, proof.least_p)
    hidden = _is_small(proof.there.p_fail, proof) or _is_small(proof.there.p_pass, proof)
    guarded = _is_small(proof.guarded.p_fail, proof) or _is_small(proof.guarded.p_pass, proof)
    if hidden and not guarded:
        return GateVerdict.INCONCLUSIVE, proof.missing
    return GateVerdict.INCONCLUSIVE, proof.doubt


def _may_fail(proof: Proof) -> bool:
    """Whether something is missing that would fail the gate, were it at its worst."""
    ends = [end.p_fail for end in proof.ends]
    return any(_is_small(p, proof) for p in ends) and not all(_is_small(p, proof) for p in ends)


def _unless_failed(proof: Proof, least_p: float) -> tuple[GateVerdict, Doubt | None]:
    """Of a gate that passes where nothing could make it fail."""
    if least_p > proof.alpha:
        return GateVerdict.PASSED, None
    is_hidden = not _is_small(proof.guarded.p_fail, proof)
    return GateVerdict.INCONCLUSIVE, proof.missing if is_hidden else proof.doubt


def _is_small(p: float | None, proof: Proof) -> bool:
    return p is not None and p <= proof.alpha


def _say(proof: Proof, verdict: GateVerdict, doubt: Doubt | None) -> str:
    said = _conclusion(proof, verdict, doubt)
    within = "; ".join(part for part in (proof.spread, said, *proof.notes) if part)
    worst = f". Worst: {proof.worst}" if proof.worst and verdict is not GateVerdict.PASSED else ""
    step = f". {doubt.words}" if doubt and doubt.words else ""
    return f"{proof.stem} ({within}){proof.tail}{worst}{step}"


def _conclusion(proof: Proof, verdict: GateVerdict, doubt: Doubt | None) -> str:
    """What is proven, even where it does not count for want of test cases."""
    if verdict is GateVerdict.FAILED:
        return proof.conclusions.failed
    is_proven = verdict is GateVerdict.PASSED or (doubt is not None and doubt is proof.unfit)
    return proof.conclusions.passed if is_proven else proof.conclusions.unclear
