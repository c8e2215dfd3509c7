"""`all_tries`: all of several tries of a test case pass."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field

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
    within_shares,
)
from campaignd.core.gates.wording import about_missing, by_chance, number_of, share_range
from campaignd.core.metrics import CotoolMetric, Metric, can_pass
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_exact_share, format_share
from campaignd.core.scalars import Share, Whole
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.tries import Tries

_SLACK = 1e-9


@gate_kind("all_tries")
class AllTriesGate(ProvableGate[Share]):
    """The chance that all of k tries of a test case pass, averaged over the test cases."""

    example: ClassVar = {"all_tries": "resolved", "k": 3, "at_least": "80%"}

    k: Annotated[int, Whole(2, 50)] = Field(description="How many tries must all pass.")

    @property
    def words(self) -> str:
        return super().words.replace(self.metric, f"{self.metric} k {self.k}", 1)

    def with_defaults(self, options: Mapping[str, object]) -> Self:
        """What claims are about is no option of it, though it stands among the defaults."""
        return super().with_defaults({key: options[key] for key in options if key != "across"})

    def _bar(self, side: Literal["at_least", "at_most"], threshold: float) -> Bar:
        return Bar(side, threshold, format_exact_share(threshold))

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        yield from check_can_fail(self.bar)

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if isinstance(metric, CotoolMetric):
            message = f"{self.metric!r} is scored by Cotool, where every run is tried once"
            yield Mistake((self.kind,), message, f"write pass_rate: {self.metric}")
        elif not can_pass(metric):
            message = f"all_tries asks what passes, and {self.metric!r} has no pass_when"
            yield Mistake((self.kind,), message, 'add one to the metric: {equals: "YES"}')
        if self.across == "this_set":
            message = "all_tries is about test cases"
            yield Mistake(("across",), message, "leave `across` out")

    def find(self, group: "Group") -> Finding:
        from campaignd.core.gates.tries import tries_of

        tries = tries_of(group, self.k)
        if not tries.cases:
            message = f"no test case of {self.metric} has {self.k} tries"
            return errored(NO_DATA, f"{message}: raise `iterations` to {self.k} at least")
        finding = Finding(
            GateVerdict.INCONCLUSIVE,
            f"{self.k} of {self.k} tries of {self.metric} passed in {format_share(tries.mean)} of "
            f"{number_of(tries.cases, 'test case')}, {self.bar} was asked{tries.about_short}",
            estimate=tries.mean,
            sample=tries.sample,
            perfect=1.0 if self.bar.side == "at_least" else 0.0,
            unit="share",
        )
        return (self._prove if self.is_proven else self._observe)(group, finding, tries)

    def _observe(self, group: "Group", finding: Finding, tries: "Tries") -> Finding:
        ends = (tries.if_missing_were(end).mean for end in (0.0, 1.0))
        kept = self.bar.holds(tries.mean, _SLACK)
        bracket = tuple(self.bar.holds(end, _SLACK) for end in ends)
        verdict, code = group.settle(self, kept, bracket)
        inference = infer_threshold(self, tries.measured)
        bounds = within_shares(bounds_of(inference))
        spread = share_range(bounds, self.confidence)
        chance = by_chance(bounds, self.bar, spread) if code is None and inference.upper else ""
        return replace(
            finding,
            verdict=verdict,
            code=code,
            reason=f"{finding.reason}{chance}{about_missing(self, group, tries.sample, code)}",
            bounds=bounds,
            p_pass=inference.p_pass,
            p_fail=inference.p_fail,
        )

    def _prove(self, group: "Group", finding: Finding, tries: "Tries") -> Finding:
        from campaignd.core.gates.steps import (
            detectable_of_means,
            doubt_about_mean,
            doubt_about_share,
            too_few,
        )
        from campaignd.core.gates.tries import of_sample

        promise = self.bar.promise
        doubt = (
            doubt_about_share(tries.share, promise, self.confidence)
            if tries.is_of_one_kind
            else doubt_about_mean(tries.case_means, promise, self.confidence)
        )
        tested = Tested(
            tries.sample,
            measure=lambda sample: of_sample(sample, tries).measured,
            promise=promise,
            stem=finding.reason,
            write=lambda bounds: share_range(bounds, self.confidence),
            doubt=doubt,
            unfit=too_few(tries.cases, FEWEST),
        )
        proof = prove_threshold(self, group, tested)
        return replace(
            finding,
            proof=proof,
            bounds=within_shares(bounds_of(proof.guarded)),
            detectable=detectable_of_means(tries.case_means, self.confidence),
        )
