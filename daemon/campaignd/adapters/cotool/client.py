"""Reads agent runs with their scores, and agents, from Cotool."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from campaignd.adapters.cotool.wire import AgentItem, AgentList, AgentRunItem, AgentRunPage
from campaignd.adapters.http.calls import Call, path
from campaignd.adapters.http.lane import Lane
from campaignd.core.cotool import AgentRun, AgentRunQuery, CotoolAgent, ScoreFilter
from campaignd.engine.faults import AnswerUnusable

log = structlog.get_logger()

PAGE_SIZE = 100
MOST_PAGES = 1000
READS_AGAIN = 2
"""How often a list is read again whose pages shifted: one of them may have skipped a run."""
_AGENT_RUNS = path("agent-runs")


@dataclass(frozen=True, slots=True)
class _Reading:
    """All pages of a list, read once: the runs by id, and what each page counted in all."""

    found: dict[str, AgentRunItem] = field(default_factory=dict)
    counts: list[int] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return len(set(self.counts)) == 1 and len(self.found) >= self.counts[-1]


class CotoolClient:
    """The engine's `Cotool` over one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def list_agent_runs(self, query: AgentRunQuery) -> Sequence[AgentRun]:
        """All pages; a run of another agent is dropped, whatever the filter let through.

        Whether Cotool's dates include their ends is not documented: ask for a little more and
        compare `created_at` afterwards.
        """
        reading = await self._read_pages(query)
        for _ in range(READS_AGAIN):
            if reading.is_whole:
                break
            reading = await self._read_pages(query)
        _note_missing(reading)
        return _runs_of(query.agent_id, reading.found.values())

    async def _read_pages(self, query: AgentRunQuery) -> "_Reading":
        reading, before = _Reading(), list[str]()
        for number in range(MOST_PAGES):
            page = await self._lane.read(_page_call(query, number), AgentRunPage)
            ids = [item.id for item in page.runs]
            if ids and ids == before:
                raise self._endless(f"page {number} repeats page {number - 1}")
            # Pages shift while runs arrive: what stands on two is kept as it was read last.
            reading.found.update(zip(ids, page.runs, strict=True))
            reading.counts.append(page.total_count)
            # A short page proves nothing where a server caps the page size; an empty one does.
            if not ids or len(reading.found) >= page.total_count:
                return reading
            before = ids
        raise self._endless(f"more than {MOST_PAGES} pages")

    async def list_agents(self) -> Sequence[CotoolAgent]:
        agents = await self._lane.read(Call("GET", path("agents")), AgentList)
        return [item.agent() for item in agents.root]

    async def read_agent(self, agent_id: str) -> CotoolAgent:
        return (await self._lane.read(Call("GET", path("agents", agent_id)), AgentItem)).agent()

    def clock_skew(self) -> timedelta:
        return self._lane.clock_skew

    def _endless(self, why: str) -> AnswerUnusable:
        words = f"the listing does not end: {why}"
        return AnswerUnusable(self._lane.vendor, f"GET {_AGENT_RUNS}", words)


def _page_call(query: AgentRunQuery, number: int) -> Call:
    optional = {
        "agentIdFilter": query.agent_id,
        "agentNameFilter": query.agent_name,
        "toolFilter": ",".join(query.tools),
        "dateFrom": _iso(query.date_from),
        "dateTo": _iso(query.date_to),
        "triggerSourceFilter": ",".join(query.trigger_sources),
        "scoreFilters": _score_filters(query.scores),
    }
    params = {
        "page": str(number),
        "pageSize": str(PAGE_SIZE),
        "sortField": query.sort_field,
        "sortDirection": "desc" if query.descending else "asc",
        **{name: value for name, value in optional.items() if value},
    }
    return Call("GET", _AGENT_RUNS, params)


def _iso(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _score_filters(filters: Sequence[ScoreFilter]) -> str:
    if not filters:
        return ""
    entries = [{"op": entry.operator, "value": entry.value} for entry in filters]
    return json.dumps(entries, separators=(",", ":"))


def _note_missing(reading: _Reading) -> None:
    listed, counted = len(reading.found), reading.counts[-1]
    if listed < counted:
        log.warning("Cotool lists fewer agent runs than it counts", listed=listed, counted=counted)


def _runs_of(agent_id: str | None, items: Iterable[AgentRunItem]) -> list[AgentRun]:
    runs = (item.agent_run() for item in items)
    return [run for run in runs if agent_id in {None, run.agent_id}]
