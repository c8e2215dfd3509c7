"""Proof that a threshold is kept, or that it is broken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from campaignd.core.gates.findings import (
    MISSING_DATA,
    MISSING_NUMBERS,
    NOT_GRADED,
    TOO_FEW,
    Doubt,
)
from campaignd.core.gates.proofs import Conclusions, Proof, guard
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.inference import infer

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.metric_gate import MetricGate
    from campaignd.core.gates.model import Bar, Promise
    from campaignd.core.gates.sample import Sample
    from campaignd.core.gates.threshold_gate import ProvableGate
    from campaignd.core.statistics.inference import Inference, Measured

FEWEST = 10
"""Test cases that a proven pass needs, except where each has one simulation that passes or not."""


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """What a kind measured. `measure` reads a sample: what is there, and what may be missing."""

    sample: "Sample"
    measure: "Callable[[Sample], Measured]"
    promise: "Promise"
    stem: str
    write: "Callable[[Bounds], str]"
    doubt: Doubt
    unfit: Doubt | None = None
    is_share: bool = True


def prove_threshold(gate: "ProvableGate[Any]", group: "Group", tested: Tested) -> Proof:
    """A proof that waits for its family; its bounds and p values hold whatever is missing."""
    sample = tested.sample
    ends = [sample.if_missing_were(end) for end in missing_ends(gate, group, tested)]
    inferred = guard(
        tested.measure(sample),
        [tested.measure(end) for end in ends],
        tested.promise,
        gate.confidence,
    )
    return Proof(
        there=inferred.there,
        guarded=inferred.at_worst,
        ends=inferred.ends,
        confidence=gate.confidence,
        conclusions=_conclusions(gate.bar),
        stem=tested.stem,
        spread=_spread(tested, bounds_of(inferred.at_worst)),
        doubt=tested.doubt,
        unfit=tested.unfit,
        barred=forbidding(gate, group, sample if not tested.is_share else None),
        missing=_about_missing(group, sample),
    )


def infer_threshold(gate: "ProvableGate[Any]", measured: "Measured") -> "Inference":
    """What an observed value says about the threshold, shown beside the verdict."""
    promise = gate.bar.promise
    return infer(measured, promise.passes, promise.fails, gate.confidence)


def _spread(tested: Tested, bounds: Bounds) -> str:
    return "" if bounds.lower is None and bounds.upper is None else tested.write(bounds)


def bounds_of(inference: "Inference") -> Bounds:
    return Bounds(inference.lower, inference.upper, inference.method)


def within_shares(bounds: Bounds) -> Bounds:
    """The bounds of a share, where a method knows of no ends."""
    lower, upper = (
        None if end is None else min(max(end, 0.0), 1.0) for end in (bounds.lower, bounds.upper)
    )
    return Bounds(lower, upper, bounds.method)


def missing_ends(gate: "MetricGate", group: "Group", tested: Tested) -> tuple[float, ...]:
    """What missing values are taken to be, where it is not settled that they do not matter."""
    if not tested.is_share or not tested.sample.missing:
        return ()
    return () if group.is_cotool and group.is_graded_enough(gate) else (0.0, 1.0)


def forbidding(gate: "MetricGate", group: "Group", numbers: "Sample | None") -> Doubt | None:
    """What forbids any verdict. `numbers` are those of which missing ones cannot be bracketed."""
    if group.is_cotool and group.runs_graded < (gate.at_least_runs or 0):
        return Doubt(TOO_FEW, f"At least {gate.at_least_runs} graded runs were asked for")
    if numbers is None:
        return None
    if group.is_cotool:
        return None if group.is_graded_enough(gate) else Doubt(NOT_GRADED, _graded(group))
    if numbers.missing <= MISSING_NUMBERS * len(numbers.values):
        return None
    return _about_missing(group, numbers)


def _about_missing(group: "Group", sample: "Sample") -> Doubt:
    if group.is_cotool:
        return Doubt(NOT_GRADED, _graded(group))
    missing = f"{sample.missing} of {len(sample.values)} values are missing"
    return Doubt(MISSING_DATA, f"{missing}, and could change it")


def _graded(group: "Group") -> str:
    return f"Only {group.runs_graded} of {group.runs} Cotool runs are graded"


def _conclusions(bar: "Bar") -> Conclusions:
    other = "below" if bar.side == "at_least" else "above"
    return Conclusions(
        passed=f"{bar} is proven",
        failed=f"{other} {bar.text} is proven",
        unclear=f"neither {bar} nor {other} it is proven",
    )
