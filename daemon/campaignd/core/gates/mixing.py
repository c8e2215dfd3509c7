"""Compares the mix of texts, or the spread of numbers, of two groups."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from campaignd.core.frame import Kind, Status
from campaignd.core.gates.findings import (
    CANNOT_PASS,
    MISSING_DATA,
    TOO_FEW,
    TOO_NOISY,
    UNMATCHED_CASES,
    Doubt,
    Finding,
    unsure,
)
from campaignd.core.gates.margins import Scale, write_margin
from campaignd.core.gates.pairing import pair
from campaignd.core.gates.proofs import Conclusions, Proof
from campaignd.core.gates.sample import Sample
from campaignd.core.gates.threshold_proofs import bounds_of, forbidding
from campaignd.core.gates.wording import number_of
from campaignd.core.quantities import format_exact_share
from campaignd.core.statistics.inference import Inference
from campaignd.core.statistics.mixes import (
    MeasuredDistance,
    Profiles,
    matched_distance,
    number_profiles,
    text_profiles,
    unmatched_distance,
)
from campaignd.core.statistics.share_power import all_passing_size
from campaignd.core.statistics.shares import MeasuredShare
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.coval import Value
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.kinds.same_mix import SameMixGate

IntArray = NDArray[np.int64]
FEWEST = 10
_SCALE = Scale("share", 1)
_TWO = 2
_SLACK = 1e-9
"""What a distance is off by, being a sum of shares."""


def find_mix(gate: "SameMixGate", group: "Group", base: "Group") -> Finding:
    """Measure how far apart the mixes are; the finding waits for its family."""
    mix = _Mix(gate, group, base)
    if min(mix.cases) < _TWO:
        words = f"{min(mix.cases)} test cases of {gate.metric}{group.about} are on both sides"
        return unsure(UNMATCHED_CASES, f"only {words}: a mix needs more of them")
    distance = mix.distance
    there, guarded = mix.infer(distance, 0.0), mix.infer(distance, mix.missing_share)
    asked = write_margin(gate.allow)
    proof = Proof(
        there=there,
        guarded=guarded,
        confidence=gate.confidence,
        conclusions=Conclusions(
            passed=f"more than {asked} is ruled out",
            failed=f"a change is proven, and it is more than {asked}",
            unclear=f"a change of more than {asked} is neither proven nor ruled out",
        ),
        stem=f"{_SCALE.write(distance.estimate)} of the mix of {gate.metric}{group.about} "
        f"changed against {gate.label_of(group)}",
        spread=_spread(guarded, gate.confidence),
        notes=(f"{mix.cases[1]} against {number_of(mix.cases[0], 'test case')}",),
        tail="".join(f"; {note}" for note in (group.reference.notes if group.reference else ())),
        doubt=mix.doubt,
        unfit=_too_few(min(mix.cases)),
        barred=forbidding(gate, group, None),
        missing=Doubt(MISSING_DATA, f"{number_of(mix.missing, 'missing result')} could change it"),
    )
    return Finding(
        GateVerdict.INCONCLUSIVE,
        proof.stem,
        estimate=distance.estimate,
        bounds=bounds_of(guarded),
        n=len(mix.new),
        cases_n=mix.cases[1],
        missing=mix.missing,
        proof=proof,
        seed=distance.seed,
        unit="points",
    )


def _spread(inference: Inference, confidence: float) -> str:
    if inference.upper is None:
        return ""
    return f"at most {_SCALE.write(inference.upper)} at {format_exact_share(confidence)}"


def _too_few(cases: int) -> Doubt | None:
    lacking = number_of(FEWEST - cases, "more test case")
    words = f"A pass needs {FEWEST} test cases at least: {lacking}"
    return Doubt(TOO_FEW, words) if cases < FEWEST else None


@dataclass(frozen=True, eq=False)
class _Mix:
    gate: "SameMixGate"
    group: "Group"
    base: "Group"

    @cached_property
    def _is_text(self) -> bool:
        kinds = np.concatenate((self.group.kinds, self.base.kinds))
        return bool(np.isin(kinds, (Kind.TEXT, Kind.UNSURE)).any())

    @cached_property
    def _samples(self) -> tuple[Sample, Sample]:
        """Base first; texts as numbers from 0 up. A failed simulation is a value of its own."""
        if not self._is_text:
            return self.base.numbers(failed_as=np.inf), self.group.numbers(failed_as=np.inf)
        codes: dict[Value, int] = {}
        return _coded(self.base, codes), _coded(self.group, codes)

    @cached_property
    def _matched(self) -> tuple[tuple[NDArray[np.float64], IntArray], ...] | None:
        """The values and test cases of both sides (base first) that run on both."""
        if self.group.is_cotool:
            return None
        pairing = pair(self.gate.than, self.group, self.base, self._samples)
        known = pairing.there.cases
        sides = []
        for side in (pairing.base, pairing.new):
            used = ~np.isnan(side.values) & np.isin(side.cases, known)
            sides.append((side.values[used], side.cases[used]))
        return tuple(sides)

    @property
    def _sides(self) -> tuple[tuple[NDArray[np.float64], IntArray], ...]:
        if self._matched is not None:
            return self._matched
        return tuple(
            (each.values[each.is_there], each.units[each.is_there]) for each in self._samples
        )

    @property
    def new(self) -> NDArray[np.float64]:
        return self._sides[1][0]

    @cached_property
    def cases(self) -> tuple[int, int]:
        base, new = (len(np.unique(cases)) for _, cases in self._sides)
        return base, new

    @property
    def missing(self) -> int:
        return sum(sample.missing for sample in self._samples)

    @property
    def missing_share(self) -> float:
        """How far missing results could move the distance."""
        if self.group.is_cotool and self.group.is_graded_enough(self.gate):
            return 0.0
        return min(sum(each.missing / len(each.values) for each in self._samples), 1.0)

    @cached_property
    def distance(self) -> MeasuredDistance:
        words = f"{self.gate.title}{self.group.about}"
        measure = unmatched_distance if self._matched is None else matched_distance
        return measure(self._profiles, crc32(words.encode()))

    @property
    def _profiles(self) -> Profiles:
        (base, base_cases), (new, new_cases) = self._sides
        if not self._is_text:
            return number_profiles(base, base_cases, new, new_cases)
        return text_profiles(base.astype(np.int64), base_cases, new.astype(np.int64), new_cases)

    @property
    def doubt(self) -> Doubt:
        """Why nothing is proven."""
        cases, needed = (
            min(self.cases),
            all_passing_size(1 - self.gate.amount, self.gate.confidence),
        )
        if few := _too_few(cases):
            return few
        if needed <= cases:
            return Doubt(TOO_NOISY, "More test cases would decide it")
        takes = f"takes {number_of(needed, 'test case')} at least, even if nothing changes"
        return Doubt(CANNOT_PASS, f"To rule out {write_margin(self.gate.allow)} {takes}")

    def infer(self, distance: MeasuredDistance, shift: float) -> Inference:
        """What it says if missing results moved the distance by `shift` at the worst.

        Resampling knows nothing of what too few cases could show. So the distance is at least as
        uncertain as the share of cases that changed would be, if all changed the same way.
        """
        cases = min(self.cases)
        changed = MeasuredShare(distance.estimate, cases, cases, 0.0)
        bounds = distance.bounds(self.gate.confidence)
        uppers = (bounds.upper, changed.bounds(self.gate.confidence).upper)
        known = [upper for upper in uppers if upper is not None]
        upper = None if bounds.upper is None else min(max(known) + shift, 1.0)
        margin = self.gate.amount - shift
        return Inference(
            estimate=distance.estimate,
            lower=None,
            upper=upper,
            p_pass=max(distance.p_below(margin - _SLACK), changed.p_below(margin)),
            p_fail=distance.p_above(self.gate.amount + shift),
            method=distance.method,
        )


def _coded(group: "Group", codes: "dict[Value, int]") -> Sample:
    simulations = group.evidence.simulations
    sources = group.frame.source[group.rows].tolist()
    values = np.full(len(sources), np.nan)
    for row in np.flatnonzero(group.status == Status.COMPLETED).tolist():
        value = simulations[sources[row]].values.get(group.name)
        if value is not None:
            values[row] = codes.setdefault(value, len(codes))
    failed = group.status == Status.FAILED
    if failed.any():
        values[failed] = codes.setdefault(_FAILED, len(codes))
    return Sample(values, group.units)


_FAILED = frozenset({"FAILED"})
"""What the agent failed is no text, and so no text is the same."""
