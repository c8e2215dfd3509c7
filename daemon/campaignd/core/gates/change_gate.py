"""Gates on a change: by how much something is better or worse than what it is compared with."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from campaignd.core.gates.comparison_gate import ComparisonGate
from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import UNUSABLE_VALUES, Finding, errored
from campaignd.core.gates.margins import (
    Scale,
    amount_of,
    check_margin,
    needs_points,
    scale_of,
    write_margin,
)
from campaignd.core.gates.model import Promise
from campaignd.core.gates.options import Across
from campaignd.core.gates.proofs import Conclusions
from campaignd.core.metrics import Metric, measures
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import Quantity
from campaignd.core.statistics.inference import Claim, Side

if TYPE_CHECKING:  # judging needs numpy, and reading a campaign does not
    from campaignd.core.gates.groups import Group


class ChangeGate(ComparisonGate):
    """A gate on how much better or worse a metric is."""

    option: ClassVar[str]
    """The key of its margin."""
    fewest: ClassVar[int] = 0
    """How many test cases a pass needs."""
    noun: ClassVar[str]
    """What it decides about."""

    across: Across = Field(
        default="test_cases",
        description="test_cases: the claim is about all such test cases. this_set: about these "
        "very simulations.",
    )

    @property
    def margin(self) -> Quantity:
        margin: Quantity = getattr(self, self.option)
        return margin

    @property
    def asks(self) -> str:
        return f"than {self.than} {self._asked(None)}"

    @property
    def remarks(self) -> tuple[str, ...]:
        return (*super().remarks, "across this_set" if self.across == "this_set" else "")

    def asked_of(self, group: "Group") -> str:
        return self._asked(group.unit)

    def _asked(self, unit: str | None) -> str:
        return f"{self.option.replace('_', ' ')} {write_margin(self.margin, unit)}"

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if not needs_points(metric) and str(measures(metric)) not in {"numbers", "anything"}:
            message = f"{self.kind} compares what passes, and {self.metric!r} has no pass_when"
            yield Mistake((self.kind,), message, 'add one to the metric: {equals: "YES"}')
            return
        yield from check_margin(self.option, self.margin, self.metric, metric)

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from super().check(declared)
        if self.metric in self.reserved and self.margin.unit != "points":
            message = f"`{self.option}` needs points here, like `5 points`"
            hint = f"write {self.margin.number:.10g} points: {self.metric!r} is a share"
            yield Mistake((self.option,), message, hint)

    def compare(self, group: "Group", base: "Group") -> Finding:
        from campaignd.core.gates.changes import find_change

        try:
            return find_change(self, group, base)
        except ValueError as error:  # what has no logarithm has no relative change
            return errored(UNUSABLE_VALUES, f"{self.metric}: {error}")

    @abstractmethod
    def promise_of(self, amount: float) -> Promise:
        """What passes and fails it, where more is better and the margin is this much."""

    @abstractmethod
    def conclude(self, margin: str, worse: str, better: str) -> Conclusions:
        """What comes of it in words; `worse` is "a drop" or "a rise"."""

    @property
    def scale_amount(self) -> float:
        """The margin in the unit of estimates."""
        return amount_of(self.margin)

    def scale(self, group: "Group") -> Scale:
        return scale_of(self.margin, group.metric)

    def sign_of(self, group: "Group") -> int:
        return self.scale(group).sign

    def directed_promise(self, scale: Scale) -> Promise:
        """The claims on the change as it is measured, where more may be worse."""
        promise = self.promise_of(self.scale_amount)
        if scale.sign > 0:
            return promise
        return Promise(_mirrored(promise.passes), _mirrored(promise.fails))


def _mirrored(claim: Claim) -> Claim:
    return Claim(Side.BELOW if claim.side is Side.ABOVE else Side.ABOVE, -claim.margin)
