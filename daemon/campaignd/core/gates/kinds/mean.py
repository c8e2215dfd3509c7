"""`mean`: the mean of the test cases' means."""

from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.aggregates import AGGREGATES, Aggregates
from campaignd.core.gates.findings import MISSING_DATA, NOT_DELIVERED, Finding, errored
from campaignd.core.gates.number_gate import ProvableNumberGate
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.threshold_proofs import (
    FEWEST,
    Tested,
    bounds_of,
    infer_threshold,
    prove_threshold,
)
from campaignd.core.gates.wording import about_missing, by_chance, items, number_of, number_range
from campaignd.core.quantities import format_quantity
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.sample import Sample

_SLACK = 1e-9
_MISSING = 0.05
_NO_PROOF = "they have no error bar, so nothing is proven by them"


@gate_kind("mean")
class MeanGate(ProvableNumberGate):
    """The mean over test cases (or Cotool runs), each counting once."""

    example: ClassVar = {"mean": "latency", "at_most": 1.2}

    def find(self, group: "Group") -> Finding:
        sample = group.numbers()
        if not sample.n:
            return self.no_number()
        if self.across == "this_set":
            sample = sample.singly
        return self._prove(group, sample) if self.is_proven else self._observe(group, sample)

    def _observe(self, group: "Group", sample: "Sample") -> Finding:
        verdict, code = group.settle_number(self, self._keeps(sample.mean), sample)
        inference = infer_threshold(self, sample.measured_mean)
        bounds = sample.measured_mean.bounds(self.confidence)
        spread = number_range(bounds, group.unit, self.confidence)
        chance = by_chance(bounds, self.bar, spread) if code is None else ""
        return Finding(
            verdict,
            f"{self._said(group, sample)}{chance}{about_missing(self, group, sample, code)}",
            code,
            estimate=sample.mean,
            bounds=bounds,
            sample=sample,
            p_pass=inference.p_pass,
            p_fail=inference.p_fail,
            unit=group.unit,
        )

    def _prove(self, group: "Group", sample: "Sample") -> Finding:
        from campaignd.core.gates.steps import detectable_of_means, doubt_about_mean, too_few

        tested = Tested(
            sample,
            measure=lambda values: values.measured_mean,
            promise=self.bar.promise,
            stem=self._said(group, sample),
            write=lambda bounds: number_range(bounds, group.unit, self.confidence),
            doubt=doubt_about_mean(sample.unit_means, self.bar.promise, self.confidence),
            unfit=too_few(sample.cases, FEWEST),
            is_share=False,
        )
        proof = prove_threshold(self, group, tested)
        return Finding(
            GateVerdict.INCONCLUSIVE,
            tested.stem,
            estimate=sample.mean,
            bounds=bounds_of(proof.guarded),
            sample=sample,
            proof=proof,
            detectable=detectable_of_means(sample.unit_means, self.confidence),
            unit=group.unit,
        )

    def _said(self, group: "Group", sample: "Sample") -> str:
        said = format_quantity(sample.mean, group.unit)
        return (
            f"{self.metric} was {said} in the mean of {items(group, sample)}, "
            f"{self.asked(group.unit)}"
        )

    def find_in_aggregates(self, aggregates: Aggregates) -> Finding:
        if self.is_proven:
            return errored(NOT_DELIVERED, f"Coval gave only averages of {self.metric}: {_NO_PROOF}")
        mean = aggregates.mean
        absent = aggregates.failed + aggregates.missing
        is_doubtful = absent > _MISSING * (aggregates.completed + absent)
        said = GateVerdict.PASSED if self._keeps(mean) else GateVerdict.FAILED
        note = f"; {number_of(absent, 'value')} missing" if absent else ""
        return Finding(
            GateVerdict.INCONCLUSIVE if is_doubtful else said,
            f"{self.metric} was {format_quantity(mean, aggregates.unit)} in the mean of "
            f"{number_of(aggregates.completed, 'simulation')}, {self.asked(aggregates.unit)}{note}",
            MISSING_DATA if is_doubtful else None,
            estimate=mean,
            bounds=Bounds(None, None, AGGREGATES),
            n=aggregates.completed,
            missing=absent,
            unit=aggregates.unit,
        )

    def _keeps(self, mean: float) -> bool:
        return self.bar.holds(mean, _SLACK * max(1.0, abs(self.bar.number)))
