"""`errors`: the share of launches that came to nothing."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from campaignd.core.gates.checks import check_where, selects_cell
from campaignd.core.gates.declared import Declared
from campaignd.core.gates.findings import NO_DATA, Finding, errored
from campaignd.core.gates.model import Bar, GateModel
from campaignd.core.gates.registry import gate_kind
from campaignd.core.gates.selection import Splits, Where
from campaignd.core.gates.wording import number_of
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_exact_share, format_share
from campaignd.core.scalars import Share
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.evidence import CellEvidence
    from campaignd.core.gates.data import Data
    from campaignd.core.report import GateReport

_SLACK = 1e-9
_SPLITS = ("cell", "agent", "persona", "test_set")


@gate_kind("errors")
class ErrorsGate(GateModel):
    """The share of launches that failed or were lost; every attempt counts.

    It also says that lost cells are tolerated up to there: other gates then count what a lost
    cell would have measured as missing, instead of ending as errored.
    """

    subject: ClassVar[str] = "launches"
    example: ClassVar = {"errors": "runs", "at_most": "5%"}

    launches: Literal["runs"] = Field(description="Always `runs`.")
    at_most: Share = Field(description="The share of launches that may come to nothing.")
    where: Where | None = Field(default=None, description="Narrows what the gate looks at.")
    per: Splits = Field(
        default=(), description="One result per group; the worst counts. Pooled without it."
    )

    @property
    def words(self) -> str:
        where = f" where {self.where}" if self.where else ""
        per = f" per {' and '.join(self.per)}" if self.per else ""
        return f"errors runs {self.bar}{where}{per}"

    @property
    def bar(self) -> Bar:
        return Bar("at_most", self.at_most, format_exact_share(self.at_most))

    def check(self, declared: Declared) -> Iterator[Mistake]:
        yield from check_where(self.where, declared)
        if not declared.simulated:
            yield Mistake((self.kind,), "no agent has a `coval` id, so nothing is launched")
        if self.at_most == 1:
            message = "every share is at most 100%: this gate cannot fail"
            yield Mistake(("at_most",), message, "write how much trouble is tolerable, like 5%")
        for split in self.per:
            if split not in _SPLITS:
                message = f"launches cannot be split per {split}: each has all its variants"
                yield Mistake(("per",), message, f"use {', '.join(_SPLITS)}")

    def judge(self, data: "Data") -> "tuple[GateReport, ...]":
        groups = data.split_cells(self.where, self.per)
        return tuple(data.report(self, self._find(cells), scope) for scope, cells in groups)

    def covers(self, cell: "CellEvidence") -> bool:
        """Whether it says how much trouble a cell may have."""
        return selects_cell(self.where, cell.key, cell.agent, cell.persona, cell.test_set)

    def _find(self, cells: "Sequence[CellEvidence]") -> Finding:
        attempts = sum(cell.attempts for cell in cells)
        lost = sum(cell.attempts_lost for cell in cells)
        if not attempts:
            return errored(NO_DATA, "nothing was launched")
        share = lost / attempts
        kept = self.bar.holds(share, _SLACK)
        return Finding(
            GateVerdict.PASSED if kept else GateVerdict.FAILED,
            f"{lost} of {number_of(attempts, 'launch', 'launches')} failed or were lost "
            f"({format_share(share)}), {self.bar} was asked",
            estimate=share,
            n=attempts,
            unit="share",
        )
