"""Finds a change between two groups, by the method that their data ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from campaignd.core.gates.change_steps import outlook_of
from campaignd.core.gates.comparison_cases import name_worst
from campaignd.core.gates.findings import (
    MISSING_DATA,
    NO_DATA,
    UNMATCHED_CASES,
    Doubt,
    Finding,
    errored,
    unsure,
)
from campaignd.core.gates.margins import Scale, write_margin
from campaignd.core.gates.pairing import Pairing, pair
from campaignd.core.gates.proofs import Guarded, Proof, guard
from campaignd.core.gates.steps import too_few
from campaignd.core.gates.threshold_proofs import bounds_of, forbidding
from campaignd.core.gates.wording import change_range, number_of
from campaignd.core.metrics import range_of
from campaignd.core.statistics.inference import Inference, Measured
from campaignd.core.statistics.number_comparisons import (
    matched_change,
    matched_difference,
    unmatched_change,
    unmatched_difference,
)
from campaignd.core.statistics.share_comparisons import matched_shares, unmatched_shares
from campaignd.core.statistics.shares import Cases
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.change_gate import ChangeGate
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.sample import Sample

_HALF = 0.5
Fill = float | None


def find_change(gate: "ChangeGate", group: "Group", base: "Group") -> Finding:
    """Compare two groups; the finding waits for its family.

    ValueError where a relative margin meets values that are not above 0.
    """
    comparison = Comparison(gate, group, base)
    if not comparison.new.n or not comparison.old.n:
        return errored(NO_DATA, f"no result of {gate.metric}{group.about} can be compared")
    if not comparison.cases:
        return unsure(UNMATCHED_CASES, _nothing_matched(comparison))
    promise = gate.directed_promise(comparison.scale)
    inferred = guard(
        comparison.measure(None, None),
        [comparison.measure(*ends) for ends in comparison.ends],
        promise,
        gate.confidence,
    )
    outlook = outlook_of(comparison, inferred.there.estimate)
    proof = _proof(comparison, inferred, outlook.doubt)
    return Finding(
        GateVerdict.INCONCLUSIVE,
        proof.stem,
        estimate=proof.there.estimate,
        bounds=bounds_of(proof.guarded),
        n=comparison.new.n,
        cases_n=comparison.cases,
        missing=comparison.new.missing + comparison.old.missing,
        proof=proof,
        pairing=comparison.pairing,
        detectable=outlook.detectable,
        unit=comparison.scale.reads_as,
    )


@dataclass(frozen=True, eq=False)
class Comparison:
    """A gate with both of its groups, and what can be measured between them."""

    gate: "ChangeGate"
    group: "Group"
    base: "Group"

    @cached_property
    def scale(self) -> Scale:
        return self.gate.scale(self.group)

    @property
    def is_matched(self) -> bool:
        """Test cases run on both sides; of Cotool's runs, no two are the same."""
        return not self.group.is_cotool

    @property
    def compares_cases(self) -> bool:
        return self.is_matched and self.gate.across == "test_cases"

    @cached_property
    def new(self) -> "Sample":
        return self._sample(self.group)

    @cached_property
    def old(self) -> "Sample":
        return self._sample(self.base)

    def _sample(self, group: "Group") -> "Sample":
        return group.passes if self.scale.kind == "share" else group.numbers()

    @cached_property
    def pairing(self) -> Pairing | None:
        if not self.is_matched:
            return None
        return pair(self.gate.than, self.group, self.base, (self.old, self.new))

    @property
    def cases(self) -> int:
        """How many test cases both have; of runs, those of the smaller side."""
        if self.pairing is None:
            return min(self.new.cases, self.old.cases)
        return len(self.pairing.there.cases)

    def sides(self, base: Fill = None, new: Fill = None) -> tuple[Cases, Cases]:
        """What is compared, base first, with missing results left out or taken to be these."""
        if self.pairing is None:
            old, ours = (
                sample if fill is None else sample.if_missing_were(fill)
                for sample, fill in ((self.old, base), (self.new, new))
            )
            return Cases(old.unit_means, old.n), Cases(ours.unit_means, ours.n)
        if self.gate.across == "this_set":
            return self.pairing.singles(base, new)
        matched = self.pairing.matched(base, new)
        return matched.base, matched.new

    def measure(self, base: Fill, new: Fill) -> Measured:
        old, ours = self.sides(base, new)
        if self.scale.kind == "share":
            return (matched_shares if self.compares_cases else unmatched_shares)(old, ours)
        if self.scale.kind == "relative":
            compare = matched_change if self.compares_cases else unmatched_change
            return compare(old.means, ours.means)
        if self.compares_cases:
            return matched_difference(old.means, ours.means, self._span)
        return unmatched_difference(old.means, ours.means)

    @property
    def _span(self) -> float:
        """The largest difference that there can be: by the metric's range, else as seen.

        Where all values are the same, they could fall to 0: what unit they are in is no matter.
        """
        span = range_of(self.group.metric) if self.group.metric else None
        if span:
            return span[1] - span[0]
        both = np.concatenate((self.old.values, self.new.values))
        return float(np.nanmax(both) - np.nanmin(both)) or abs(float(np.nanmax(both))) or 1.0

    @property
    def ends(self) -> Sequence[tuple[Fill, Fill]]:
        """What missing results may be on both sides, base first."""
        if self.scale.kind != "share":
            return ()
        old = (0.0, 1.0) if _matters(self.gate, self.base, self.old) else (None,)
        new = (0.0, 1.0) if _matters(self.gate, self.group, self.new) else (None,)
        return [] if old == new == (None,) else list(product(old, new))


