"""What people see while an execution goes on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell now; `planned` simulations, of which `done` ended (`failed` of them badly)."""

    key: str
    state: str
    attempt: int
    planned: int
    done: int = 0
    failed: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressView:
    """One execution now. `note` says what it waits for, where that is not plain from its cells."""

    execution: str
    campaign: str
    state: str
    started_at: datetime
    now: datetime
    cells: tuple[CellView, ...]
    expected_end: datetime | None = None
    note: str | None = None


class Observer(Protocol):
    """Shows progress; called from the event loop, so it must return at once."""

    def show(self, view: ProgressView) -> None: ...

    def say(self, message: str) -> None:
        """Tell one thing that happened and that a person wants to know."""
