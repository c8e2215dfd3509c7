"""What gates on a metric have in common: which of its values they look at."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import Field

from campaignd.core.gates.checks import check_metric_gate
from campaignd.core.gates.declared import Declared
from campaignd.core.gates.model import Thresholded
from campaignd.core.gates.selection import Splits, Variants, Where
from campaignd.core.metrics import Metric
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import Count
from campaignd.core.scalars import Line, Share

if TYPE_CHECKING:  # judging needs numpy, and reading a campaign does not
    from campaignd.core.gates.aggregates import Aggregates
    from campaignd.core.gates.data import Data
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group
    from campaignd.core.report import GateReport

T = TypeVar("T")


class MetricGate(Thresholded[T], Generic[T]):
    """A gate against a threshold on a metric's values."""

    needs_numbers: ClassVar[bool] = False
    reserved: ClassVar[frozenset[str]] = frozenset()
    """Words that may stand in the place of a metric."""

    metric: Line = Field(description="A metric of this campaign.")
    where: Where | None = Field(default=None, description="Narrows what the gate looks at.")
    variants: Variants | None = Field(
        default=None,
        description="base (default), mutations, all, or a list of mutations: whose simulations.",
    )
    per: Splits = Field(
        default=(), description="One result per group; the worst counts. Pooled without it."
    )
    graded_at_least: Share | None = Field(
        default=None,
        description="Cotool: the share of runs that must be graded, 100% without it.",
        examples=["95%"],
    )
    at_least_runs: Count | None = Field(
        default=None, description="Cotool: how many graded runs the gate needs."
    )

    @property
    def words(self) -> str:
        parts = [f"{self.kind} {self.metric} {self.bar}"]
        parts += [f"of {' '.join(self.variants)}"] if self.variants else []
        parts += [f"where {self.where}"] if self.where else []
        parts += [f"per {' and '.join(self.per)}"] if self.per else []
        return " ".join(parts)

    @property
    def chosen_variants(self) -> tuple[str, ...]:
        """`variants`, or what `per` implies: mutations, all; else the base agent."""
        if self.variants:
            return self.variants
        if "variant" in self.per:
            return ("all",)
        return ("mutations",) if "mutation" in self.per else ("base",)

    @property
    def graded_share(self) -> float:
        """The share of Cotool's runs that must be graded."""
        return 1.0 if self.graded_at_least is None else self.graded_at_least

    def check(self, declared: Declared) -> Iterator[Mistake]:
        return check_metric_gate(self, declared)

    @abstractmethod
    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        """Find what this kind cannot do with a declared metric."""

    def asked_of(self, group: "Group") -> str:
        """The threshold for people."""
        del group
        return str(self.bar)

    def judge(self, data: "Data") -> "tuple[GateReport, ...]":
        return data.judge_groups(self)

    def find_in_aggregates(self, aggregates: "Aggregates") -> "Finding | None":
        """Judge what Coval gave instead of values; None where that cannot serve this kind."""
        del aggregates
        return None

    @abstractmethod
    def find(self, group: "Group") -> "Finding":
        """Judge one group that has items of the right kind, lost cells aside."""
