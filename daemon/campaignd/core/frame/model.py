"""The shape of a frame: items in rows, arm by arm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from campaignd.core.frame.columns import Column

IntArray = NDArray[np.int64]
ABSENT = -1
"""In `Frame.source`: an item that was planned and never seen."""


class Status(IntEnum):
    """How an item ended: FAILED is the agent's, LOST the platform's."""

    COMPLETED = 0
    FAILED = 1
    LOST = 2


@dataclass(frozen=True, slots=True)
class Arm:
    """The smallest block that gates tell apart.

    Of Coval's simulations it is a variant of a cell; of what Cotool says it is an agent, or one
    criterion of an agent.
    """

    agent: str
    cell: str | None = None
    persona: str | None = None
    test_set: str | None = None
    variant: str | None = None
    criterion: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What counts once: a test case of an agent and test set, or a Cotool run.

    `item` is the id of the test case or run, None where nobody told it.
    """

    agent: str
    test_set: str | None
    item: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Arm i has the rows from `starts[i]` up to `starts[i + 1]`.

    Within an arm rows go by unit, then by creation time, then by id; `iteration` counts them from
    1 within the unit. `units` index into `unit_names`, `status` holds members of Status, `source`
    indexes into the evidence's simulations or scores. Planned items that were never seen have
    rows, too: LOST and ABSENT.
    """

    arms: tuple[Arm, ...]
    starts: IntArray
    units: IntArray
    unit_names: tuple[Unit, ...]
    iteration: IntArray
    status: NDArray[np.int8]
    source: IntArray
    columns: Mapping[str, Column]
    repeated: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Values of `source` whose id is in the evidence more than once."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Where items stand in a frame, in any order: one element each."""

    arms: IntArray
    units: IntArray
    source: IntArray

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int]]) -> "Rows":
        """Take (arm, unit, source) of each item."""
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return cls(table[:, 0], table[:, 1], table[:, 2])

    def take(self, order: IntArray) -> "Rows":
        return Rows(self.arms[order], self.units[order], self.source[order])

    def joined(self, other: "Rows") -> "Rows":
        return Rows(
            np.concatenate((self.arms, other.arms)),
            np.concatenate((self.units, other.units)),
            np.concatenate((self.source, other.source)),
        )


def count_iterations(rows: Rows) -> IntArray:
    """Number sorted rows from 1 within each arm and unit."""
    if not len(rows.arms):
        return rows.arms
    position = np.arange(len(rows.arms))
    changes = (np.diff(rows.arms) != 0) | (np.diff(rows.units) != 0)
    begins = np.concatenate(([0], np.where(changes, position[1:], 0)))
    numbered: IntArray = position - np.maximum.accumulate(begins) + 1
    return numbered
