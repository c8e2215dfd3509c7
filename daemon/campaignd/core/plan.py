"""From a campaign to its cells: what will be launched, in which order, at what size."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from campaignd.core.campaign import Agent, Campaign, Include, TestSet
from campaignd.core.coval import LaunchOrder, RunOptions
from campaignd.core.metrics import CovalMetric
from campaignd.core.mistakes import Mistake, Path

CHUNK = 100
"""Mutations that one Coval run takes at most."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A mutation as the campaign names it."""

    name: str
    mutation_id: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One future Coval run. `cases` is None while the test set's size is not known.

    `number` counts from 1 in plan order; `options.sample_size` is 0 where all cases run.
    """

    number: int
    key: str
    agent: str
    persona: str
    test_set: str
    agent_id: str
    persona_id: str
    test_set_id: str
    metric_ids: tuple[str, ...]
    mutations: tuple[Variant, ...]
    options: RunOptions
    cases: int | None

    @property
    def variants(self) -> int:
        """How many variants run: the base agent and each mutation."""
        return 1 + len(self.mutations)

    @property
    def simulations(self) -> int | None:
        """Cases x iterations x variants, or None while the cases are not known."""
        return None if self.cases is None else self.cases * self.options.iterations * self.variants


@dataclass(frozen=True, slots=True)
class Plan:
    """All cells of a campaign, in the order in which they are launched."""

    cells: tuple[Cell, ...]

    @property
    def simulations(self) -> int | None:
        """All simulations, or None while a test set's size is not known."""
        counts = [cell.simulations for cell in self.cells]
        return sum(c for c in counts if c is not None) if None not in counts else None

    @property
    def unsized(self) -> tuple[str, ...]:
        """Names of the test sets whose size is not known, each once."""
        return tuple(dict.fromkeys(c.test_set for c in self.cells if c.cases is None))


class PlanInvalid(Exception):
    """The matrix cannot be expanded; carries every mistake with its place in the file."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistake.message for mistake in mistakes))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A cell without its number, and the matrix entry that asked for it."""

    place: Path
    cell: Cell


def expand(campaign: Campaign, sizes: Mapping[str, int] | None = None) -> Plan:
    """Expand the matrix. `sizes` maps test set names to what Coval says of their size.

    Raises PlanInvalid with all mistakes: a cell declared twice, an empty matrix, two mutations
    of one name, two names of one mutation.
    """
    drafts = list(_drafts(campaign, sizes or {}))
    mistakes = [*_repeated(drafts), *_ambiguous(campaign, drafts), *_empty(campaign, drafts)]
    if mistakes:
        raise PlanInvalid(mistakes)
    return Plan(tuple(replace(d.cell, number=n) for n, d in enumerate(drafts, start=1)))


def order_for(cell: Cell, *, launch_key: str, title: str, tags: tuple[str, ...]) -> LaunchOrder:
    """Write the launch of a cell; the key ends the display name, which Coval cuts at 200."""
    room = 200 - len(launch_key) - 1
    return LaunchOrder(
        agent_id=cell.agent_id,
        persona_id=cell.persona_id,
        test_set_id=cell.test_set_id,
        metric_ids=cell.metric_ids,
        mutation_ids=tuple(variant.mutation_id for variant in cell.mutations),
        options=cell.options,
        display_name=f"{f'{title} {cell.key}'[:room]} {launch_key}",
        tags=tags,
        launch_key=launch_key,
    )


def _drafts(campaign: Campaign, sizes: Mapping[str, int]) -> Iterator[_Draft]:
    for place, entry in _entries(campaign):
        for names in product(*_axes(campaign, entry)):
            if not _is_excluded(campaign, *names):
                yield from _chunks(campaign, entry, place, sizes, names)


def _entries(campaign: Campaign) -> Iterator[tuple[Path, Include]]:
    if campaign.matrix is None or not campaign.matrix.include:
        yield ("matrix",), Include()
        return
    for index, entry in enumerate(campaign.matrix.include):
        yield ("matrix", "include", index), entry


def _axes(campaign: Campaign, entry: Include) -> tuple[Iterable[str], ...]:
    launchable = [name for name, agent in campaign.agents.items() if agent.coval is not None]
    return (
        launchable if entry.agents == "all" else entry.agents,
        campaign.personas if entry.personas == "all" else entry.personas,
        campaign.test_sets if entry.test_sets == "all" else entry.test_sets,
    )


def _is_excluded(campaign: Campaign, agent: str, persona: str, test_set: str) -> bool:
    def covers(names: Sequence[str] | str | None, name: str) -> bool:
        return names is None or names == "all" or name in names

    return campaign.matrix is not None and any(
        covers(rule.agents, agent)
        and covers(rule.personas, persona)
        and covers(rule.test_sets, test_set)
        for rule in campaign.matrix.exclude
    )


def _chunks(
    campaign: Campaign,
    entry: Include,
    place: Path,
    sizes: Mapping[str, int],
    names: tuple[str, ...],
) -> Iterator[_Draft]:
    agent, persona, test_set = names
    whole = _whole_cell(campaign, entry, sizes, names)
    mutations = tuple(_mutations(campaign, entry, campaign.agents[agent]))
    for start in range(0, max(len(mutations), 1), CHUNK):
        suffix = f"#{start // CHUNK + 1}" if start else ""
        key = f"{agent}/{persona}/{test_set}{suffix}"
        yield _Draft(place, replace(whole, key=key, mutations=mutations[start : start + CHUNK]))


