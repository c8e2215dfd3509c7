"""Waits for Cotool's grades of the agent runs within an execution's window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaignd.core.campaign import Campaign, CotoolAgentRef, Last
from campaignd.core.cotool import AgentRun, AgentRunQuery, AgentRunStatus
from campaignd.core.execution import Execution, Launch
from campaignd.engine.faults import VendorFault
from campaignd.engine.tools import Tools

SKEW = timedelta(minutes=5)
"""How much wider than the window the request is: clocks drift, and edges are not documented."""

_BAD_ENDS = frozenset({AgentRunStatus.ERROR, AgentRunStatus.INTERRUPTED})


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def moved(self, by: timedelta) -> "Window":
        return Window(self.start + by, self.end + by)

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def scored_agents(campaign: Campaign) -> Mapping[str, CotoolAgentRef]:
    """Return the agents that Cotool grades, by the campaign's names."""
    return {name: agent.cotool for name, agent in campaign.agents.items() if agent.cotool}


def locked_agents(campaign: Campaign) -> Sequence[str]:
    """Return the Cotool agents that an execution must have to itself."""
    if campaign.cotool.window != "execution":
        return ()
    return [reference.id for reference in scored_agents(campaign).values()]


def window_of(campaign: Campaign, execution: Execution, launches: Sequence[Launch]) -> Window:
    """Return the window that the campaign asks for, from what is stored alone."""
    started = execution.started_at or execution.created_at
    end = max((x.ended_at for x in launches if x.ended_at is not None), default=started)
    if isinstance(campaign.cotool.window, Last):
        return Window(end - campaign.cotool.window.last, end)
    start = min((x.sending_at for x in launches if x.sending_at is not None), default=started)
    return Window(start, end + campaign.cotool.tail)


@dataclass(frozen=True, slots=True)
class Scoring:
    """How far the reading of grades came; the notes say what stayed away."""

    is_over: bool
    notes: tuple[str, ...] = ()


class Scorer:
    """Reads the grades of one execution."""

    def __init__(self, tools: Tools, campaign: Campaign) -> None:
        self._tools = tools
        self._campaign = campaign
        self._unreadable_since: dict[str, datetime] = {}

    async def score(self, execution: Execution, launches: Sequence[Launch]) -> Scoring:
        """Read all agents' runs once and store them.

        Raises a VendorFault while reading again may help. Once the grading deadline is over or
        the execution was given up, what could not be read for a while, however late the first
        look came, is noted.
        """
        window = window_of(self._campaign, execution, launches)
        deadline = window.end + self._campaign.cotool.grading_deadline
        is_last = execution.given_up is not None or self._tools.clock.now() >= deadline
        complete, notes = self._tools.clock.now() >= window.end, []
        for name, reference in scored_agents(self._campaign).items():
            try:
                runs = await self._read(reference, window)
            except VendorFault as fault:
                if not (self._is_unreadable(name) and is_last):
                    raise
                notes.append(f"the grades of {name} could not be read: {fault}")
                continue
            self._unreadable_since.pop(name, None)
            now = self._tools.clock.now()
            await self._tools.store.results.save_scores(execution, name, runs, now)
            complete &= _is_graded(runs, reference)
        return Scoring(complete or is_last or not scored_agents(self._campaign), tuple(notes))

    def _is_unreadable(self, name: str) -> bool:
        """Whether all reads failed for as long as values are waited for."""
        now = self._tools.clock.now()
        since = self._unreadable_since.setdefault(name, now)
        return now - since >= self._tools.patience.values_wait

    async def _read(self, reference: CotoolAgentRef, window: Window) -> Sequence[AgentRun]:
        """Read the runs of a window by Cotool's clock, of which the first answer tells."""
        cotool = self._tools.vendors.cotool
        skew = cotool.clock_skew()
        runs = await self._list(reference, window.moved(skew))
        if abs(cotool.clock_skew() - skew) >= SKEW / 2:
            runs = await self._list(reference, window.moved(cotool.clock_skew()))
        theirs = window.moved(cotool.clock_skew())
        return [run for run in runs if _counts(run, reference, theirs)]

    async def _list(self, reference: CotoolAgentRef, window: Window) -> Sequence[AgentRun]:
        return await self._tools.vendors.cotool.list_agent_runs(
            AgentRunQuery(
                agent_id=reference.id,
                date_from=window.start - SKEW,
                date_to=window.end + SKEW,
            )
        )


def _counts(run: AgentRun, reference: CotoolAgentRef, window: Window) -> bool:
    sources, names = reference.trigger_sources, reference.trigger_names
    return (
        run.agent_id == reference.id
        and window.holds(run.created_at)
        and (not sources or run.trigger_source in sources)
        and (not names or run.trigger_name in names)
    )


def _is_graded(runs: Sequence[AgentRun], reference: CotoolAgentRef) -> bool:
    enough = len(runs) >= max(reference.expect or 1, 1)
    return enough and all(run.score is not None or run.status in _BAD_ENDS for run in runs)
