"""`within_usual`: this execution is as the last ones were."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from campaignd.core.gates.comparison_gate import ProofGate
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.options import Way
from campaignd.core.gates.registry import gate_kind
from campaignd.core.metrics import SIMULATIONS, Measures, Metric, can_pass, direction, measures
from campaignd.core.mistakes import Mistake
from campaignd.core.scalars import Whole

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.report import CaseReport

FEWEST = 8
_MOST = 1000


@gate_kind("within_usual")
class WithinUsualGate(ProofGate):
    """Whether this execution is as the last passed ones were, by their own spread.

    What passes is compared by its share, other metrics by their mean.
    """

    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {"within_usual": "resolved", "over": 12, "direction": "down"}

    over: Annotated[int, Whole(FEWEST, _MOST)] = Field(
        default=12, description="How many of the last passed executions it looks at, at least 8."
    )
    direction: Way | None = Field(
        default=None,
        description="down: unusually low fails; up: unusually high; both. Default is the worse "
        "way of the metric.",
    )

    @property
    def past_executions(self) -> int:
        return self.over

    @property
    def asks(self) -> str:
        return f"over {self.over}" + (f" {self.direction}" if self.direction else "")

    def asked_of(self, group: "Group") -> str:
        return f"within usual {self.way_of(group.metric)} over {self.over}"

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if not can_pass(metric) and measures(metric) not in {Measures.NUMBERS, Measures.ANYTHING}:
            message = f"within_usual takes numbers or what passes, and {self.metric!r} is neither"
            yield Mistake((self.kind,), message, 'add pass_when to the metric: {equals: "YES"}')
        elif self.direction is None and not can_pass(metric) and direction(metric) is None:
            message = f"nothing says which way {self.metric!r} gets worse"
            yield Mistake(
                (self.kind,),
                message,
                "write direction: down, up or both, or `better` in the metric",
            )

    def way_of(self, metric: Metric | None) -> str:
        """The way that is looked at."""
        if self.direction:
            return self.direction
        if metric is None or self.is_share(metric):
            return "down"
        return "up" if direction(metric) == "lower" else "down"

    def is_share(self, metric: Metric | None) -> bool:
        """Whether the share that passes is looked at."""
        return metric is None or can_pass(metric)

    def find(self, group: "Group") -> Finding:
        from campaignd.core.gates.usual import find_usual

        return find_usual(self, group)

    def worst(self, group: "Group", finding: Finding) -> "tuple[CaseReport, ...]":
        from campaignd.core.gates.cases import lowest_cases

        return lowest_cases(self, group, finding, 1 if self.way_of(group.metric) != "up" else -1)
