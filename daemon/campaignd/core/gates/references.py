"""What the gates of an execution are compared with, beside the execution itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from campaignd.core.evidence import Evidence
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.than import Than


@dataclass(frozen=True, slots=True)
class Reference:
    """Other evidence. `label` names it for people: "the baseline, execution 01J…".

    `notes` say what changed since: cells, versions of agents, test sets and metrics.
    """

    label: str
    evidence: Evidence
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class References:
    """All that the gates of an execution ask for, or in words why it is not there.

    `others` and `absent` go by the `than` of the gates: executions and files, and a baseline that
    was chosen and cannot be had. `past` are passed executions, oldest first.
    """

    baseline: Reference | None = None
    no_baseline: str = ""
    others: Mapping[Than, Reference] = field(default_factory=dict)
    absent: Mapping[Than, str] = field(default_factory=dict)
    past: tuple[Evidence, ...] = ()


NOTHING = References()


@dataclass(frozen=True, slots=True)
class Needed:
    """What some gates compare with: `past` is how many passed executions."""

    baseline: bool = False
    others: frozenset[Than] = frozenset()
    past: int = 0

    def joined(self, other: "Needed") -> "Needed":
        return Needed(
            self.baseline or other.baseline,
            self.others | other.others,
            max(self.past, other.past),
        )


def needed_references(gates: Iterable[GateModel]) -> Needed:
    """What must be had to judge these gates, those within `any` and `all` included."""
    needed = Needed()
    for gate in gates:
        needed = needed.joined(_needed_by(gate)).joined(needed_references(gate.inner))
    return needed


def _needed_by(gate: GateModel) -> Needed:
    than = gate.compared_with
    return Needed(
        baseline=than is not None and than.source == "baseline",
        others=frozenset({than} if than and than.name else ()),
        past=gate.past_executions,
    )
