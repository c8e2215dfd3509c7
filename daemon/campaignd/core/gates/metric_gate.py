"""What gates on a metric have in common: which of its values they look at."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from campaignd.core.gates.checks import check_metric_gate
from campaignd.core.gates.declared import Declared
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.options import CONFIDENCE, Need
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
    from campaignd.core.report import CaseReport, GateReport


class MetricGate(GateModel):
    """A gate on a metric's values."""

    needs_numbers: ClassVar[bool] = False
    reserved: ClassVar[frozenset[str]] = frozenset()
    """Words that may stand in the place of a metric."""

    metric: Line = Field(description="A metric of this campaign.")
    where: Where | None = Field(default=None, description="Narrows what the gate looks at.")
    variants: Variants | None = Field(
        default=None,
        description="base, mutations, all, or a list of mutations: whose simulations. Default "
        "base; mutations where they are compared with base.",
    )
    per: Splits = Field(
        default=(), description="One result per group; the worst counts. Pooled without it."
    )
    need: Need = Field(
        default="all", description="With `per`: whether all groups must pass, or any of them."
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
        parts = [f"{self.kind} {self.metric} {self.asks}"]
        parts += [f"of {' '.join(self.variants)}"] if self.variants else []
        parts += [f"where {self.where}"] if self.where else []
        parts += [f"per {' and '.join(self.per)}"] if self.per else []
        parts += [said for said in self.remarks if said]
        return " ".join(parts)

    @property
    @abstractmethod
    def asks(self) -> str:
        """What it asks of the metric, in words."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What else tells it apart from other gates."""
        return ("need any" if self.need == "any" else "",)

    @property
    def is_proven(self) -> bool:
        """Whether it passes and fails by what is proven, or by what was observed."""
        return False

    @property
    def sureness(self) -> float:
        """The confidence of its bounds and proofs."""
        return CONFIDENCE

    @property
    def correction(self) -> str:
        """How the p values of its groups are corrected for being many."""
        return "none"

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
        if self.need == "any" and not self.per:
            message = "need: any asks for one of several groups, and this gate is not split"
            yield Mistake(("need",), message, "add `per`, like per: mutation, or leave it out")
        yield from self._check_correction()
        yield from check_metric_gate(self, declared)

    def _check_correction(self) -> Iterator[Mistake]:
        if "correct" not in self.model_fields_set:
            return
        if not self.per:
            message = "correct is for the results of a split gate, and this gate is not split"
            yield Mistake(("correct",), message, "add `per`, like per: mutation, or leave it out")
        elif not self.is_proven:
            message = "correct is for what must be proven, and this gate goes by what is observed"
            yield Mistake(("correct",), message, "add decide: proven, or leave it out")

    @abstractmethod
    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        """Find what this kind cannot do with a declared metric."""

    @abstractmethod
    def asked_of(self, group: "Group") -> str:
        """What was asked, for people."""

    def judge(self, data: "Data") -> "tuple[GateReport, ...]":
        return data.judge_groups(self)

    def lack_of(self, data: "Data") -> "Finding | None":
        """What to say where there is nothing to compare with, if there is nothing."""
        del data
        return None

    def find_in_aggregates(self, aggregates: "Aggregates") -> "Finding | None":
        """Judge what Coval gave instead of values; None where that cannot serve this kind."""
        del aggregates
        return None

    @abstractmethod
    def find(self, group: "Group") -> "Finding":
        """Judge one group that has items of the right kind, lost cells aside."""

    @abstractmethod
    def worst(self, group: "Group", finding: "Finding") -> "tuple[CaseReport, ...]":
        """The test cases that tell most about a finding, worst first."""