def _matters(gate: "ChangeGate", group: "Group", sample: "Sample") -> bool:
    return bool(sample.missing) and not (group.is_cotool and group.is_graded_enough(gate))


def _nothing_matched(comparison: Comparison) -> str:
    gate, group = comparison.gate, comparison.group
    return (
        f"no test case of {gate.metric}{group.about} has a result on both sides: nothing of "
        f"{gate.label_of(group)} can be matched with it"
    )


def _proof(comparison: Comparison, inferred: Guarded, doubt: Doubt) -> Proof:
    guarded = inferred.at_worst
    gate, group, scale = comparison.gate, comparison.group, comparison.scale
    worse, better = ("a drop", "a rise") if scale.sign > 0 else ("a rise", "a drop")
    return Proof(
        there=inferred.there,
        guarded=guarded,
        ends=inferred.ends,
        confidence=gate.confidence,
        conclusions=gate.conclude(write_margin(gate.margin, group.unit), worse, better),
        stem=_stem(comparison, guarded.estimate),
        spread=_spread(guarded, comparison),
        notes=_notes(comparison),
        tail="".join(f"; {note}" for note in (group.reference.notes if group.reference else ())),
        worst=name_worst(comparison.pairing, group, scale),
        doubt=_unmatched(comparison) or doubt,
        unfit=_unfit(comparison),
        barred=_barred(comparison),
        missing=_missing(comparison),
    )


def _stem(comparison: Comparison, change: float) -> str:
    gate, group, scale = comparison.gate, comparison.group, comparison.scale
    against = f" against {gate.label_of(group)}" if group.reference else ""
    what = f"{gate.metric}{group.about}"
    if not change:
        return f"{what} did not change{against}"
    return f"{what} {'rose' if change > 0 else 'fell'} by {scale.write(abs(change))}{against}"


def _spread(inference: Inference, comparison: Comparison) -> str:
    if inference.lower is None or inference.upper is None:
        return ""
    ends = inference.lower, inference.upper
    write, confidence = comparison.scale.write, comparison.gate.confidence
    return change_range(ends, inference.estimate, write, confidence)


def _notes(comparison: Comparison) -> tuple[str, ...]:
    pairing = comparison.pairing
    if pairing is None:
        runs = f"{number_of(comparison.new.cases, 'run')} against {comparison.old.cases}"
        return (runs,)
    everything = _everything(comparison)
    return (f"{len(pairing.there.cases)} of {number_of(everything, 'test case')} matched",)


def _everything(comparison: Comparison) -> int:
    """How many test cases there are on either side."""
    pairing = comparison.pairing
    if pairing is None:
        return comparison.cases
    return len(np.unique(pairing.cases)) + sum(pairing.lacking)


def _unfit(comparison: Comparison) -> Doubt | None:
    """What keeps it from passing, however clear its numbers are."""
    if few := _unmatched(comparison):
        return few
    everything = _everything(comparison)
    lacking = too_few(comparison.cases, comparison.gate.fewest)
    if lacking and everything >= comparison.gate.fewest:
        return Doubt(UNMATCHED_CASES, f"A pass needs {comparison.gate.fewest} matched test cases")
    return lacking


def _unmatched(comparison: Comparison) -> Doubt | None:
    everything = _everything(comparison)
    if comparison.cases >= _HALF * everything:
        return None
    few = f"Only {comparison.cases} of {everything} test cases are on both sides"
    return Doubt(UNMATCHED_CASES, f"{few}: run what the other side ran")


def _barred(comparison: Comparison) -> Doubt | None:
    gate, group, base = comparison.gate, comparison.group, comparison.base
    if comparison.pairing and comparison.pairing.unknown:
        missing = number_of(comparison.pairing.unknown, "missing result")
        return Doubt(MISSING_DATA, f"Of {missing} nobody knows the test case")
    if comparison.scale.kind == "share":
        return forbidding(gate, group, None)
    return forbidding(gate, group, comparison.new) or forbidding(gate, base, comparison.old)


def _missing(comparison: Comparison) -> Doubt:
    ours, theirs = comparison.new.missing, comparison.old.missing
    missing = f"{number_of(ours + theirs, 'missing result')} ({theirs} of the other side)"
    return Doubt(MISSING_DATA, f"{missing} could change it")
