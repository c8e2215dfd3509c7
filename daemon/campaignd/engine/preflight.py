"""Reads everything that a campaign refers to, before anything is launched."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import anyio

from campaignd.core.campaign import Campaign
from campaignd.core.coval import MetricResource, Resource
from campaignd.core.metrics import CovalMetric
from campaignd.core.mistakes import Mistake, Path
from campaignd.core.plan import Cell
from campaignd.engine.faults import AccessRefused, KeyRefused, RemoteRejected, VendorFault
from campaignd.engine.ports import Cotool, CovalCatalogue
from campaignd.engine.records import ResourceSeen


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing that the campaign refers to: what, where in the file, and how to read it.

    `owner` is the agent of a mutation: each agent's is read by itself.
    """

    kind: str
    path: Path
    vendor_id: str
    read: Callable[[], Awaitable[ResourceSeen]]
    owner: str = ""


@dataclass(slots=True)
class Preflight:
    """What was read. `mistakes` are ids that do not exist; `sizes` by the test sets' names."""

    resources: list[ResourceSeen] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)


class Inspector:
    """Reads references from the vendors."""

    def __init__(self, coval: CovalCatalogue, cotool: Cotool) -> None:
        self._coval = coval
        self._cotool = cotool

    async def inspect(self, campaign: Campaign, cells: tuple[Cell, ...]) -> Preflight:
        """Read every id once. Raises KeyRefused and RemoteUnavailable; the rest is the result."""
        found = Preflight()
        faults: list[VendorFault] = []
        async with anyio.create_task_group() as tasks:

            async def stop_at_fault(work: Awaitable[None]) -> None:
                try:
                    await work
                except VendorFault as fault:
                    faults.append(fault)
                    tasks.cancel_scope.cancel()

            for reference in self._references(campaign, cells):
                tasks.start_soon(stop_at_fault, self._read(reference, found))
            for name in {cell.test_set for cell in cells}:
                titles = self._read_titles(campaign.test_sets[name].id, found)
                tasks.start_soon(stop_at_fault, titles)
        if faults:
            raise faults[0]
        found.mistakes.sort(key=lambda mistake: [str(part) for part in mistake.path])
        found.resources.sort(key=lambda seen: (seen.kind, seen.vendor_id))
        return found

    async def _read(self, reference: Reference, found: Preflight) -> None:
        try:
            seen = await reference.read()
        except KeyRefused:
            raise
        except AccessRefused as fault:
            found.warnings.append(f"the key may not read {reference.kind}s: {fault.message}")
        except RemoteRejected as fault:
            found.mistakes.append(_unknown(reference, fault))
        else:
            found.resources.append(seen)
            if seen.kind == "test set" and seen.cases is not None:
                found.sizes[str(reference.path[1])] = seen.cases

    async def _read_titles(self, test_set_id: str, found: Preflight) -> None:
        try:
            cases = await self._coval.list_test_cases(test_set_id)
        except KeyRefused:
            raise
        except RemoteRejected:
            return  # titles are for people; what matters of the test set is read by itself
        found.titles.update((case.id, case.name) for case in cases if case.name)

    def _references(self, campaign: Campaign, cells: tuple[Cell, ...]) -> Iterator[Reference]:
        yield from self._of_cells(campaign, cells)
        for name, metric in campaign.metrics.items():
            if isinstance(metric, CovalMetric):
                yield self._metric(("metrics", name, "id"), metric.id)
        for name, agent in campaign.agents.items():
            if agent.cotool is not None:
                yield self._cotool_agent(("agents", name, "cotool"), agent.cotool.id)

    def _of_cells(self, campaign: Campaign, cells: tuple[Cell, ...]) -> Iterator[Reference]:
        wanted: dict[tuple[Path, str], Reference] = {}
        for cell in cells:
            for reference in self._of_cell(campaign, cell):
                wanted.setdefault((reference.path, reference.owner), reference)
        yield from wanted.values()

    def _of_cell(self, campaign: Campaign, cell: Cell) -> Iterator[Reference]:
        coval = self._coval
        agent = ("agents", cell.agent, "coval")
        yield _named("agent", agent, cell.agent_id, coval.read_agent)
        persona = ("personas", cell.persona)
        yield _named("persona", persona, cell.persona_id, coval.read_persona)
        test_set = ("test_sets", cell.test_set)
        yield _named("test set", test_set, cell.test_set_id, coval.read_test_set)
        places = _mutation_places(campaign)
        for variant in cell.mutations:
            yield self._mutation(places[variant.mutation_id], cell.agent_id, variant.mutation_id)

    def _mutation(self, path: Path, agent_id: str, mutation_id: str) -> Reference:
        async def read(vendor_id: str) -> Resource:
            return await self._coval.read_mutation(agent_id, vendor_id)

        return replace(_named("mutation", path, mutation_id, read), owner=agent_id)

    def _metric(self, path: Path, metric_id: str) -> Reference:
        async def read() -> ResourceSeen:
            metric: MetricResource = await self._coval.read_metric(metric_id)
            return ResourceSeen(
                "metric", metric.id, metric.name, metric.version, metric.update_time
            )

        return Reference("metric", path, metric_id, read)

    def _cotool_agent(self, path: Path, agent_id: str) -> Reference:
        async def read() -> ResourceSeen:
            agent = await self._cotool.read_agent(agent_id)
            if agent.deleted:
                raise _Deleted
            return ResourceSeen("Cotool agent", agent.id, agent.name)

        return Reference("Cotool agent", path, agent_id, read)


class _Deleted(RemoteRejected):
    def __init__(self) -> None:
        super().__init__("the vendor", "the read", "it was deleted")


def _named(
    kind: str, path: Path, vendor_id: str, read: Callable[[str], Awaitable[Resource]]
) -> Reference:
    async def seen() -> ResourceSeen:
        resource = await read(vendor_id)
        if resource.deleted:
            raise _Deleted
        return ResourceSeen(
            kind, resource.id, resource.name, resource.version, resource.update_time, resource.cases
        )

    return Reference(kind, path, vendor_id, seen)


def _mutation_places(campaign: Campaign) -> Mapping[str, Path]:
    return {
        mutation_id: ("mutations", list_name, name)
        for list_name, mutations in campaign.mutations.items()
        for name, mutation_id in mutations.items()
    }


def _unknown(reference: Reference, fault: RemoteRejected) -> Mistake:
    return Mistake(
        reference.path,
        f"the {reference.kind} {reference.vendor_id} cannot be used: {fault.message}",
        "check the id, and that the key belongs to the same organization and workspace",
    )
