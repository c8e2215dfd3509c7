"""Samples of two ways to do something, taken turn by turn, and what they say together."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


class Unit(Enum):
    SECONDS = "seconds"
    BYTES = "bytes"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each thing is measured, and how much of the full size it has."""

    repeats: int
    share: float

    def of(self, size: int) -> int:
        """Scale a full size, never to nothing."""
        return max(1, round(size * self.share))


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle of some samples and their ends."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        return cls(median(samples), min(samples), max(samples))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What something costs here and what its yardstick costs; samples in pairs, in one unit."""

    what: str
    ours: Sequence[float]
    yardstick: str
    theirs: Sequence[float]
    unit: Unit = Unit.SECONDS

    @property
    def ratio(self) -> Spread:
        """How many times as much: of each pair, since both had the machine's same mood."""
        return Spread.of(
            [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]
        )


def take_turns(repeats: int, *works: Callable[[], T]) -> list[list[T]]:
    """Do each work once to warm up, then all in turn; return what each work returned."""
    for work in works:
        work()
    rounds = [[_undisturbed(work) for work in works] for _ in range(repeats)]
    return [list(samples) for samples in zip(*rounds, strict=True)]


def timed(work: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    """Do it; return the seconds that passed on the clock."""
    begin = clock()
    work()
    return clock() - begin


def _undisturbed(work: Callable[[], T]) -> T:
    gc.collect()
    return work()
