"""Cotool's `/api`: the list of agent runs with all its filters, and the agents."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AllowInfNan, BaseModel, ConfigDict, TypeAdapter, ValidationError

from campaignd.sandbox.calls import Answer, Call
from campaignd.sandbox.cotool_runs import AgentRun, AgentRuns
from campaignd.sandbox.moments import ORIGIN, read_moment, write_moment
from campaignd.sandbox.population import SandboxCotoolAgent
from campaignd.sandbox.world import World

_SORT_FIELDS = ("createdAt", "updatedAt", "agentName", "modelAlias", "evalScore")
_LARGEST_PAGE = 100
_SEED_LACKS = frozenset({"agentType", "status", "criticalIssue", "acceptanceCriteriaResults"})
_GOOD_SCORE = 75


class BadRequest(Exception):
    """A parameter that is not in order; the text is the answer's body, status 400."""


class NoSuchAgent(Exception):
    """An agent that does not exist; the text is the answer's body, status 404."""


class ScoreFilter(BaseModel):
    """One entry of `scoreFilters`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    op: Literal["gt", "lt", "eq", "ge", "le"]
    value: Annotated[float, AllowInfNan(False)]

    def holds(self, score: float) -> bool:
        match self.op:
            case "gt":
                return score > self.value
            case "lt":
                return score < self.value
            case "eq":
                return score == self.value
            case "ge":
                return score >= self.value
            case "le":
                return score <= self.value


_SCORE_FILTERS = TypeAdapter(list[ScoreFilter])


@dataclass(frozen=True, slots=True)
class Request:
    """A list request that is in order; None and empty leave a filter out."""

    page: int
    size: int
    sort_field: str
    descending: bool
    agent_id: str | None
    agent_name: str | None
    tools: frozenset[str]
    date_from: datetime | None
    date_to: datetime | None
    sources: frozenset[str]
    scores: tuple[ScoreFilter, ...]

    def takes(self, run: AgentRun, now: datetime) -> bool:
        """Whether a run fits. Date ends are inclusive, any tool will do, any score filter too."""
        agent = run.agent
        named = self.agent_name is None or self.agent_name.lower() in agent.name.lower()
        return (
            named
            and (not self.tools or bool(self.tools.intersection(agent.tools)))
            and (self.date_from is None or run.created_at >= self.date_from)
            and (self.date_to is None or run.created_at <= self.date_to)
            and (not self.sources or agent.trigger_source in self.sources)
            and self._takes_score(run, now)
        )

    def _takes_score(self, run: AgentRun, now: datetime) -> bool:
        if not self.scores:
            return True
        return run.is_graded(now) and any(item.holds(run.grade.score) for item in self.scores)


class Cotool:
    """Answers Cotool's requests. Every method may raise BadRequest or NoSuchAgent."""

    def __init__(self, world: World) -> None:
        self._directory = world.directory
        self._runs = AgentRuns(world)
        self._only_seed_fields = world.scenario.failures.cotool_fields == "seed"

    def list_runs(self, call: Call) -> Answer:
        request = _read_request(call)
        taken = [
            run
            for agent_id, agent in self._asked_for(request)
            for run in self._runs.of(agent_id, agent, call.now)
            if request.takes(run, call.now)
        ]
        start = request.page * request.size
        page = _sorted(taken, request, call.now)[start : start + request.size]
        return {"runs": [self._write(run, call.now) for run in page], "totalCount": len(taken)}

    def list_agents(self, _call: Call) -> list[Answer]:
        return [_write_agent(agent_id, agent) for agent_id, agent in self._known().items()]

    def read_agent(self, call: Call) -> Answer:
        agent_id = call.path["agent_id"].lower()
        agent = self._directory.cotool_agent(agent_id)
        if agent is None:
            raise NoSuchAgent("Agent not found")
        return _write_agent(agent_id, agent)

    def _asked_for(self, request: Request) -> Iterator[tuple[str, SandboxCotoolAgent]]:
        if request.agent_id is None:
            yield from self._known().items()
            return
        agent = self._directory.cotool_agent(request.agent_id)
        if agent is not None:
            yield request.agent_id, agent

    def _known(self) -> Mapping[str, SandboxCotoolAgent]:
        known = self._directory.known
        return {key: agent for key, agent in known.cotool.items() if key not in known.deleted}

    def _write(self, run: AgentRun, now: datetime) -> Answer:
        body = _write_run(run, now)
        if self._only_seed_fields:
            return {key: item for key, item in body.items() if key not in _SEED_LACKS}
        return body


def _sorted(runs: list[AgentRun], request: Request, now: datetime) -> list[AgentRun]:
    """Order runs; ungraded ones come last when the order is by score, in both directions."""
    keys: Mapping[str, Callable[[AgentRun], Any]] = {
        "createdAt": lambda run: run.created_at,
        "updatedAt": lambda run: run.updated_at(now),
        "agentName": lambda run: run.agent.name,
        "modelAlias": lambda run: run.agent.model,
        "evalScore": lambda run: run.grade.score,
    }
    rank = keys[request.sort_field]
    ordered = sorted(
        runs, key=lambda run: (rank(run), run.created_at, run.run_id), reverse=request.descending
    )
    if request.sort_field == "evalScore":
        ordered.sort(key=lambda run: not run.is_graded(now))
    return ordered


