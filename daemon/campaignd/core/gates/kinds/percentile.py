"""`median` and `p1` to `p99`: the value that this share of the simulations stays within."""

from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.number_gate import NumberGate
from campaignd.core.gates.registry import gate_kind

if TYPE_CHECKING:
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group


class QuantileGate(NumberGate):
    """A gate on the value that a share of the items stays within."""


@gate_kind("median")
class MedianGate(QuantileGate):
    """The median over test cases (or Cotool runs), each counting once."""

    example: ClassVar = {"median": "latency", "at_most": 1}


@gate_kind(*(f"p{percent}" for percent in range(1, 100)))
class PercentileGate(QuantileGate):
    """A percentile: `p95` at most 8 s asks that 95% take 8 s or less."""

    example: ClassVar = {"p95": "latency", "at_most": "8 s"}
