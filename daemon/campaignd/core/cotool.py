"""What Cotool says of agent runs, as frozen values. Absent and null are both None."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AgentRunStatus(StrEnum):
    """`waiting` is active: the run waits for something and goes on."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion as the judge saw it."""

    text: str
    met: bool
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class CriticalIssue:
    """The judge's flag for a serious problem; categories are an open list."""

    category: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class AgentRun:
    """One run of a Cotool agent.

    `score` is 0 to 100, or None while (or for ever) ungraded; 0 is a real score. `criteria` is
    None where the server does not deliver them; `delivers_critical_issues` is false where the
    answer had no such field at all, so that silence is never read as "none".
    """

    run_id: str
    agent_id: str
    agent_name: str
    title: str
    created_at: datetime
    updated_at: datetime
    status: AgentRunStatus
    model: str | None = None
    tools: tuple[str, ...] = ()
    trigger_source: str | None = None
    trigger_name: str | None = None
    score: float | None = None
    explanation: str = ""
    bullets: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] | None = None
    critical_issue: CriticalIssue | None = None
    delivers_critical_issues: bool = True


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """`operator` is one of gt, lt, eq, ge, le; Cotool joins several by OR."""

    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class AgentRunQuery:
    """Every parameter of Cotool's agent-run list; None and empty leave it out."""

    agent_id: str | None = None
    agent_name: str | None = None
    tools: tuple[str, ...] = ()
    date_from: datetime | None = None
    date_to: datetime | None = None
    trigger_sources: tuple[str, ...] = ()
    scores: tuple[ScoreFilter, ...] = ()
    sort_field: str = "createdAt"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CotoolAgent:
    """A Cotool agent, with the acceptance criteria it is graded by."""

    id: str
    name: str
    description: str = ""
    criteria: tuple[str, ...] = ()
    deleted: bool = False
