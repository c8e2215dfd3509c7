"""What somebody who looks at executions may ask for, and how he sees that one has moved."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Filter:
    """Which executions to list. `campaigns` None: of all; `before`: older than this one."""

    campaigns: Collection[str] | None = None
    verdict: Verdict | None = None
    state: ExecutionState | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Mark:
    """How an execution stood at a moment: with another mark, something of it has moved."""

    state: ExecutionState
    version: int
    last_event: int

    @property
    def is_end(self) -> bool:
        return self.state is ExecutionState.FINISHED
