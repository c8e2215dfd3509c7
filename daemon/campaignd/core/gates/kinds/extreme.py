"""`min` and `max`: the smallest and the largest value."""

from math import inf, isfinite
from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.aggregates import AGGREGATES, Aggregates
from campaignd.core.gates.findings import MISSING_DATA, Finding
from campaignd.core.gates.number_gate import NumberGate
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.wording import about_missing, items, number_of
from campaignd.core.quantities import format_quantity
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group


class ExtremeGate(NumberGate):
    """A gate on the end of all values. What failed lies beyond the end that the bar is on."""

    end: ClassVar[float]
    """Where its values tend to: minus or plus infinity."""

    def find(self, group: "Group") -> Finding:
        sample = group.numbers(failed_as=self._worst)
        if not sample.n:
            return self.no_number()
        estimate = sample.smallest if self.end < 0 else sample.largest
        ends = (-inf, inf) if sample.missing else (estimate,)
        bracket = tuple(self._keeps(estimate, end) for end in (ends[0], ends[-1]))
        verdict, code = group.settle(self, self.bar.holds(estimate), bracket)
        unit = group.unit
        said = format_quantity(estimate, unit) if isfinite(estimate) else "beyond any number"
        return Finding(
            verdict,
            f"the {self.kind} of {self.metric} was {said} over {items(group, sample)}, "
            f"{self.asked(unit)}{self.about_failed(group)}"
            f"{about_missing(self, group, sample, code)}",
            code,
            estimate=estimate if isfinite(estimate) else None,
            sample=sample,
            by_worst=True,
            unit=unit,
        )

    def find_in_aggregates(self, aggregates: Aggregates) -> Finding | None:
        estimate = aggregates.minimum if self.end < 0 else aggregates.maximum
        if estimate is None:
            return None
        with_failed = self._worst if aggregates.failed else estimate
        observed = self._keeps(estimate, with_failed)
        ends = (-inf, inf) if aggregates.missing else (with_failed,)
        is_doubtful = len({self._keeps(estimate, with_failed, end) for end in ends}) > 1
        said = GateVerdict.PASSED if observed else GateVerdict.FAILED
        failed = f"; {aggregates.failed} failed" if aggregates.failed else ""
        missing = f"; {aggregates.missing} missing" if aggregates.missing else ""
        return Finding(
            GateVerdict.INCONCLUSIVE if is_doubtful else said,
            f"the {self.kind} of {self.metric} was {format_quantity(estimate, aggregates.unit)} "
            f"over {number_of(aggregates.completed, 'simulation')}, "
            f"{self.asked(aggregates.unit)}{failed}{missing}",
            MISSING_DATA if is_doubtful else None,
            estimate=estimate,
            bounds=Bounds(None, None, AGGREGATES),
            n=aggregates.completed,
            unit=aggregates.unit,
            missing=aggregates.missing,
        )

    @property
    def _worst(self) -> float:
        return inf if self.bar.side == "at_most" else -inf

    def _keeps(self, *values: float) -> bool:
        return self.bar.holds(min(values) if self.end < 0 else max(values))


@gate_kind("min")
class MinGate(ExtremeGate):
    """The smallest value of all simulations (or Cotool runs)."""

    end: ClassVar[float] = -inf
    example: ClassVar = {"min": "quality", "at_least": 60}


@gate_kind("max")
class MaxGate(ExtremeGate):
    """The largest value of all simulations (or Cotool runs)."""

    end: ClassVar[float] = inf
    example: ClassVar = {"max": "latency", "at_most": "20 s"}
