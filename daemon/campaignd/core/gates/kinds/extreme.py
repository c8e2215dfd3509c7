"""`min` and `max`: the smallest and the largest value."""

from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.number_gate import NumberGate
from campaignd.core.gates.registry import gate_kind

if TYPE_CHECKING:
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group


@gate_kind("min")
class MinGate(NumberGate):
    """The smallest value of all simulations (or Cotool runs)."""

    example: ClassVar = {"min": "quality", "at_least": 60}


@gate_kind("max")
class MaxGate(NumberGate):
    """The largest value of all simulations (or Cotool runs)."""

    example: ClassVar = {"max": "latency", "at_most": "20 s"}
