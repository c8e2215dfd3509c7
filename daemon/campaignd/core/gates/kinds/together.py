"""`any` and `all`: gates that count as one; each is judged and shown by itself."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.language import Gate, check_list
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.registry import gate_kind
from campaignd.core.mistakes import Mistake
from campaignd.core.verdicts import TIMED_OUT, GateVerdict, worst_of_gates

if TYPE_CHECKING:
    from campaignd.core.gates.data import Data
    from campaignd.core.report import GateReport

_SEVERAL = 2


class TogetherGate(GateModel):
    """Gates that count as one."""

    subject: ClassVar[str] = "gates"
    needed: ClassVar[str]
    """How many must pass, in words."""

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

    def judge(self, data: "Data") -> "tuple[GateReport, ...]":
        judged = [gate.judge(data) for gate in self.gates]
        verdicts = [worst_of_gates(report.verdict for report in reports) for reports in judged]
        verdict = self.combine(verdicts)
        shown = tuple(report for reports in judged for report in reports)
        late = not verdict.is_decided and any(report.reason_code == TIMED_OUT for report in shown)
        passed = verdicts.count(GateVerdict.PASSED)
        reason = f"{passed} of {len(self.gates)} gates passed, {self.needed}"
        code = TIMED_OUT if late else None
        return (data.report(self, Finding(verdict, reason, code), {}, gates=shown),)

    @abstractmethod
    def combine(self, verdicts: Sequence[GateVerdict]) -> GateVerdict:
        """The verdict of the whole from those of its parts."""


@gate_kind("any")
class AnyGate(TogetherGate):
    """One of the inner gates must pass."""

    needed: ClassVar[str] = "one was asked"
    example: ClassVar = {
        "name": "Fast or thorough",
        "any": [{"mean": "latency", "at_most": 1.2}, {"pass_rate": "resolved", "at_least": "95%"}],
    }

    def combine(self, verdicts: Sequence[GateVerdict]) -> GateVerdict:
        if GateVerdict.PASSED in verdicts:
            return GateVerdict.PASSED
        undecided = [verdict for verdict in verdicts if not verdict.is_decided]
        return worst_of_gates(undecided or verdicts)


@gate_kind("all")
class AllGate(TogetherGate):
    """All inner gates must pass."""

    needed: ClassVar[str] = "all were asked"
    example: ClassVar = {
        "name": "Fast and thorough",
        "all": [{"mean": "latency", "at_most": 1.2}, {"pass_rate": "resolved", "at_least": "95%"}],
    }

    def combine(self, verdicts: Sequence[GateVerdict]) -> GateVerdict:
        return worst_of_gates(verdicts)
