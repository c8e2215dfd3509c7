"""Stored values as the API shows them."""

from campaignd.adapters.reporters.deliveries import name_address
from campaignd.adapters.store.events import Event
from campaignd.adapters.store.posted import Posted
from campaignd.engine.progress import ProgressView
from campaignd.engine.records import Summary
from campaignd.web.models.deliveries import DeliveryLine
from campaignd.web.models.executions import CellProgress, ExecutionLine, Move, Progress


def execution_line(summary: Summary) -> ExecutionLine:
    execution = summary.execution
    return ExecutionLine(
        execution=execution.id,
        campaign=execution.campaign,
        trigger=execution.trigger,
        state=execution.state,
        verdict=execution.verdict,
        exit_status=execution.exit_status,
        reason=execution.reason,
        labels=dict(execution.labels),
        created_at=execution.created_at,
        started_at=execution.started_at,
        finished_at=execution.finished_at,
        gates=summary.gates,
        gates_failed=summary.gates_failed,
        simulations=summary.simulations,
    )


def move(event: Event) -> Move:
    return Move(
        subject=event.subject, old=event.old, new=event.new, at=event.at, reason=event.reason
    )


def progress(view: ProgressView) -> Progress:
    cells = tuple(
        CellProgress(key=cell.key, state=cell.state, done=cell.done, planned=cell.planned)
        for cell in view.cells
    )
    return Progress(
        state=view.state,
        done=sum(cell.done for cell in cells),
        planned=sum(cell.planned for cell in cells),
        cells=cells,
    )


def delivery_line(posted: Posted) -> DeliveryLine:
    return DeliveryLine(
        id=posted.id,
        execution=posted.execution,
        campaign=posted.campaign,
        event=posted.event,
        format=posted.format,
        address=name_address(posted.url, posted.url_secret),
        state=posted.state,
        attempts=posted.attempts,
        created_at=posted.created_at,
        next_attempt_at=posted.next_attempt_at,
        delivered_at=posted.delivered_at,
        detail=posted.detail,
    )