def _whole_cell(
    campaign: Campaign, entry: Include, sizes: Mapping[str, int], names: tuple[str, ...]
) -> Cell:
    agent, persona, test_set = names
    declared = campaign.test_sets[test_set]
    return Cell(
        number=0,
        key="",
        agent=agent,
        persona=persona,
        test_set=test_set,
        agent_id=campaign.agents[agent].coval or "",
        persona_id=campaign.personas[persona].id,
        test_set_id=declared.id,
        metric_ids=_metric_ids(campaign),
        mutations=(),
        options=_options(campaign, entry, test_set),
        cases=count_cases(declared, sizes.get(test_set, declared.cases)),
    )


def _metric_ids(campaign: Campaign) -> tuple[str, ...]:
    """Return each Coval metric once: two names may look at one metric in two ways."""
    ids = (metric.id for metric in campaign.metrics.values() if isinstance(metric, CovalMetric))
    return tuple(dict.fromkeys(ids))


def _options(campaign: Campaign, entry: Include, name: str) -> RunOptions:
    test_set = campaign.test_sets[name]
    options = RunOptions(
        iterations=entry.iterations or campaign.options.iterations,
        concurrency=entry.concurrency or campaign.options.concurrency,
        test_case_ids=tuple(test_set.test_cases),
    )
    if test_set.sample is None:
        return options
    seed = test_set.sample.seed
    fixed = zlib.crc32(f"{campaign.name}/{name}".encode()) & 0x7FFFFFFF
    return replace(
        options,
        sample_size=test_set.sample.size,
        sample_seed=fixed if seed is None else seed,
    )


def count_cases(test_set: TestSet, size: int | None) -> int | None:
    """How many test cases run, of a test set with `size` of them."""
    if test_set.test_cases:
        return len(test_set.test_cases)
    if test_set.sample is None:
        return size
    return test_set.sample.size if size is None else min(test_set.sample.size, size)


def _mutations(campaign: Campaign, entry: Include, agent: Agent) -> Iterator[Variant]:
    seen: set[str] = set()
    for name, mutation_id in _listed(campaign, entry, agent):
        if mutation_id not in seen:
            seen.add(mutation_id)
            yield Variant(name, mutation_id)


def _listed(campaign: Campaign, entry: Include, agent: Agent) -> Iterator[tuple[str, str]]:
    for list_name in _lists(campaign, entry, agent):
        yield from campaign.mutations[list_name].items()


def _lists(campaign: Campaign, entry: Include, agent: Agent) -> Iterable[str]:
    if entry.mutations is None:
        return agent.mutations
    if entry.mutations == "all":
        return campaign.mutations
    return () if entry.mutations == "none" else entry.mutations


def _repeated(drafts: Sequence[_Draft]) -> Iterator[Mistake]:
    first: dict[str, Path] = {}
    for draft in drafts:
        earlier = first.get(draft.cell.key)
        if earlier is not None:
            yield Mistake(
                draft.place,
                f"the cell {draft.cell.key} is already asked for by {_spell(earlier)}",
                "exclude it, or narrow one of the two entries",
            )
        first.setdefault(draft.cell.key, draft.place)


def _spell(place: Path) -> str:
    return f"{place[0]}.{place[1]}[{place[2]}]" if len(place) == 3 else str(place[0])  # noqa: PLR2004


def _ambiguous(campaign: Campaign, drafts: Sequence[_Draft]) -> Iterator[Mistake]:
    """Yield each clash once, however many cells of an entry have it."""
    entries = dict(_entries(campaign))
    asked = dict.fromkeys((draft.place, draft.cell.agent) for draft in drafts)
    clashes = (
        clash
        for place, agent in asked
        for clash in _clashes(place, _listed(campaign, entries[place], campaign.agents[agent]))
    )
    yield from dict.fromkeys(clashes)


def _clashes(place: Path, listed: Iterable[tuple[str, str]]) -> Iterator[Mistake]:
    ids: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, mutation_id in listed:
        if ids.setdefault(name, mutation_id) != mutation_id:
            yield Mistake(
                place,
                f"two different mutations are named {name!r} in one cell",
                "rename one of them: gates and reports know a mutation by its name",
            )
        first = names.setdefault(mutation_id, name)
        if first != name:
            yield Mistake(
                place,
                f"one mutation is named both {first!r} and {name!r} in one cell",
                "it runs once, under one name: use the same name in both lists",
            )


def _empty(campaign: Campaign, drafts: Sequence[_Draft]) -> Iterator[Mistake]:
    launchable = any(agent.coval is not None for agent in campaign.agents.values())
    if not drafts and (launchable or campaign.matrix is not None):
        yield Mistake(
            ("matrix",) if campaign.matrix is not None else ("agents",),
            "the matrix is empty: no agent, persona and test set remain to run",
            "declare personas and test sets, or exclude less",
        )
