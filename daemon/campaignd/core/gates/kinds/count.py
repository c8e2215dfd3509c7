"""`count`: how many Cotool runs have a critical issue."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.model import Bar
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.selection import Names
from campaignd.core.gates.threshold_gate import ThresholdGate
from campaignd.core.gates.wording import about_missing, number_of
from campaignd.core.metrics import Measures, Metric, measures
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import Count
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group


@gate_kind("count")
class CountGate(ThresholdGate[Count]):
    """How many Cotool runs have a critical issue, some categories left out."""

    example: ClassVar = {"count": "critical", "at_most": 0, "ignore": ["authentication"]}

    ignore: Names = Field(
        default=(),
        description="Categories of critical issues that do not count.",
        examples=[["authentication"]],
    )

    @property
    def words(self) -> str:
        ignored = f" ignoring {' '.join(self.ignore)}" if self.ignore else ""
        return super().words + ignored

    def _bar(self, side: Literal["at_least", "at_most"], threshold: int) -> Bar:
        return Bar(side, threshold, str(threshold))

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        if self.at_least == 0:
            message = "every count is at least 0: this gate cannot fail"
            yield Mistake(("at_least",), message, "write at_most: 0 to ask for none")

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if measures(metric) != Measures.CRITICAL_ISSUES:
            message = f"count counts critical issues, and {self.metric!r} holds {measures(metric)}"
            hint = "declare a metric {cotool: critical_issues}; for others use pass_rate"
            yield Mistake((self.kind,), message, hint)

    def find(self, group: "Group") -> Finding:
        sample = group.issues(self.ignore)
        count = int(sample.total)
        verdict, code = self._settle(group, count, sample.missing)
        ignored = f" ({', '.join(self.ignore)} left out)" if self.ignore else ""
        return Finding(
            verdict,
            f"{number_of(count, 'critical issue')}{ignored} in "
            f"{number_of(sample.n, 'Cotool run')}, {self.bar} was asked"
            f"{about_missing(self, group, sample, code)}",
            code,
            estimate=float(count),
            sample=sample,
            perfect=0.0,
            unit="critical issues",
        )

    def _settle(self, group: "Group", count: int, missing: int) -> tuple[GateVerdict, str | None]:
        """What was found stays found, however few runs were graded."""
        if self.bar.side == "at_most" and not self.bar.holds(count):
            return GateVerdict.FAILED, None
        bracket = (self.bar.holds(count), self.bar.holds(count + missing))
        return group.settle(self, self.bar.holds(count), bracket)
