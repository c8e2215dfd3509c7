"""`not_worse`: proof of safety."""

from typing import ClassVar

from pydantic import Field

from campaignd.core.gates.change_gate import ChangeGate
from campaignd.core.gates.margins import Margin
from campaignd.core.gates.model import Promise
from campaignd.core.gates.proofs import Conclusions
from campaignd.core.gates.registry import gate_kind
from campaignd.core.metrics import SIMULATIONS
from campaignd.core.statistics.inference import Claim, Side


@gate_kind("not_worse")
class NotWorseGate(ChangeGate):
    """Proof that something is not worse by more than a margin: it needs many test cases."""

    option: ClassVar[str] = "allow"
    fewest: ClassVar[int] = 20
    noun: ClassVar[str] = "a change"
    reserved: ClassVar[frozenset[str]] = frozenset({SIMULATIONS})
    example: ClassVar = {
        "not_worse": "resolved",
        "than": "base",
        "allow": "5 points",
        "per": "mutation",
    }

    allow: Margin = Field(
        description="How much worse it may be: 5 points of a share; 10% or a plain number of a "
        "number."
    )

    def promise_of(self, amount: float) -> Promise:
        return Promise(Claim(Side.ABOVE, -amount), Claim(Side.BELOW, -amount))

    def conclude(self, margin: str, worse: str, better: str) -> Conclusions:
        del better
        return Conclusions(
            passed=f"{worse} of more than {margin} is ruled out",
            failed=f"{worse} of more than {margin} is proven",
            unclear=f"{worse} of more than {margin} is neither proven nor ruled out",
        )
