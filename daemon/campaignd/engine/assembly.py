"""From what is stored of an execution to the evidence its gates are judged on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from campaignd.core.campaign import Campaign
from campaignd.core.coval import Aggregate, Simulation, Value
from campaignd.core.decide import latest_attempts
from campaignd.core.evidence import (
    BASE,
    CellEvidence,
    CellOutcome,
    Evidence,
    ScoreEvidence,
    SimulationEvidence,
)
from campaignd.core.execution import Launch
from campaignd.core.metrics import CovalMetric
from campaignd.core.states import LaunchState
from campaignd.engine.records import Measured, MeasuredLaunch

_BAD_ENDS = frozenset({LaunchState.FAILED, LaunchState.LOST, LaunchState.REFUSED})


def assemble(
    campaign: Campaign,
    launches: Sequence[Launch],
    measured: Measured,
    run_url: Callable[[str], str | None],
) -> Evidence:
    """Build the evidence; the last attempt of each cell feeds it, all attempts are counted."""
    names = metric_names(campaign)
    keys = _result_keys(measured, names)
    results = {part.launch.id: part for part in measured.launches}
    last = latest_attempts(launches)
    collected = [results[x.id] for x in last if x.state is LaunchState.COLLECTED]
    return Evidence(
        cells=tuple(_cell(launch, launches, results.get(launch.id), keys) for launch in last),
        simulations=tuple(s for part in collected for s in _simulations(part, names)),
        scores=tuple(_scores(campaign, measured)),
        titles=measured.titles,
        explanations=_explanations(measured, names),
        urls=dict(_urls(collected, run_url)),
        scored=tuple(name for name, agent in campaign.agents.items() if agent.cotool),
    )


def metric_names(campaign: Campaign) -> Mapping[str, tuple[str, ...]]:
    """Map each Coval metric id to the campaign's names for it; one id may have several."""
    names: dict[str, tuple[str, ...]] = {}
    for name, metric in campaign.metrics.items():
        if isinstance(metric, CovalMetric):
            names[metric.id] = (*names.get(metric.id, ()), name)
    return names


def _cell(
    launch: Launch,
    launches: Sequence[Launch],
    part: MeasuredLaunch | None,
    keys: Mapping[str, tuple[str, ...]],
) -> CellEvidence:
    attempts = [one for one in launches if one.cell.number == launch.cell.number and one.sends]
    cell = launch.cell
    return CellEvidence(
        key=cell.key,
        agent=cell.agent,
        persona=cell.persona,
        test_set=cell.test_set,
        variants=(BASE, *(variant.name for variant in cell.mutations)),
        cases_planned=cell.cases or 0,
        iterations=cell.options.iterations,
        outcome=_outcome(launch),
        attempts=max(len(attempts), 1),
        attempts_lost=sum(one.state in _BAD_ENDS for one in attempts) or _never_sent(launch),
        run_id=launch.run_id,
        aggregates=_aggregates(part, keys),
    )


def _never_sent(launch: Launch) -> int:
    return int(launch.sends == 0)


def _outcome(launch: Launch) -> CellOutcome:
    if launch.state is LaunchState.COLLECTED:
        return CellOutcome.COLLECTED
    timed_out = launch.given_up is not None and launch.given_up.is_timeout
    return CellOutcome.TIMED_OUT if timed_out else CellOutcome.LOST


def _result_keys(
    measured: Measured, names: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """Map what may key a metric in the older result shape to the campaign's names for it.

    "A name", says the contract: Coval's own, as preflight read it, is tried first, ours last.
    """
    ours = {name: (name,) for of_id in names.values() for name in of_id}
    coval = {
        seen.name: names[seen.vendor_id]
        for seen in measured.resources
        if seen.kind == "metric" and seen.vendor_id in names
    }
    return {**ours, **coval, **names}


def _aggregates(
    part: MeasuredLaunch | None, keys: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Aggregate]:
    if part is None:
        return {}
    return {name: a for key, a in part.aggregates.items() for name in keys.get(key, ())}


def _simulations(
    part: MeasuredLaunch, names: Mapping[str, tuple[str, ...]]
) -> Iterator[SimulationEvidence]:
    for simulation in sorted(part.simulations, key=_place_of):
        values: dict[str, Value] = {}
        for metric_id, value in part.values.get(simulation.simulation_id, {}).items():
            values.update(dict.fromkeys(names.get(metric_id, ()), value))
        yield SimulationEvidence(
            cell=part.launch.cell.key,
            variant=simulation.mutation_name or BASE,
            test_case=simulation.test_case_id,
            simulation_id=simulation.simulation_id,
            created_at=simulation.create_time,
            status=simulation.status,
            values=values,
            error=simulation.error,
        )


def _place_of(simulation: Simulation) -> tuple[str, str, datetime, str]:
    """By variant and test case, so that equal test cases stand in the same order every time."""
    return (
        simulation.mutation_name or "",
        simulation.test_case_id or "",
        simulation.create_time,
        simulation.simulation_id,
    )


def _scores(campaign: Campaign, measured: Measured) -> Iterator[ScoreEvidence]:
    for agent in campaign.agents:
        for run in measured.scores.get(agent, ()):
            yield ScoreEvidence(agent, run)


def _explanations(
    measured: Measured, names: Mapping[str, tuple[str, ...]]
) -> Mapping[tuple[str, str], str]:
    return {
        (simulation_id, name): text
        for (simulation_id, metric_id), text in measured.explanations.items()
        for name in names.get(metric_id, ())
    }


def _urls(
    collected: Sequence[MeasuredLaunch], run_url: Callable[[str], str | None]
) -> Iterator[tuple[str, str]]:
    for part in collected:
        url = run_url(part.launch.run_id or "")
        if url is not None:
            yield from ((s.simulation_id, url) for s in part.simulations)
