"""`any` and `all`: gates that count as one; each is judged and shown by itself."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field, field_validator

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import Finding
from campaignd.core.gates.language import Gate, check_list
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.registry import gate_kind
from campaignd.core.mistakes import Mistake
from campaignd.core.verdicts import NO_BASELINE, TIMED_OUT, GateVerdict, worst_of_gates

if TYPE_CHECKING:
    from campaignd.core.gates.data import Data
    from campaignd.core.report import GateReport

_SEVERAL = 2
Judged = tuple[GateVerdict, str | None]
"""A verdict, and NO_BASELINE where that is all that it lacks."""


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
    def inner(self) -> tuple[GateModel, ...]:
        return self.gates

    def with_defaults(self, options: Mapping[str, object]) -> Self:
        """What the whole does when it is unsure is no matter of its parts."""
        own = super().with_defaults(options)
        inner = {key: value for key, value in options.items() if key != "when_unsure"}
        return own.model_copy(
            update={"gates": tuple(gate.with_defaults(inner) for gate in self.gates)}
        )

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
            if gate.when_unsure != "block":
                message = f"inside {self.kind} no gate is unsure by itself"
                hint = f"put `when_unsure` on the {self.kind} gate"
                yield Mistake((self.kind, index, "when_unsure"), message, hint)

    def judge(self, data: "Data") -> "tuple[GateReport, ...]":
        judged = [gate.judge(data) for gate in self.gates]
        shown = tuple(report for reports in judged for report in reports)
        verdict, code = self._settle([_verdict_of(reports) for reports in judged])
        if not verdict.is_decided and any(report.reason_code == TIMED_OUT for report in shown):
            code = TIMED_OUT
        passed = sum(_verdict_of(reports) == (GateVerdict.PASSED, None) for reports in judged)
        reason = f"{passed} of {len(self.gates)} gates passed, {self.needed}"
        if code == NO_BASELINE:
            reason += "; there is nothing to compare with yet"
        return (data.report(self, Finding(verdict, reason, code), {}, gates=shown),)

    @abstractmethod
    def _settle(self, judged: Sequence[Judged]) -> Judged:
        """The verdict of the whole, where some parts may have nothing to be compared with."""

    @abstractmethod
    def combine(self, verdicts: Sequence[GateVerdict]) -> GateVerdict:
        """The verdict of the whole from those of its parts."""


def _verdict_of(reports: "Sequence[GateReport]") -> Judged:
    """That of an inner gate: the worst of its results that count."""
    counted = [report for report in reports if report.blocks] or reports
    verdict = worst_of_gates(report.verdict for report in counted)
    doubts = [report for report in counted if report.verdict is verdict]
    lacks = verdict is GateVerdict.INCONCLUSIVE and all(
        report.reason_code == NO_BASELINE for report in doubts
    )
    return verdict, NO_BASELINE if lacks else None


@gate_kind("any")
class AnyGate(TogetherGate):
    """One of the inner gates must pass."""

    needed: ClassVar[str] = "one was asked"
    example: ClassVar = {
        "name": "Fast or thorough",
        "any": [{"mean": "latency", "at_most": 1.2}, {"pass_rate": "resolved", "at_least": "95%"}],
    }

    def _settle(self, judged: Sequence[Judged]) -> Judged:
        """What has nothing to be compared with might have been the one."""
        verdict = self.combine([verdict for verdict, _ in judged])
        lacks = any(code == NO_BASELINE for _, code in judged)
        is_undecided = verdict is GateVerdict.INCONCLUSIVE
        return verdict, NO_BASELINE if is_undecided and lacks else None

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

    def _settle(self, judged: Sequence[Judged]) -> Judged:
        """What has nothing to be compared with is noted, and the rest must hold."""
        rest = [verdict for verdict, code in judged if code != NO_BASELINE]
        lacks = len(rest) < len(judged)
        if not rest or (lacks and self.must_have_baseline):
            verdict = self.combine([*rest, GateVerdict.INCONCLUSIVE])
            is_lacking = verdict is GateVerdict.INCONCLUSIVE and set(rest) <= {GateVerdict.PASSED}
            return verdict, NO_BASELINE if is_lacking else None
        return self.combine(rest), None

    def combine(self, verdicts: Sequence[GateVerdict]) -> GateVerdict:
        return worst_of_gates(verdicts)
