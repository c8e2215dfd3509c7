"""Asks the vendors for everything that a starter file may name."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Protocol, TypeVar

import anyio
from pydantic import Field, TypeAdapter, ValidationError

from campaignd.adapters.http.wording import one_line
from campaignd.adapters.starter.facts import Choice, Facts, Wanted
from campaignd.adapters.starter.passing import is_binary
from campaignd.adapters.starter.picking import Listed, StarterRefused, pick
from campaignd.adapters.starter.sizing import MOST_METRICS, MOST_MUTATIONS, by_size
from campaignd.core.campaign import part
from campaignd.core.cotool import CotoolAgent
from campaignd.core.coval import MetricResource, Resource, TargetCondition
from campaignd.core.metrics import METRIC_ID
from campaignd.engine.faults import AccessRefused, NotFound, VendorFault

_MetricId = Annotated[str, Field(pattern=METRIC_ID)]
_MOST_SIZED = 30
"""Test sets whose size is asked for: Coval tells it one by one."""


class Catalogue(Protocol):
    """What a starter needs of Coval."""

    async def list_agents(self) -> Sequence[Resource]: ...

    async def list_personas(self) -> Sequence[Resource]: ...

    async def list_test_sets(self) -> Sequence[Resource]: ...

    async def read_test_set(self, test_set_id: str) -> Resource: ...

    async def list_mutations(self, agent_id: str) -> Sequence[Resource]: ...

    async def list_metrics(self, *, include_builtin: bool) -> Sequence[MetricResource]: ...

    async def read_threshold(self, metric_id: str) -> TargetCondition | None: ...


class CotoolAgents(Protocol):
    """What a starter needs of Cotool."""

    async def list_agents(self) -> Sequence[CotoolAgent]: ...


L = TypeVar("L", bound=Listed)
T = TypeVar("T")


async def list_testable(coval: Catalogue) -> tuple[Resource, ...]:
    """List the agents that a campaign can test, by name."""
    return _usable(await coval.list_agents(), part.AgentId)


async def survey(coval: Catalogue, cotool: CotoolAgents | None, wanted: Wanted) -> Facts:
    """Ask for everything. Raises StarterRefused where something is wanted or needed and not there.

    What a key may not see and a starter can do without is noted; other faults are raised.
    """
    agents = _first(await list_testable(coval), (wanted.agent,) if wanted.agent else (), "agent")
    personas = _usable(await coval.list_personas(), part.PersonaId)
    test_sets = _usable(await coval.list_test_sets(), part.TestSetId)
    notes: list[str] = []
    metrics = await _tolerate(
        _pick_metrics(coval, wanted.metrics, agents.used[0]), Choice(), "metrics", notes
    )
    owned = coval.list_mutations(agents.used[0].id)
    mutations = _usable(await _tolerate(owned, (), "mutations", notes), part.MutationId)
    return Facts(
        agents=agents,
        personas=_first(personas, wanted.personas, "persona"),
        test_sets=await _pick_test_sets(coval, test_sets, wanted.test_sets),
        metrics=metrics,
        thresholds=await _read_thresholds(coval, metrics.used),
        mutations=Choice(mutations[:MOST_MUTATIONS], mutations[MOST_MUTATIONS:]),
        cotool=await _link(cotool, agents.used[0], notes),
        notes=tuple(notes),
    )


def _first(listed: tuple[L, ...], wanted: Sequence[str], what: str) -> Choice[L]:
    if wanted:
        return pick(listed, wanted, what)
    if not listed:
        raise StarterRefused(
            f"Coval lists no {what} for this key: create one there, "
            "or check CAMPAIGND_COVAL__API_KEY and CAMPAIGND_COVAL__WORKSPACE_ID"
        )
    return Choice(listed[:1], listed[1:])


async def _pick_metrics(
    coval: Catalogue, wanted: Sequence[str], agent: Resource
) -> Choice[MetricResource]:
    """Choose the agent's own metrics, else the organization's before those that Coval brings."""
    every = _fitting(await coval.list_metrics(include_builtin=True), _MetricId)
    if wanted:
        return pick(every, wanted, "metric")
    own = set(agent.metric_ids) & {metric.id for metric in every}
    own = own or {metric.id for metric in await coval.list_metrics(include_builtin=False)}
    ranked = sorted(every, key=lambda metric: (metric.id not in own, _rank(metric)))
    telling = [metric for metric in ranked if metric.id in own or not own][:MOST_METRICS]
    return Choice(tuple(telling), tuple(metric for metric in ranked if metric not in telling))


def _rank(metric: MetricResource) -> int:
    """Those first of which it is known what passes."""
    if metric.target is not None:
        return 0
    return 1 if is_binary(metric) else 2


async def _pick_test_sets(
    coval: Catalogue, test_sets: tuple[Resource, ...], wanted: Sequence[str]
) -> Choice[Resource]:
    chosen = pick(test_sets, wanted, "test set")
    sized = await _read_sizes(coval, (*chosen.used, *chosen.others)[:_MOST_SIZED])
    known = [replace(each, cases=sized.get(each.id, each.cases)) for each in test_sets]
    return _first(tuple(by_size(known)), wanted, "test set")


async def _read_sizes(coval: Catalogue, test_sets: Iterable[Resource]) -> Mapping[str, int | None]:
    async def read(test_set: Resource) -> int | None:
        return (await coval.read_test_set(test_set.id)).cases

    return await _read_each([each for each in test_sets if each.cases is None], read)


async def _read_thresholds(
    coval: Catalogue, metrics: Sequence[MetricResource]
) -> Mapping[str, TargetCondition]:
    async def read(metric: MetricResource) -> TargetCondition | None:
        return await coval.read_threshold(metric.id)

    found = await _read_each([metric for metric in metrics if metric.target is None], read)
    return {metric_id: target for metric_id, target in found.items() if target is not None}


async def _read_each(
    items: Sequence[L], read: Callable[[L], Awaitable[T | None]]
) -> dict[str, T | None]:
    """Read things side by side, by id; None for those that the key may not read."""
    found: dict[str, T | None] = {}

    async def keep(item: L) -> None:
        try:
            found[item.id] = await read(item)
        except (AccessRefused, NotFound):
            found[item.id] = None

    async with anyio.create_task_group() as tasks:
        for item in items:
            tasks.start_soon(keep, item)
    return found


async def _link(
    cotool: CotoolAgents | None, agent: Resource, notes: list[str]
) -> Choice[CotoolAgent]:
    """Take the one Cotool agent that bears the agent's name."""
    if cotool is None:
        return Choice()
    try:
        listed = await cotool.list_agents()
    except VendorFault as fault:
        notes.append(f"Cotool's agents are missing here: {fault}")
        return Choice()
    usable = _usable(listed, part.CotoolAgentId)
    same = [each for each in usable if _plain(each.name) == _plain(agent.name)]
    used = tuple(same) if len(same) == 1 else ()
    return Choice(used, tuple(each for each in usable if each not in used))


def _plain(name: str) -> str:
    return one_line(name).casefold()


async def _tolerate(work: Awaitable[T], without: T, what: str, notes: list[str]) -> T:
    try:
        return await work
    except AccessRefused as fault:
        notes.append(f"Coval's {what} are missing here: {fault}")
        return without


class _Deletable(Listed, Protocol):
    @property
    def deleted(self) -> bool: ...


D = TypeVar("D", bound=_Deletable)


def _usable(listed: Iterable[D], form: Any) -> tuple[D, ...]:
    return _fitting([item for item in listed if not item.deleted], form)


def _fitting(listed: Iterable[L], form: Any) -> tuple[L, ...]:
    """Keep what a campaign file can refer to, by name: an id of another form cannot be launched."""
    adapter = TypeAdapter[str](form)
    return tuple(
        sorted((item for item in listed if _fits(adapter, item.id)), key=lambda item: item.name)
    )


def _fits(adapter: TypeAdapter[str], vendor_id: str) -> bool:
    try:
        adapter.validate_python(vendor_id)
    except ValidationError:
        return False
    return True
