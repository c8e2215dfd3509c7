"""Reads what campaigns refer to: agents, personas, test sets, test cases, mutations, metrics."""

from collections.abc import Mapping, Sequence

from campaignd.adapters.coval import catalogue_wire as wire
from campaignd.adapters.coval.filters import equals
from campaignd.adapters.coval.pages import SMALL_PAGE, read_pages
from campaignd.adapters.http.calls import Call, path
from campaignd.adapters.http.lane import Lane
from campaignd.core.coval import MetricResource, Resource, TargetCondition
from campaignd.engine.faults import NotFound

_PAGE_SIZE: Mapping[str, str] = {"page_size": str(SMALL_PAGE)}


class CatalogueClient:
    """The engine's `CovalCatalogue` over one lane, and the lists that a starter file needs."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    async def read_agent(self, agent_id: str) -> Resource:
        call = Call("GET", path("agents", agent_id))
        return (await self._lane.read(call, wire.AgentAnswer)).agent.resource()

    async def read_persona(self, persona_id: str) -> Resource:
        call = Call("GET", path("personas", persona_id))
        return (await self._lane.read(call, wire.PersonaAnswer)).persona.resource()

    async def read_test_set(self, test_set_id: str) -> Resource:
        call = Call("GET", path("test-sets", test_set_id))
        return (await self._lane.read(call, wire.SetAnswer)).test_set.resource()

    async def read_mutation(self, agent_id: str, mutation_id: str) -> Resource:
        call = Call("GET", path("agents", agent_id, "mutations", mutation_id))
        return (await self._lane.read(call, wire.MutationAnswer)).mutation.resource()

    async def read_metric(self, metric_id: str) -> MetricResource:
        call = Call("GET", path("metrics", metric_id))
        return (await self._lane.read(call, wire.MetricAnswer)).metric.metric()

    async def read_threshold(self, metric_id: str) -> TargetCondition | None:
        """The organization's threshold of a metric; None where none is set."""
        call = Call("GET", path("metrics", metric_id, "threshold"))
        try:
            threshold = (await self._lane.read(call, wire.ThresholdAnswer)).threshold
        except NotFound:
            return None
        return None if threshold is None else threshold.target()

    async def list_agents(self) -> Sequence[Resource]:
        return await self._list(path("agents"), wire.AgentPage)

    async def list_personas(self) -> Sequence[Resource]:
        return await self._list(path("personas"), wire.PersonaPage)

    async def list_test_sets(self) -> Sequence[Resource]:
        return await self._list(path("test-sets"), wire.SetPage)

    async def list_mutations(self, agent_id: str) -> Sequence[Resource]:
        return await self._list(path("agents", agent_id, "mutations"), wire.MutationPage)

    async def list_test_cases(self, test_set_id: str) -> Sequence[Resource]:
        params = {**_PAGE_SIZE, "filter": str(equals("test_set_id", test_set_id))}
        found: dict[str, Resource] = {}
        async for page in read_pages(self._lane, path("test-cases"), params, wire.CasePage):
            own = (item for item in page.items if item.test_set_id in {None, test_set_id})
            found.update((item.id, item.resource()) for item in own)
        return list(found.values())

    async def list_metrics(self, *, include_builtin: bool) -> Sequence[MetricResource]:
        params = {**_PAGE_SIZE, "include_builtin": "true"} if include_builtin else _PAGE_SIZE
        found: dict[str, MetricResource] = {}
        async for page in read_pages(self._lane, path("metrics"), params, wire.MetricPage):
            found.update((item.id, item.metric()) for item in page.items)
        return list(found.values())

    async def _list(self, path: str, document: type[wire.ResourcePage]) -> Sequence[Resource]:
        found: dict[str, Resource] = {}
        async for page in read_pages(self._lane, path, _PAGE_SIZE, document):
            found.update((item.id, item.resource()) for item in page.items)
        return list(found.values())
