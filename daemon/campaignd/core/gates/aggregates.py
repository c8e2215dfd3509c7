"""What Coval gave of a metric instead of its values: mean, smallest and largest of each cell."""

from dataclasses import dataclass

from campaignd.core.coval import Aggregate

AGGREGATES = "aggregates of cells, without values"


@dataclass(frozen=True, slots=True)
class CellAggregate:
    """One cell's, over `completed` simulations; `failed` are in none of the numbers."""

    numbers: Aggregate
    completed: int
    failed: int
    missing: int


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Those of the collected cells of a group, at least one; `lost` are simulations of others."""

    metric: str
    unit: str | None
    cells: tuple[CellAggregate, ...]
    lost: int = 0

    @property
    def mean(self) -> float:
        """The mean over simulations: each cell weighs as many as completed."""
        return sum(c.numbers.mean * c.completed for c in self.cells) / self.completed

    @property
    def completed(self) -> int:
        return sum(cell.completed for cell in self.cells)

    @property
    def failed(self) -> int:
        return sum(cell.failed for cell in self.cells)

    @property
    def missing(self) -> int:
        return self.lost + sum(cell.missing for cell in self.cells)

    @property
    def minimum(self) -> float | None:
        """The smallest value, or None where a cell does not tell."""
        ends = [cell.numbers.minimum for cell in self.cells]
        return min(end for end in ends if end is not None) if None not in ends else None

    @property
    def maximum(self) -> float | None:
        """The largest value, or None where a cell does not tell."""
        ends = [cell.numbers.maximum for cell in self.cells]
        return max(end for end in ends if end is not None) if None not in ends else None
