"""`median` and `p1` to `p99`: the value that this share of the items stays within."""

from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.findings import Finding
from campaignd.core.gates.model import Bar
from campaignd.core.gates.number_gate import ProvableNumberGate
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.threshold_proofs import FEWEST, Tested, prove_threshold
from campaignd.core.gates.wording import about_missing, by_chance, items, number_range
from campaignd.core.quantities import format_exact_share, format_quantity
from campaignd.core.statistics.inference import infer
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.sample import Sample

_SLACK = 1e-9


class QuantileGate(ProvableNumberGate):
    """A gate on the value that a share of the items stays within.

    p95 at most 8 s is kept where 95% take 8 s or less, p5 at least 60 where 95% reach 60.
    """

    @property
    def share(self) -> float:
        return 0.5 if self.kind == "median" else int(self.kind[1:]) / 100

    def find(self, group: "Group") -> Finding:
        sample = group.numbers(failed_as=inf if self.bar.side == "at_most" else -inf)
        if not sample.n:
            return self.no_number()
        if self.across == "this_set":
            sample = sample.singly
        estimate, bounds = sample.quantile(self.share, self.bar.side, self.confidence)
        finding = Finding(
            GateVerdict.INCONCLUSIVE,
            f"{self._said(estimate, group.unit)} over {items(group, sample)}, "
            f"{self.asked(group.unit)}{self.about_failed(group)}",
            estimate=estimate if isfinite(estimate) else None,
            bounds=bounds,
            sample=sample,
            by_worst=True,
            unit=group.unit,
        )
        return (self._prove if self.is_proven else self._observe)(group, finding, sample)

    @property
    def needed(self) -> Bar:
        """The share of the items that must keep to the threshold."""
        share = self.share if self.bar.side == "at_most" else 1 - self.share
        return Bar("at_least", share, format_exact_share(share))

    def _observe(self, group: "Group", finding: Finding, sample: "Sample") -> Finding:
        keeping = sample.keeping(self.bar)
        needed = self.needed
        bracket = tuple(
            needed.holds(keeping.mean_if_missing_were(end), _SLACK) for end in (0.0, 1.0)
        )
        verdict, code = group.settle(self, needed.holds(keeping.mean, _SLACK), bracket)
        spread = number_range(finding.bounds, group.unit, self.confidence)
        chance = by_chance(finding.bounds, self.bar, spread) if code is None else ""
        promise = needed.promise
        inference = infer(keeping.share, promise.passes, promise.fails, self.confidence)
        return replace(
            finding,
            verdict=verdict,
            reason=f"{finding.reason}{chance}{about_missing(self, group, sample, code)}",
            code=code,
            p_pass=inference.p_pass,
            p_fail=inference.p_fail,
        )

    def _prove(self, group: "Group", finding: Finding, sample: "Sample") -> Finding:
        from campaignd.core.gates.steps import doubt_about_share, too_few

        keeping = sample.keeping(self.bar)
        share = keeping.share
        tested = Tested(
            keeping,
            measure=lambda values: values.share,
            promise=self.needed.promise,
            stem=finding.reason,
            write=lambda _: number_range(finding.bounds, group.unit, self.confidence),
            doubt=doubt_about_share(share, self.needed.promise, self.confidence),
            unfit=None if share.items == share.cases else too_few(share.cases, FEWEST),
        )
        return replace(finding, proof=prove_threshold(self, group, tested))

    def _said(self, estimate: float, unit: str | None) -> str:
        if isfinite(estimate):
            return f"the {self.kind} of {self.metric} was {format_quantity(estimate, unit)}"
        return f"the {self.kind} of {self.metric} is beyond any number"


@gate_kind("median")
class MedianGate(QuantileGate):
    """The median: half of the items stay within it."""

    example: ClassVar = {"median": "latency", "at_most": 1}


@gate_kind(*(f"p{percent}" for percent in range(1, 100)))
class PercentileGate(QuantileGate):
    """A percentile: `p95` at most 8 s asks that 95% take 8 s or less."""

    example: ClassVar = {"p95": "latency", "at_most": "8 s"}
