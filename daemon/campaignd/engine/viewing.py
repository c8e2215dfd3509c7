"""What people are shown of an execution while it goes on."""

from datetime import datetime, timedelta

from campaignd.core.coval import WAITING
from campaignd.core.decide import latest_attempts
from campaignd.core.execution import Launch
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.engine.progress import CellView, ProgressView
from campaignd.engine.records import Rival, Stored

_WAITING_FOR = {
    ExecutionState.SCORING: "waits for Cotool's grades",
    ExecutionState.CANCELLING: "ends its runs",
}


def view_progress(stored: Stored, now: datetime, note: str | None) -> ProgressView:
    """Show an execution; the expected end is what the simulations so far promise."""
    execution = stored.execution
    cells = tuple(_cell(launch) for launch in latest_attempts(stored.launches))
    begun_at = execution.started_at or execution.created_at
    return ProgressView(
        execution=execution.id,
        campaign=execution.campaign,
        state=execution.state.value,
        # From the queue on: a clock that began anew when the queue ends would run backwards.
        started_at=execution.created_at,
        now=now,
        cells=cells,
        expected_end=_expected_end(cells, begun_at, now),
        note=note or _WAITING_FOR.get(execution.state),
    )


def name_rival(rival: Rival) -> str:
    """Say whom an execution waits for, and what a person can do about it."""
    words = f"waits for execution {rival.execution}, which scores the same Cotool agent"
    if not rival.is_abandoned:
        return words
    return f"{words}; its process is gone: `campaignd resume {rival.execution}` continues it"


def _cell(launch: Launch) -> CellView:
    planned = launch.cell.simulations or 0
    progress = launch.progress
    done = progress.completed + progress.failed
    if launch.state in {LaunchState.ENDED, LaunchState.COLLECTED}:
        done = max(done, planned)
    return CellView(
        key=launch.cell.key,
        state=_state(launch),
        attempt=launch.attempt,
        planned=planned,
        done=min(done, planned),
        failed=min(progress.failed, planned),
        note=launch.error,
    )


def _state(launch: Launch) -> str:
    waits = launch.state is LaunchState.RUNNING and launch.run_status in WAITING
    return "queued" if waits else launch.state.value


def _expected_end(
    cells: tuple[CellView, ...], begun_at: datetime, now: datetime
) -> datetime | None:
    planned = sum(cell.planned for cell in cells)
    done = sum(cell.done for cell in cells)
    if not 0 < done < planned:
        return None
    elapsed = now - begun_at
    return now + timedelta(seconds=elapsed.total_seconds() * (planned - done) / done)