def _read_request(call: Call) -> Request:
    return Request(
        page=_number(call, "page", 0, (0, None)),
        size=_number(call, "pageSize", 50, (1, _LARGEST_PAGE)),
        sort_field=_one_of(call, "sortField", _SORT_FIELDS),
        descending=_one_of(call, "sortDirection", ("desc", "asc")) == "desc",
        agent_id=_agent_id(call),
        agent_name=call.asked("agentNameFilter"),
        tools=_words(call, "toolFilter"),
        date_from=_date(call, "dateFrom"),
        date_to=_date(call, "dateTo"),
        sources=_words(call, "triggerSourceFilter"),
        scores=_score_filters(call),
    )


def _number(call: Call, name: str, default: int, limits: tuple[int, int | None]) -> int:
    text = call.asked(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdigit() else -1
    lowest, highest = limits
    if number < lowest or (highest is not None and number > highest):
        most = "" if highest is None else f" and at most {highest}"
        raise BadRequest(f"{name} must be a number of at least {lowest}{most}")
    return number


def _one_of(call: Call, name: str, allowed: tuple[str, ...]) -> str:
    word = call.asked(name) or allowed[0]
    if word not in allowed:
        raise BadRequest(f"{name} must be one of {', '.join(allowed)}")
    return word


def _agent_id(call: Call) -> str | None:
    text = call.asked("agentIdFilter")
    try:
        return None if text is None else str(UUID(text))
    except ValueError:
        raise BadRequest("agentIdFilter must be a UUID") from None


def _words(call: Call, name: str) -> frozenset[str]:
    text = call.asked(name) or ""
    return frozenset(filter(None, (word.strip() for word in text.split(","))))


def _date(call: Call, name: str) -> datetime | None:
    text = call.asked(name)
    try:
        return None if text is None else read_moment(text)
    except ValueError:
        raise BadRequest(f"{name} must be an ISO 8601 time") from None


def _score_filters(call: Call) -> tuple[ScoreFilter, ...]:
    text = call.asked("scoreFilters")
    if text is None:
        return ()
    try:
        return tuple(_SCORE_FILTERS.validate_python(json.loads(text)))
    except (ValueError, ValidationError):
        raise BadRequest(
            "scoreFilters must be a JSON array of {op, value}, op one of gt, lt, eq, ge, le"
        ) from None


def _write_run(run: AgentRun, now: datetime) -> Answer:
    agent, status = run.agent, run.status(now)
    return {
        "id": run.run_id,
        "agentId": run.agent_id,
        "agentName": agent.name,
        "agentType": "response",
        "runTitle": run.title,
        "createdAt": write_moment(run.created_at),
        "updatedAt": write_moment(run.updated_at(now)),
        "modelAlias": agent.model,
        "modelName": None,
        "toolNames": list(agent.tools),
        "totalToolCount": len(agent.tools),
        "hasError": status == "error",
        "isStreaming": status == "running",
        "status": status,
        "triggerSource": agent.trigger_source,
        "triggerName": agent.trigger_name,
    } | _write_grade(run, now)


def _write_grade(run: AgentRun, now: datetime) -> Answer:
    if not run.is_graded(now):
        return {
            "evalScore": None,
            "evalExplanation": None,
            "evalBulletSummary": None,
            "criticalIssue": None,
            "acceptanceCriteriaResults": None,
        }
    grade = run.grade
    met = list(zip(run.agent.criteria, grade.met, strict=True))
    good = grade.score >= _GOOD_SCORE
    return {
        "evalScore": grade.score,
        "evalExplanation": (
            "The right outcome, reached in a sensible order."
            if good
            else "The outcome is debatable: a step that was needed is missing."
        ),
        "evalBulletSummary": ["Outcome correct" if good else "One step missing"],
        "criticalIssue": (
            {"category": "authentication", "explanation": "Acted without checking who asked."}
            if grade.critical
            else None
        ),
        "acceptanceCriteriaResults": [_write_criterion(text, met=is_met) for text, is_met in met],
    }


def _write_criterion(text: str, *, met: bool) -> Answer:
    explanation = "Seen in the tool calls." if met else "Nothing in the run shows it."
    return {"criterion": text, "met": met, "explanation": explanation}


def _write_agent(agent_id: str, agent: SandboxCotoolAgent) -> Answer:
    return {
        "id": agent_id,
        "name": agent.name,
        "description": agent.description,
        "tags": [],
        "toolNames": list(agent.tools),
        "inputs": [],
        "triggerSummary": [],
        "acceptanceCriteria": list(agent.criteria),
        "modelAlias": agent.model,
        "createdAt": write_moment(ORIGIN),
        "updatedAt": write_moment(ORIGIN),
        "deletedAt": None,
    }
