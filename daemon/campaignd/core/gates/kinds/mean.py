"""`mean`: the mean of the test cases' means."""

from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.aggregates import AGGREGATES, Aggregates
from campaignd.core.gates.findings import MISSING_DATA, Finding
from campaignd.core.gates.number_gate import NumberGate
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.wording import about_missing, by_chance, items, number_of, number_range
from campaignd.core.quantities import format_quantity
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group

_SLACK = 1e-9
_MISSING = 0.05


@gate_kind("mean")
class MeanGate(NumberGate):
    """The mean over test cases (or Cotool runs), each counting once."""

    example: ClassVar = {"mean": "latency", "at_most": 1.2}

    def find(self, group: "Group") -> Finding:
        sample = group.numbers()
        if not sample.n:
            return self.no_number()
        kept = self._keeps(sample.mean)
        verdict, code = group.settle_number(self, kept, sample)
        bounds = sample.mean_bounds()
        unit = group.unit
        chance = by_chance(bounds, self.bar, number_range(bounds, unit)) if code is None else ""
        return Finding(
            verdict,
            f"{self.metric} was {format_quantity(sample.mean, unit)} in the mean of "
            f"{items(group, sample)}, {self.asked(unit)}"
            f"{chance}{about_missing(self, group, sample, code)}",
            code,
            estimate=sample.mean,
            bounds=bounds,
            sample=sample,
        )

    def find_in_aggregates(self, aggregates: Aggregates) -> Finding:
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
        )

    def _keeps(self, mean: float) -> bool:
        return self.bar.holds(mean, _SLACK * max(1.0, abs(self.bar.number)))
