"""`any` and `all`: gates that count as one; each is judged and shown by itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.language import Gate, check_list
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.registry import gate_kind
from campaignd.core.mistakes import Mistake

if TYPE_CHECKING:
    from campaignd.core.gates.data import Data
    from campaignd.core.report import GateReport

_SEVERAL = 2


class TogetherGate(GateModel):
    subject: ClassVar[str] = "gates"

    gates: tuple[Gate, ...] = Field(
        description="The inner gates, at least two.", json_schema_extra={"minItems": 2}
    )

    @field_validator("gates", mode="after")
    @classmethod
    def _are_several(cls, gates: tuple[GateModel, ...]) -> tuple[GateModel, ...]:
        if len(gates) < _SEVERAL:
            raise ValueError("at least two gates belong in here; write a single one by itself")
        return gates

    @property
    def words(self) -> str:
        return f"{self.kind} of ({'; '.join(gate.title for gate in self.gates)})"

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from check_list((self.kind,), self.gates, declared)
        for index, gate in enumerate(self.gates):
            if not gate.blocks:
                message = f"inside {self.kind} every gate counts"
                hint = f"put `blocks: false` on the {self.kind} gate, or take this one out"
                yield Mistake((self.kind, index, "blocks"), message, hint)


@gate_kind("any")
class AnyGate(TogetherGate):
    """One of the inner gates must pass."""

    example: ClassVar = {
        "name": "Fast or thorough",
        "any": [{"mean": "latency", "at_most": 1.2}, {"pass_rate": "resolved", "at_least": "95%"}],
    }


@gate_kind("all")
class AllGate(TogetherGate):
    """All inner gates must pass."""

    example: ClassVar = {
        "name": "Fast and thorough",
        "all": [{"mean": "latency", "at_most": 1.2}, {"pass_rate": "resolved", "at_least": "95%"}],
    }
