"""`no_drop`: nothing got worse, as far as the data can tell; a large drop is ruled out."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from campaignd.core.gates.change_gate import ChangeGate
from campaignd.core.gates.margins import Margin, needs_points
from campaignd.core.gates.model import Promise
from campaignd.core.gates.proofs import Conclusions
from campaignd.core.gates.registry import gate_kind
from campaignd.core.metrics import SIMULATIONS, Metric
from campaignd.core.mistakes import Mistake
from campaignd.core.statistics.inference import Claim, Side


@gate_kind("no_drop")
class NoDropGate(ChangeGate):
    """The regression gate: fails when any drop is proven, passes when a large one is ruled out.

    Where less is better, a rise is what it looks for.
    """

    option: ClassVar[str] = "rule_out"
    fewest: ClassVar[int] = 10
    noun: ClassVar[str] = "a drop"
    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {
        "no_drop": "resolved",
        "than": "base",
        "rule_out": "20 points",
        "per": "mutation",
    }

    rule_out: Margin = Field(
        description="The drop that must be ruled out for a pass: 20 points of a share; 10% or a "
        "plain number of a number."
    )

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        yield from super().check_metric(metric)
        if not self.rule_out.number:
            message = "no number of test cases rules every drop out"
            example = "20 points" if needs_points(metric) else "10%"
            yield Mistake(("rule_out",), message, f"write how large a drop must be seen: {example}")

    def promise_of(self, amount: float) -> Promise:
        return Promise(Claim(Side.ABOVE, -amount), Claim(Side.BELOW, 0.0))

    def conclude(self, margin: str, worse: str, better: str) -> Conclusions:
        del better
        return Conclusions(
            passed=f"{worse} of {margin} is ruled out",
            failed=f"{worse} is proven",
            unclear=f"{worse} of {margin} is not ruled out, and none is proven",
        )
