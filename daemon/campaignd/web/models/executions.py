"""Executions, in lists and while they go on."""

from datetime import datetime

from campaignd.core.report import ExecutionReport
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import Verdict
from campaignd.web.models.answer import Answer


class ExecutionLine(Answer):
    """One execution in a list; `gates_failed` of its `gates` failed, `simulations` are planned."""

    execution: str
    campaign: str
    trigger: str
    state: ExecutionState
    verdict: Verdict | None
    exit_status: int | None
    reason: str
    labels: dict[str, str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    gates: int
    gates_failed: int
    simulations: int


class ExecutionPage(Answer):
    """Executions, the newest first; `next_cursor` leads on, null at the end."""

    executions: tuple[ExecutionLine, ...]
    next_cursor: str | None = None


class StoredVerdict(Answer):
    """What is stored of an execution, whatever it is judged by now."""

    verdict: Verdict | None
    exit_status: int | None
    reason: str


class JudgedAgain(Answer):
    """The stored verdict, and the report as it would be now."""

    stored: StoredVerdict
    now: ExecutionReport


class Move(Answer):
    """Something of an execution moved. `old` is null where there was nothing before."""

    subject: str
    old: str | None
    new: str
    at: datetime
    reason: str


class CellProgress(Answer):
    key: str
    state: str
    done: int
    planned: int


class Progress(Answer):
    """How far an execution is, in simulations; null where nothing is planned on Coval."""

    state: ExecutionState
    done: int
    planned: int
    cells: tuple[CellProgress, ...]


class End(Answer):
    verdict: Verdict | None
    exit_status: int | None
