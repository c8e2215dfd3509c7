"""`median` and `p1` to `p99`: the value that this share of the items stays within."""

from math import inf, isfinite
from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.findings import Finding
from campaignd.core.gates.number_gate import NumberGate
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.wording import about_missing, by_chance, items, number_range
from campaignd.core.quantities import format_quantity

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group

_SLACK = 1e-9


class QuantileGate(NumberGate):
    """A gate on the value that a share of the items stays within.

    p95 at most 8 s is kept where 95% take 8 s or less, p5 at least 60 where 95% reach 60.
    """

    @property
    def share(self) -> float:
        return 0.5 if self.kind == "median" else int(self.kind[1:]) / 100

    def find(self, group: "Group") -> Finding:
        at_most = self.bar.side == "at_most"
        sample = group.numbers(failed_as=inf if at_most else -inf)
        if not sample.n:
            return self.no_number()
        keeping = sample.keeping(self.bar)
        needed = (self.share if at_most else 1 - self.share) - _SLACK
        bracket = tuple(keeping.mean_if_missing_were(end) >= needed for end in (0.0, 1.0))
        verdict, code = group.settle(self, keeping.mean >= needed, bracket)
        estimate, bounds = sample.quantile(self.share, self.bar.side)
        unit = group.unit
        chance = by_chance(bounds, self.bar, number_range(bounds, unit)) if code is None else ""
        return Finding(
            verdict,
            f"{self._said(estimate, unit)} over {items(group, sample)}, {self.asked(unit)}"
            f"{self.about_failed(group)}{chance}{about_missing(self, group, sample, code)}",
            code,
            estimate=estimate if isfinite(estimate) else None,
            bounds=bounds,
            sample=sample,
            by_worst=True,
        )

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
