"""`pass_rate`: the share that passes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import NO_DATA, Finding, errored
from campaignd.core.gates.model import Bar
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.threshold_gate import ProvableGate, check_can_fail
from campaignd.core.gates.threshold_proofs import (
    FEWEST,
    Tested,
    bounds_of,
    infer_threshold,
    prove_threshold,
)
from campaignd.core.gates.wording import about_missing, by_chance, items, share_range
from campaignd.core.metrics import SIMULATIONS, Measures, Metric, can_pass, measures
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_exact_share, format_share
from campaignd.core.scalars import Share
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.sample import Sample

_SLACK = 1e-9
_SAID = {
    Measures.CRITERIA: "criteria were met in",
    Measures.CRITICAL_ISSUES: "there was no critical issue in",
}


@gate_kind("pass_rate")
class PassRateGate(ProvableGate[Share]):
    """The share of simulations, Cotool runs or criteria that pass the metric's `pass_when`.

    `pass_rate: simulations` is the share of simulations that completed at all.
    """

    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {"pass_rate": "resolved", "at_least": "90%"}

    def _bar(self, side: Literal["at_least", "at_most"], threshold: float) -> Bar:
        return Bar(side, threshold, format_exact_share(threshold))

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        yield from check_can_fail(self.bar)

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if not can_pass(metric):
            message = f"pass_rate asks what passes, and {self.metric!r} has no pass_when"
            yield Mistake((self.kind,), message, 'add one to the metric: {equals: "YES"}')

    def find(self, group: "Group") -> Finding:
        sample = group.passes
        if not sample.n:
            return errored(NO_DATA, f"no value of {self.metric} says whether it passes")
        if self.across == "this_set":
            sample = sample.singly
        return self._prove(group, sample) if self.is_proven else self._observe(group, sample)

    def _observe(self, group: "Group", sample: "Sample") -> Finding:
        bracket = tuple(self._keeps(sample.mean_if_missing_were(end)) for end in (0.0, 1.0))
        verdict, code = group.settle(self, self._keeps(sample.mean), bracket)
        inference = infer_threshold(self, sample.share)
        bounds = bounds_of(inference)
        spread = share_range(bounds, self.confidence)
        chance = by_chance(bounds, self.bar, spread) if code is None else ""
        return replace(
            self._finding(sample, bounds),
            verdict=verdict,
            reason=f"{self._said(group, sample)}, {self.bar} was asked"
            f"{chance}{about_missing(self, group, sample, code)}",
            code=code,
            p_pass=inference.p_pass,
            p_fail=inference.p_fail,
        )

    def _prove(self, group: "Group", sample: "Sample") -> Finding:
        from campaignd.core.gates.steps import detectable_distance, doubt_about_share, too_few

        promise = self.bar.promise
        share = sample.share
        tested = Tested(
            sample,
            measure=lambda values: values.share,
            promise=promise,
            stem=f"{self._said(group, sample)}, {self.bar} was asked",
            write=lambda bounds: share_range(bounds, self.confidence),
            doubt=doubt_about_share(share, promise, self.confidence),
            unfit=None if share.items == share.cases else too_few(share.cases, FEWEST),
        )
        proof = prove_threshold(self, group, tested)
        return replace(
            self._finding(sample, bounds_of(proof.guarded)),
            proof=proof,
            detectable=detectable_distance(share, promise, self.confidence),
        )

    def _finding(self, sample: "Sample", bounds: Bounds) -> Finding:
        return Finding(
            GateVerdict.INCONCLUSIVE,
            "",
            estimate=sample.mean,
            bounds=bounds,
            sample=sample,
            perfect=1.0 if self.bar.side == "at_least" else 0.0,
            unit="share",
        )

    def _keeps(self, share: float) -> bool:
        return self.bar.holds(share, _SLACK)

    def _said(self, group: "Group", sample: "Sample") -> str:
        part = f"{format_share(sample.mean)} of {items(group, sample)}"
        if group.metric is None:
            return f"{part} completed"
        return f"{_SAID.get(measures(group.metric), f'{self.metric} passed in')} {part}"
