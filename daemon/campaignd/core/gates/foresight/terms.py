"""What a gate asks of its data, whatever its kind, and where the reckoning's numbers come from."""

from dataclasses import dataclass
from typing import cast

from campaignd.core.gates.foresight.design import Block, Design
from campaignd.core.gates.foresight.forecast import Forecast
from campaignd.core.gates.foresight.past import Past
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.model import GateModel
from campaignd.core.metrics import Metric


@dataclass(frozen=True, slots=True)
class Question:
    """A gate, what one of its results will be about, and what was seen in the past.

    `family` is how many results the gate has.
    """

    gate: GateModel
    block: Block
    design: Design
    past: Past
    family: int = 1

    @property
    def confidence(self) -> float:
        """The confidence of a proof, as the gate asks for it."""
        return self._metric_gate.sureness

    @property
    def strict(self) -> float:
        """The confidence of a proven failure within the family, at its first, strictest step."""
        if self._metric_gate.correction == "none":
            return self.confidence
        return 1 - (1 - self.confidence) / self.family

    @property
    def is_proven(self) -> bool:
        return self._metric_gate.is_proven

    @property
    def is_about_these(self) -> bool:
        """Whether it speaks of these very simulations, not of the test cases behind them."""
        return getattr(self.gate, "across", None) == "this_set"

    @property
    def metric(self) -> Metric | None:
        """What the gate is on; None where it is no declared metric."""
        return self.design.metrics.get(self._metric_gate.metric)

    @property
    def _metric_gate(self) -> MetricGate:
        return cast("MetricGate", self.gate)


def unsized(block: Block, note: str = "") -> Forecast:
    """The forecast where only the size is known, or not even that."""
    if block.cases is None:
        note = _NO_RUNS if block.agents else _NO_SIZE
    return Forecast(scope=block.scope, cases=block.cases, values=block.values, note=note)


_NO_SIZE = "how many test cases there are is not known: set a Coval key, or write `cases: 40`"
_NO_RUNS = "how many runs Cotool will have is not known: write `expect`, or let an execution pass"
