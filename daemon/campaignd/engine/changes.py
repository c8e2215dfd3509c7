"""What changed between two executions that are compared: for people, and no verdict hangs on it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.execution import Launch
from campaignd.core.metrics import CovalMetric
from campaignd.engine.records import ResourceSeen

_NAMED = 3
Named = Mapping[tuple[str, str], str]
"""Kind and the campaign's name of a thing, to the vendor's id."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an execution was made of; a table knows its evidence alone."""

    evidence: Evidence
    named: Named = field(default_factory=dict)
    resources: tuple[ResourceSeen, ...] = ()


def name_ids(campaign: Campaign, launches: Sequence[Launch]) -> Named:
    """Tell which things of the vendors an execution's names stood for.

    Metrics are those of the campaign that is judged: values are found by their ids.
    """
    named: dict[tuple[str, str], str] = {}
    for launch in launches:
        cell = launch.cell
        named["agent", cell.agent] = cell.agent_id
        named["persona", cell.persona] = cell.persona_id
        named["test set", cell.test_set] = cell.test_set_id
        named.update({("mutation", each.name): each.mutation_id for each in cell.mutations})
    for name, metric in campaign.metrics.items():
        if isinstance(metric, CovalMetric):
            named["metric", name] = metric.id
    return named


def name_changes(then: Snapshot, now: Snapshot) -> tuple[str, ...]:
    """Name cells, test cases, and versions of everything that changed, a sentence each."""
    return (
        *_cells(then.evidence, now.evidence),
        *_test_cases(then.evidence, now.evidence),
        *_resources(then, now),
    )


def _cells(then: Evidence, now: Evidence) -> Iterator[str]:
    old, new = ([cell.key for cell in side.cells] for side in (then, now))
    if added := [key for key in new if key not in old]:
        yield f"new {_count('cell', added)}"
    if gone := [key for key in old if key not in new]:
        yield f"no more {_count('cell', gone)}"


def _test_cases(then: Evidence, now: Evidence) -> Iterator[str]:
    old, new = _by_test_set(then), _by_test_set(now)
    for test_set in old.keys() & new.keys():
        added, gone = (sorted(new[test_set] - old[test_set]), sorted(old[test_set] - new[test_set]))
        if added:
            yield f"test set {test_set} has {_count('new test case', added)}"
        if gone:
            yield f"test set {test_set} lacks {_count('test case', gone)}"


def _by_test_set(evidence: Evidence) -> dict[str, set[str]]:
    test_sets = {cell.key: cell.test_set for cell in evidence.cells}
    known: dict[str, set[str]] = {}
    for simulation in evidence.simulations:
        if simulation.test_case is not None and simulation.cell in test_sets:
            known.setdefault(test_sets[simulation.cell], set()).add(simulation.test_case)
    return known


def _resources(then: Snapshot, now: Snapshot) -> Iterator[str]:
    before = {(seen.kind, seen.vendor_id): seen for seen in then.resources}
    after = {(seen.kind, seen.vendor_id): seen for seen in now.resources}
    measured = {vendor_id for kind, vendor_id in before if kind == "metric"}
    for (kind, name), vendor_id in now.named.items():
        old_id = then.named.get((kind, name))
        seen, was = after.get((kind, vendor_id)), before.get((kind, vendor_id))
        if kind == "metric" and measured and vendor_id not in measured:
            yield f"metric {name} ({vendor_id}) was not measured then"
        elif old_id is not None and old_id != vendor_id:
            yield f"{kind} {name} is {vendor_id}, was {old_id}"
        elif seen is not None and was is not None:
            yield from _versions(f"{kind} {name}", was, seen)


def _versions(what: str, was: ResourceSeen, seen: ResourceSeen) -> Iterator[str]:
    if seen.version != was.version and seen.version and was.version:
        yield f"{what} has version {seen.version}, had {was.version}"
    elif seen.update_time != was.update_time and seen.update_time is not None:
        yield f"{what} was changed on {seen.update_time:%Y-%m-%d %H:%M} UTC"
    elif seen.cases != was.cases and seen.cases is not None and was.cases is not None:
        yield f"{what} has {seen.cases} test cases, had {was.cases}"


def _count(noun: str, names: Iterable[str]) -> str:
    listed = [*names]
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    plural = "s" * (len(listed) > 1)
    return f"{noun}{plural}: {', '.join(listed[:_NAMED])}{more}"
