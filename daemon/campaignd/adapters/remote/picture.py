"""What is known of a remote execution, as the view that progress is drawn from."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from campaignd.core.report import CellReport, ExecutionReport
from campaignd.engine.progress import CellView, ProgressView


class CellProgress(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    state: str
    done: int
    planned: int


class Progress(BaseModel):
    """What a stream tells whenever it changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    state: str
    cells: tuple[CellProgress, ...]


class Picture:
    """Reports come seldom and tell everything, progress comes at once and tells the numbers."""

    def __init__(self) -> None:
        self._report: ExecutionReport | None = None
        self._state: str | None = None
        self._cells: Mapping[str, CellProgress] = {}

    @property
    def report(self) -> ExecutionReport | None:
        """The latest report."""
        return self._report

    def learn(self, report: ExecutionReport) -> None:
        """Take a report in; one with a verdict has the last word."""
        self._report = report
        if report.verdict is not None:
            self.forget()

    def hear(self, progress: Progress) -> None:
        """Take progress in."""
        self._state = progress.state
        self._cells = {cell.key: cell for cell in progress.cells}

    def forget(self) -> None:
        """Forget progress: nothing newer of it will come for now."""
        self._state, self._cells = None, {}

    def view(self, now: datetime) -> ProgressView | None:
        """Show the execution; None before the first report."""
        report = self._report
        if report is None:
            return None
        return ProgressView(
            execution=report.execution,
            campaign=report.campaign,
            state=self._state or report.state,
            started_at=report.started_at,
            # The service's clock may be ahead of ours.
            now=max(now, report.started_at),
            cells=tuple(self._overlay(_cell(cell)) for cell in report.cells),
        )

    def _overlay(self, cell: CellView) -> CellView:
        heard = self._cells.get(cell.key)
        if heard is None:
            return cell
        done = min(heard.done, heard.planned)
        return replace(
            cell,
            state=heard.state,
            planned=heard.planned,
            done=done,
            failed=min(cell.failed, done),
        )


def _cell(cell: CellReport) -> CellView:
    counts = cell.simulations
    return CellView(
        key=cell.key,
        state=cell.state,
        attempt=max(len(cell.attempts), 1),
        planned=counts.planned,
        done=min(counts.completed + counts.failed, counts.planned),
        failed=min(counts.failed, counts.planned),
        note=cell.error,
    )
