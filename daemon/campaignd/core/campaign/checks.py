"""What no part of a campaign can see alone: names that must be declared, parts that must fit."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from math import prod

from campaignd.core.campaign.campaign import Campaign
from campaignd.core.campaign.matrix import Exclude, Include
from campaignd.core.campaign.report import Webhook
from campaignd.core.campaign.resources import Agent, TestSet
from campaignd.core.gates import Declared
from campaignd.core.metrics import CotoolMetric, CovalMetric
from campaignd.core.mistakes import Mistake, Path, suggest

MOST_COMBINATIONS = 20_000


def check_campaign(campaign: Campaign) -> Iterator[Mistake]:
    """Find every mistake between the parts of a campaign whose parts are right."""
    yield from _check_tags(campaign.tags)
    yield from _check_agents(campaign)
    yield from _check_test_sets(campaign)
    yield from _check_mutations(campaign)
    yield from _check_metrics(campaign)
    yield from _check_matrix(campaign)
    yield from _check_size(campaign)
    yield from _check_scoring(campaign)
    yield from _check_schedule(campaign)
    waived = [entry.test_case for entry in campaign.waive]
    for mistake in _repeated(("waive",), waived, "test case"):
        yield Mistake((*mistake.path, "test_case"), mistake.message)
    for index, webhook in enumerate(campaign.report.webhooks):
        yield from _check_webhook(("report", "webhooks", index), webhook)


def describe_declared(campaign: Campaign, cells: Collection[str] | None) -> Declared:
    """What gates may refer to. `cells` are the keys of the cells, None while not known."""
    agents = campaign.agents
    return Declared(
        metrics=campaign.metrics,
        agents=agents,
        simulated=[name for name, agent in agents.items() if agent.coval is not None],
        scored=[name for name, agent in agents.items() if agent.cotool is not None],
        personas=campaign.personas,
        test_sets=campaign.test_sets,
        mutations={name for listed in campaign.mutations.values() for name in listed},
        cells=cells,
    )


def _check_tags(tags: Sequence[str]) -> Iterator[Mistake]:
    yield from _repeated(("tags",), tags, "tag")


def _check_agents(campaign: Campaign) -> Iterator[Mistake]:
    for name, agent in campaign.agents.items():
        path = ("agents", name)
        if agent.coval is None and agent.cotool is None:
            yield Mistake(
                path,
                f"the agent {name!r} has neither 'coval' nor 'cotool'",
                "give it the id of a Coval agent, of a Cotool agent, or both",
            )
        yield from _check_agent_mutations(campaign, (*path, "mutations"), agent)


def _check_agent_mutations(campaign: Campaign, path: Path, agent: Agent) -> Iterator[Mistake]:
    yield from _undeclared(path, agent.mutations, campaign.mutations, "mutation list")
    yield from _repeated(path, agent.mutations, "mutation list")
    if agent.mutations and agent.coval is None:
        yield Mistake(path, "mutations run on Coval, but this agent has no 'coval' id")


def _check_test_sets(campaign: Campaign) -> Iterator[Mistake]:
    for name, test_set in campaign.test_sets.items():
        yield from _check_test_set(("test_sets", name), test_set)


def _check_test_set(path: Path, test_set: TestSet) -> Iterator[Mistake]:
    yield from _repeated((*path, "test_cases"), test_set.test_cases, "test case")
    if test_set.sample is not None and test_set.test_cases:
        yield Mistake(
            (*path, "sample"),
            "a test set is sampled or its cases are chosen: not both",
            "remove 'sample' or 'test_cases'",
        )
    if test_set.sample and test_set.cases and test_set.sample.size > test_set.cases:
        yield Mistake(
            (*path, "sample", "size"),
            f"a sample of {test_set.sample.size} is more than the set's {test_set.cases} cases",
        )


def _check_mutations(campaign: Campaign) -> Iterator[Mistake]:
    for list_name, mutations in campaign.mutations.items():
        path = ("mutations", list_name)
        if not mutations:
            yield Mistake(path, f"the mutation list {list_name!r} is empty")
        first: dict[str, str] = {}
        for name, mutation_id in mutations.items():
            if mutation_id in first:
                yield Mistake(
                    (*path, name), f"{name!r} has the same mutation id as {first[mutation_id]!r}"
                )
            first.setdefault(mutation_id, name)


def _check_metrics(campaign: Campaign) -> Iterator[Mistake]:
    on_coval = any(agent.coval for agent in campaign.agents.values())
    on_cotool = any(agent.cotool for agent in campaign.agents.values())
    for name, metric in campaign.metrics.items():
        if isinstance(metric, CovalMetric) and not on_coval:
            yield Mistake(
                ("metrics", name), f"{name!r} is measured on Coval, but no agent has a 'coval' id"
            )
        if isinstance(metric, CotoolMetric) and not on_cotool:
            yield Mistake(
                ("metrics", name), f"{name!r} comes from Cotool, but no agent has a 'cotool' id"
            )


def _check_matrix(campaign: Campaign) -> Iterator[Mistake]:
    if campaign.matrix is None:
        return
    if not campaign.matrix.include:
        yield Mistake(
            ("matrix", "include"), "no combination is included", "remove 'include' to run all"
        )
    for index, entry in enumerate(campaign.matrix.include):
        path = ("matrix", "include", index)
        yield from _check_selections(campaign, path, entry)
        yield from _check_launchable(campaign, (*path, "agents"), entry)
        if isinstance(entry.mutations, tuple):
            lists = (*path, "mutations")
            yield from _undeclared(lists, entry.mutations, campaign.mutations, "mutation list")
            yield from _repeated(lists, entry.mutations, "mutation list")
    for index, rule in enumerate(campaign.matrix.exclude):
        yield from _check_selections(campaign, ("matrix", "exclude", index), rule)


def _check_selections(
    campaign: Campaign, path: Path, entry: Include | Exclude
) -> Iterator[Mistake]:
    for key, chosen, declared, what in (
        ("agents", entry.agents, campaign.agents, "agent"),
        ("personas", entry.personas, campaign.personas, "persona"),
        ("test_sets", entry.test_sets, campaign.test_sets, "test set"),
    ):
        if chosen == "all":
            continue
        if not chosen:
            yield Mistake((*path, key), f"no {what} is named", f"write {key}: all, or names")
        yield from _undeclared((*path, key), chosen, declared, what)
        yield from _repeated((*path, key), chosen, what)


def _check_launchable(campaign: Campaign, path: Path, entry: Include) -> Iterator[Mistake]:
    if entry.agents == "all":
        return
    for index, name in enumerate(entry.agents):
        agent = campaign.agents.get(name)
        if agent is not None and agent.coval is None:
            yield Mistake(
                (*path, index),
                f"the agent {name!r} has no 'coval' id, so it cannot run in the matrix",
                "give it one, or take it out here: it is scored all the same",
            )


def _check_size(campaign: Campaign) -> Iterator[Mistake]:
    entries = campaign.matrix.include if campaign.matrix else (Include(),)
    size = sum(_count_combinations(campaign, entry) for entry in entries)
    if size > MOST_COMBINATIONS:
        yield Mistake(
            ("matrix",),
            f"the matrix has {size} combinations: at most {MOST_COMBINATIONS} are expanded",
            "name the agents, personas and test sets that matter",
        )


def _count_combinations(campaign: Campaign, entry: Include) -> int:
    axes = (
        (entry.agents, campaign.agents),
        (entry.personas, campaign.personas),
        (entry.test_sets, campaign.test_sets),
    )
    return prod(len(every) if chosen == "all" else len(chosen) for chosen, every in axes)


def _check_scoring(campaign: Campaign) -> Iterator[Mistake]:
    launches = any(agent.coval for agent in campaign.agents.values())
    if not launches and campaign.cotool.window == "execution":
        yield Mistake(
            ("cotool", "window"),
            "nothing is launched, so the window 'execution' holds no Cotool run",
            "write cotool: {window: {last: 24h}}",
        )


def _check_schedule(campaign: Campaign) -> Iterator[Mistake]:
    if not campaign.schedule:
        return
    for name, declared in campaign.inputs.items():
        if declared.default is None:
            yield Mistake(
                ("inputs", name),
                f"a scheduled execution cannot ask for the input {name!r}",
                "give it a default, or remove the schedule",
            )


def _check_webhook(path: Path, webhook: Webhook) -> Iterator[Mistake]:
    if webhook.url is None and webhook.url_secret is None:
        yield Mistake(path, "a webhook needs an address", "write 'url' or 'url_secret'")
    if webhook.url is not None and webhook.url_secret is not None:
        yield Mistake(
            (*path, "url_secret"),
            "a webhook has one address",
            "remove 'url' or 'url_secret'",
        )
    if not webhook.verdicts:
        yield Mistake(
            (*path, "verdicts"),
            "no verdict is worth a message here",
            "write verdicts: all, or name some",
        )


def _undeclared(
    path: Path, names: Sequence[str], declared: Collection[str], what: str
) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if name not in declared:
            yield Mistake(
                (*path, index),
                f"the {what} {name!r} is not declared",
                suggest(name, declared) or _list_declared(declared, what),
            )


def _list_declared(declared: Iterable[str], what: str) -> str:
    names = sorted(declared)
    return f"declared are {', '.join(names[:10])}" if names else f"no {what} is declared"


def _repeated(path: Path, names: Sequence[str], what: str) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Mistake((*path, index), f"the {what} {name!r} stands here twice")
        seen.add(name)
