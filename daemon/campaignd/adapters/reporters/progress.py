"""Progress in plain lines: one per change, for logs and wherever there is no terminal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TextIO

from campaignd.adapters.reporters.notation import plain, sized, spell
from campaignd.core.states import LaunchState
from campaignd.engine.progress import CellView, ProgressView

STEP = 0.1
"""The share of all simulations after which the next line is due."""

_PASSING = frozenset({LaunchState.PLANNED, LaunchState.SENDING, LaunchState.ENDED})
"""States that a cell only passes through: not worth a line."""


class SilentProgress:
    """Shows nothing."""

    def show(self, view: ProgressView) -> None:
        """Stay silent."""

    def say(self, message: str) -> None:
        """Stay silent."""


class LineProgress:
    """Writes a line for each change, with the time since the start.

    A reader who goes away (a closed pipe) ends the lines, never the execution.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        self._elapsed = timedelta()
        self._state = ""
        self._note: str | None = None
        self._cells: dict[str, tuple[str, int, str | None]] = {}
        self._steps = 0

    def show(self, view: ProgressView) -> None:
        self._elapsed = view.now - view.started_at
        moved = view.state != self._state
        if moved:
            self._state = view.state
            self.say(f"{view.campaign} {view.state} ({view.execution})")
        for cell in view.cells:
            self._show_cell(cell)
        self._show_share(view)
        if view.note != self._note:
            self._note = view.note
            if view.note or not moved:
                self.say(view.note or "goes on")

    def say(self, message: str) -> None:
        if self._stream is None:
            return
        line = f"[{spell(self._elapsed):>7}] {plain(message)}\n"
        try:
            self._stream.write(_encodable(line, self._stream))
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None

    def _show_cell(self, cell: CellView) -> None:
        now = (cell.state, cell.attempt, cell.note)
        if self._cells.get(cell.key) == now or (cell.state in _PASSING and not cell.note):
            return
        self._cells[cell.key] = now
        self.say(describe(cell))

    def _show_share(self, view: ProgressView) -> None:
        tally = Tally.of(view)
        steps = int(tally.share / STEP + 1e-9)
        if steps > self._steps:
            self._steps = steps
            self.say(f"{tally.percent}: {tally.words}{expectation(view)}")


@dataclass(frozen=True, slots=True)
class Tally:
    """Simulations of all cells together."""

    planned: int
    done: int
    failed: int

    @classmethod
    def of(cls, view: ProgressView) -> "Tally":
        return cls(
            sum(cell.planned for cell in view.cells),
            sum(cell.done for cell in view.cells),
            sum(cell.failed for cell in view.cells),
        )

    @property
    def share(self) -> float:
        return min(self.done / self.planned, 1.0) if self.planned else 0.0

    @property
    def percent(self) -> str:
        """Write the share rounded down: 100% only when all are done."""
        return f"{int(self.share * 100 + 1e-9)}%"

    @property
    def words(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} of {sized(self.planned, 'simulation')} done{failed}"


def describe(cell: CellView) -> str:
    """Say where a cell stands."""
    attempt = f" (attempt {cell.attempt})" if cell.attempt > 1 else ""
    failed = f", {cell.failed} failed" if cell.failed else ""
    done = f", {cell.done} of {cell.planned} done{failed}" if cell.done else ""
    note = f": {cell.note}" if cell.note else ""
    return f"{cell.key} {cell.state}{attempt}{done}{note}"


def expectation(view: ProgressView) -> str:
    """Say when the end is expected, if it is known and not yet over."""
    left = _left(view.expected_end, view.now)
    return f", about {spell(left)} to go" if left else ""


def _left(end: datetime | None, now: datetime) -> timedelta | None:
    return end - now if end and end > now else None


def _encodable(line: str, stream: TextIO) -> str:
    encoding = stream.encoding or "utf-8"
    return line.encode(encoding, "replace").decode(encoding)
