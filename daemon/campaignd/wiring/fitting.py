"""Fits a sandbox to a campaign, so that ids it has never heard of behave as declared."""

from datetime import timedelta

from campaignd.core.campaign import Agent, Campaign
from campaignd.core.metrics import CovalMetric, Measures, Metric, measures
from campaignd.sandbox import (
    Population,
    SandboxCotoolAgent,
    SandboxMetric,
    SandboxTestSet,
    Scenario,
)
from campaignd.sandbox.builtin import BUILT_IN

_PASSING = 0.93
"""The share of values that pass where a campaign says what passes."""


def fit(scenario: Scenario, campaign: Campaign) -> Scenario:
    """Add what the campaign declares and neither the built-in world nor the scenario knows."""
    known = BUILT_IN.joined_by(scenario.world)
    strangers = Population(
        test_sets={
            test_set.id: SandboxTestSet(name=name, cases=test_set.cases)
            for name, test_set in campaign.test_sets.items()
            if test_set.cases is not None and test_set.id not in known.test_sets
        },
        metrics={
            metric.id: _metric(name, metric)
            for name, metric in campaign.metrics.items()
            if isinstance(metric, CovalMetric) and metric.id not in known.metrics
        },
        cotool={
            agent.cotool.id: _cotool_agent(name, agent)
            for name, agent in campaign.agents.items()
            if agent.cotool and _lacks_runs(agent, known.cotool.get(agent.cotool.id))
        },
    )
    return scenario.model_copy(update={"world": strangers.joined_by(scenario.world)})


def _lacks_runs(agent: Agent, known: SandboxCotoolAgent | None) -> bool:
    """Whether a scored agent would have no runs: none by itself, and no calls that make some."""
    return known is None or (agent.coval is None and known.every is None)


def _cotool_agent(name: str, agent: Agent) -> SandboxCotoolAgent:
    if agent.coval is not None:
        return SandboxCotoolAgent(name=name, coval_agent=agent.coval)
    return SandboxCotoolAgent(name=name, every=timedelta(minutes=5))


def _metric(name: str, metric: Metric) -> SandboxMetric:
    match measures(metric):
        case Measures.TEXTS:
            return _of_texts(name, metric)
        case Measures.SETS:
            word = (metric.pass_when.contains if metric.pass_when else None) or "complete"
            shares = {word: _PASSING, "other": 0.5}
            return SandboxMetric(name=name, type="set", categories=shares)
        case Measures.NUMBERS:
            return _of_numbers(name, metric)
        case _:
            return SandboxMetric(name=name, rate=_PASSING)


def _of_texts(name: str, metric: Metric) -> SandboxMetric:
    condition = metric.pass_when
    good = [] if condition is None else [*(condition.one_of or ()), condition.equals]
    words = [word for word in good if word]
    if set(words) <= {"YES"}:
        return SandboxMetric(name=name, rate=_PASSING)
    shares = {word: _PASSING / len(words) for word in words}
    return SandboxMetric(name=name, type="category", categories={**shares, "other": 1 - _PASSING})


def _of_numbers(name: str, metric: Metric) -> SandboxMetric:
    """Choose a mean a little on the good side of what the campaign asks for."""
    condition = metric.pass_when
    mean = 0.8
    if condition is not None and condition.at_least is not None:
        mean = condition.at_least * 1.2
    elif condition is not None and condition.at_most is not None:
        mean = condition.at_most * 0.8
    elif condition is not None and condition.between is not None:
        mean = sum(condition.between) / 2
    return SandboxMetric(name=name, type="number", mean=mean, sd=abs(mean) * 0.1, unit=metric.unit)
