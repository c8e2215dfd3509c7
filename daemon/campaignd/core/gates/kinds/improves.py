"""`improves`: proof that something got better."""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from campaignd.core.gates.change_gate import ChangeGate
from campaignd.core.gates.margins import Margin
from campaignd.core.gates.model import Promise
from campaignd.core.gates.proofs import Conclusions
from campaignd.core.gates.registry import gate_kind
from campaignd.core.metrics import SIMULATIONS, Metric, direction
from campaignd.core.mistakes import Mistake
from campaignd.core.statistics.inference import Claim, Side

_ALL = 100


@gate_kind("improves")
class ImprovesGate(ChangeGate):
    """Proof that something is better by more than a margin."""

    option: ClassVar[str] = "by"
    noun: ClassVar[str] = "a gain"
    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {
        "improves": "resolved",
        "than": "base",
        "by": "3 points",
        "per": "mutation",
        "need": "any",
        "correct": "bh",
    }

    by: Margin = Field(
        description="By how much it must be better: 3 points of a share; 10% or a plain number "
        "of a number. 0 points asks for any gain."
    )

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        yield from super().check_metric(metric)
        is_all = self.by.unit == "%" and self.by.number >= _ALL
        if is_all and direction(metric) == "lower":
            message = f"{self.metric!r} cannot fall by 100% or more"
            yield Mistake(("by",), message, "write a smaller margin: 10%")

    def promise_of(self, amount: float) -> Promise:
        return Promise(Claim(Side.ABOVE, amount), Claim(Side.BELOW, amount))

    def conclude(self, margin: str, worse: str, better: str) -> Conclusions:
        del worse
        return Conclusions(
            passed=f"{better} of more than {margin} is proven",
            failed=f"{better} of {margin} is ruled out",
            unclear=f"{better} of more than {margin} is neither proven nor ruled out",
        )
