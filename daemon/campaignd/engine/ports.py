"""What the engine needs of the world. Every method raises only what `faults` names."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from campaignd.core.campaign import Campaign
from campaignd.core.cotool import AgentRun, AgentRunQuery, CotoolAgent
from campaignd.core.coval import (
    Explanation,
    LaunchOrder,
    MetricResource,
    Resource,
    Results,
    Run,
    RunQuery,
    Simulation,
)
from campaignd.core.execution import Execution, Launch
from campaignd.core.gates.than import Than
from campaignd.core.report import ExecutionReport
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import (
    Allowance,
    ComparedFile,
    Comparison,
    Delivery,
    Intent,
    Measured,
    Message,
    Missing,
    NewExecution,
    Outcome,
    Refusal,
    Rival,
    Search,
    Stored,
    Tabled,
)


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""


class LaunchSlot(Protocol):
    async def launch(self, order: LaunchOrder) -> Run:
        """Send one POST, once, under the hard deadline.

        NotSent and RemoteRejected mean that nothing was launched; any other VendorFault leaves
        the outcome unknown.
        """


class CovalRuns(Protocol):
    """Launches, follows and ends runs."""

    def launch_slot(self) -> AbstractAsyncContextManager[LaunchSlot]:
        """Wait for the pacer and a connection, so that a launch goes out right after its intent."""

    async def list_runs(self, query: RunQuery) -> Sequence[Run]:
        """All pages, oldest first, each run once; conditions re-checked where items allow it."""

    async def read_run(self, run_id: str) -> Run: ...

    def list_simulations(self, run_id: str) -> AsyncGenerator[Sequence[Simulation]]:
        """Page by page, each simulation once. Close it if you leave it early."""

    async def end_run(self, run_id: str) -> None:
        """Cancel an active run or delete a finished one: Coval decides. Sent once.

        NotFound says no more than that of a read: a new run may not be known everywhere yet.
        """

    def clock_skew(self) -> timedelta:
        """Coval's clock minus ours, from its latest Date header; zero before the first answer."""


class CovalCatalogue(Protocol):
    """Reads what campaigns refer to. NotFound where an id does not exist."""

    async def read_agent(self, agent_id: str) -> Resource: ...

    async def read_persona(self, persona_id: str) -> Resource: ...

    async def read_test_set(self, test_set_id: str) -> Resource: ...

    async def read_mutation(self, agent_id: str, mutation_id: str) -> Resource: ...

    async def read_metric(self, metric_id: str) -> MetricResource: ...

    async def list_test_cases(self, test_set_id: str) -> Sequence[Resource]: ...


class CovalExplanations(Protocol):
    async def explain(self, simulation_id: str) -> Sequence[Explanation]:
        """The judges' words on one simulation, the newest output of each metric."""


class Cotool(Protocol):
    async def list_agent_runs(self, query: AgentRunQuery) -> Sequence[AgentRun]:
        """All pages, each run once."""

    async def read_agent(self, agent_id: str) -> CotoolAgent: ...

    def clock_skew(self) -> timedelta:
        """Cotool's clock minus ours, from its latest Date header; zero before the first answer."""


class ExecutionStore(Protocol):
    """Executions. Every write confirms the epoch first and raises OwnershipLost."""

    async def create(self, new: NewExecution) -> Execution: ...

    async def load(self, execution_id: str, known: Stored | None = None) -> Stored:
        """Read an execution; what is `known` and has not changed is not read again."""

    async def move(self, old: Execution, new: Execution, at: datetime, reason: str = "") -> bool:
        """Write what differs if the state is still the old one; false if it is not."""

    async def begin(
        self,
        execution: Execution,
        agent_ids: Sequence[str],
        at: datetime,
        messages: Sequence[Message] = (),
    ) -> bool:
        """Move from queued to running, lock all Cotool agents and store messages, or do nothing."""

    async def finish(self, old: Execution, outcome: Outcome, at: datetime) -> bool:
        """Store verdict, gate results and outbox messages, and unlock the agents."""

    async def last_verdict(self, campaign: str, before: str) -> Verdict | None:
        """Read the verdict of the campaign's last finished execution before this one."""


class Rivals(Protocol):
    """Who else scores the same Cotool agents."""

    async def in_the_way(self, execution: str, agent_ids: Sequence[str]) -> Rival | None:
        """Find another execution that has one of these agents to itself."""


class Comparisons(Protocol):
    """What executions are compared with."""

    async def chosen(self, execution: str) -> Mapping[Than, Comparison]:
        """Read what was chosen for an execution when it was created, or judged."""

    async def choose(self, execution: Execution, than: Than, chosen: Comparison) -> None:
        """Remember a choice; one that was made before stands. Raises OwnershipLost."""

    async def pinned(self, campaign: str, account: str) -> str | None:
        """Read which execution a person chose as baseline."""

    async def eligible(self, search: Search, limit: int) -> Sequence[str]:
        """Find executions that may serve as baseline, the newest first."""


class TableReader(Protocol):
    def __call__(self, file: ComparedFile, campaign: Campaign) -> Sequence[Tabled]:
        """Read the executions of a table, oldest first; at least one. Raises TableInvalid."""


class LaunchStore(Protocol):
    """Launches. Every write confirms the execution's epoch first and raises OwnershipLost."""

    async def reserve(
        self, execution: Execution, launch: Launch, intent: Intent, allowance: Allowance
    ) -> Launch | Refusal:
        """Weigh the launch against all shared limits and store the intent, or say why not.

        Nothing is launched any more of an execution that was told to stop.
        """

    async def move(
        self, execution: Execution, old: Launch, new: Launch, at: datetime, reason: str = ""
    ) -> bool:
        """Write what differs if the state is still the old one; false if it is not."""

    async def add_attempt(self, execution: Execution, failed: Launch, at: datetime) -> None: ...

    async def record_duplicate(
        self, execution: Execution, launch: Launch, run_id: str, at: datetime
    ) -> None:
        """Remember a second run of a launch; knowing it already changes nothing."""

    async def close_duplicate(self, execution: Execution, run_id: str, at: datetime) -> None:
        """Note that a second run has ended."""


class ResultStore(Protocol):
    """What was measured. Writing the same twice changes nothing."""

    async def save_simulations(
        self, execution: Execution, launch: Launch, page: Sequence[Simulation]
    ) -> None: ...

    async def save_values(
        self, execution: Execution, launch: Launch, results: Results, read: Collection[str]
    ) -> None:
        """Replace the run's values, and forget simulations that are not among those just read."""

    async def count_missing(self, launch: Launch) -> Missing:
        """Count what a run that ended has not delivered yet."""

    async def save_scores(
        self, execution: Execution, agent: str, runs: Sequence[AgentRun], at: datetime
    ) -> None: ...

    async def save_explanations(
        self, execution: Execution, simulation_id: str, words: Sequence[Explanation]
    ) -> None: ...

    async def measured(self, execution: Execution) -> Measured:
        """Everything stored of an execution's results."""


class Outbox(Protocol):
    async def claim(self, execution: str | None, at: datetime) -> Sequence[Delivery]:
        """Take all that is due, of one execution or of all, each for one sender only."""

    async def settle(self, delivery: Delivery, at: datetime) -> None:
        """Store what came of an attempt: state, detail and the next attempt."""


class Postman(Protocol):
    async def send(self, delivery: Delivery) -> Delivery:
        """Try once to deliver; return the delivery as it stands after that."""


class Announcer(Protocol):
    def messages(self, event: str, report: ExecutionReport) -> Sequence[Message]:
        """Write the webhook messages that the campaign wants for an event."""
