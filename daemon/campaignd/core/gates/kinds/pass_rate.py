"""`pass_rate`: the share that passes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import NO_DATA, Finding, errored
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.model import Bar
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.wording import about_missing, by_chance, items, share_range
from campaignd.core.metrics import SIMULATIONS, Measures, Metric, can_pass, measures
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_exact_share, format_share
from campaignd.core.scalars import Share

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.sample import Sample

_SLACK = 1e-9
_SAID = {
    Measures.CRITERIA: "criteria were met in",
    Measures.CRITICAL_ISSUES: "there was no critical issue in",
}


@gate_kind("pass_rate")
class PassRateGate(MetricGate[Share]):
    """The share of simulations, Cotool runs or criteria that pass the metric's `pass_when`.

    `pass_rate: simulations` is the share of simulations that completed at all.
    """

    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {"pass_rate": "resolved", "at_least": "90%"}

    def _bar(self, side: Literal["at_least", "at_most"], threshold: float) -> Bar:
        return Bar(side, threshold, format_exact_share(threshold))

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        if self.bar.number == (0 if self.bar.side == "at_least" else 1):
            message = f"every share is {self.bar}: this gate cannot fail"
            yield Mistake((self.bar.side,), message, "ask for something, or leave the gate out")

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if not can_pass(metric):
            message = f"pass_rate asks what passes, and {self.metric!r} has no pass_when"
            yield Mistake((self.kind,), message, 'add one to the metric: {equals: "YES"}')

    def find(self, group: "Group") -> Finding:
        sample = group.passes
        if not sample.n:
            return errored(NO_DATA, f"no value of {self.metric} says whether it passes")
        bracket = tuple(self._keeps(sample.mean_if_missing_were(end)) for end in (0.0, 1.0))
        verdict, code = group.settle(self, self._keeps(sample.mean), bracket)
        bounds = sample.share_bounds()
        chance = by_chance(bounds, self.bar, share_range(bounds)) if code is None else ""
        return Finding(
            verdict,
            f"{self._said(group, sample)}, {self.bar} was asked"
            f"{chance}{about_missing(self, group, sample, code)}",
            code,
            estimate=sample.mean,
            bounds=bounds,
            sample=sample,
            perfect=1.0 if self.bar.side == "at_least" else 0.0,
        )

    def _keeps(self, share: float) -> bool:
        return self.bar.holds(share, _SLACK)

    def _said(self, group: "Group", sample: "Sample") -> str:
        part = f"{format_share(sample.mean)} of {items(group, sample)}"
        if group.metric is None:
            return f"{part} completed"
        return f"{_SAID.get(measures(group.metric), f'{self.metric} passed in')} {part}"
