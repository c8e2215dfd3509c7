"""`mean`: the mean of the test cases' means."""

from typing import TYPE_CHECKING, ClassVar

from campaignd.core.gates.number_gate import NumberGate
from campaignd.core.gates.registry import gate_kind

if TYPE_CHECKING:
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group


@gate_kind("mean")
class MeanGate(NumberGate):
    """The mean over test cases (or Cotool runs), each counting once."""

    example: ClassVar = {"mean": "latency", "at_most": 1.2}
