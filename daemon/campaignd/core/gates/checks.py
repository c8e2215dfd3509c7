"""Checks of a gate on a metric against what the campaign declares."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from campaignd.core.gates.declared import Declared, check_names
from campaignd.core.gates.selection import VARIANT_WORDS, Where, matches
from campaignd.core.metrics import CotoolMetric, Metric
from campaignd.core.mistakes import Mistake, suggest

if TYPE_CHECKING:
    from campaignd.core.gates.metric_gate import MetricGate

_COTOOL_ONLY = ("graded_at_least", "at_least_runs")


def check_metric_gate(gate: "MetricGate", declared: Declared) -> Iterator[Mistake]:
    """Find what does not fit; paths begin at the gate."""
    yield from check_where(gate.where, declared)
    metric = declared.metrics.get(gate.metric)
    if isinstance(metric, CotoolMetric):
        yield from gate.check_metric(metric)
        yield from _check_cotool(gate, metric, declared)
        return
    yield from _check_metric(gate, metric, declared)
    yield from _check_simulated(gate, declared)


def check_where(where: Where | None, declared: Declared) -> Iterator[Mistake]:
    """Every name must be declared, and some cell must fit all parts."""
    if where is None:
        return
    known = {
        "agents": (where.agents, declared.agents, "agent"),
        "personas": (where.personas, declared.personas, "persona"),
        "test_sets": (where.test_sets, declared.test_sets, "test set"),
        "cells": (where.cells, declared.cells, "cell"),
    }
    before = 0
    for key, (names, declared_names, what) in known.items():
        if names is not None and declared_names is not None:
            mistakes = list(check_names(("where", key), names, declared_names, what))
            before += len(mistakes)
            yield from mistakes
    if not before and declared.cells and not _selects(where, declared.cells):
        yield Mistake(("where",), "this selects no cell of the matrix", "leave out a part of it")


def _selects(where: Where, cells: Collection[str]) -> bool:
    if not (where.personas or where.test_sets or where.cells):
        return True  # an agent may be scored alone, without cells
    return any(selects_cell(where, key, *key.partition("#")[0].split("/")) for key in cells)


def selects_cell(where: Where | None, key: str, agent: str, persona: str, test_set: str) -> bool:
    """Whether all parts of `where` let a cell through."""
    return where is None or (
        matches(where.cells, key)
        and matches(where.agents, agent)
        and matches(where.personas, persona)
        and matches(where.test_sets, test_set)
    )


def _check_metric(
    gate: "MetricGate", metric: Metric | None, declared: Declared
) -> Iterator[Mistake]:
    if metric is not None:
        yield from gate.check_metric(metric)
    elif gate.metric not in gate.reserved:
        hint = suggest(gate.metric, [*declared.metrics, *gate.reserved])
        message = f"metric {gate.metric!r} is not declared"
        yield Mistake((gate.kind,), message, hint or "declare it under `metrics`")


def _check_simulated(gate: "MetricGate", declared: Declared) -> Iterator[Mistake]:
    for option in _COTOOL_ONLY:
        if getattr(gate, option) is not None:
            message = f"{option} is for Cotool metrics, and {gate.metric!r} is measured by Coval"
            yield Mistake((option,), message, "leave it out: missing values are bracketed")
    if "criterion" in gate.per:
        message = f"{gate.metric!r} has no criteria to split by"
        yield Mistake(("per",), message, "split a metric with `cotool: criteria` by criterion")
    if not declared.simulated:
        message = f"{gate.metric!r} is measured by Coval, and no agent has a `coval` id"
        yield Mistake((gate.kind,), message, "add the id to an agent")
    yield from _check_simulated_agents(gate.where, declared)
    yield from _check_variants(gate, declared)


def _check_simulated_agents(where: Where | None, declared: Declared) -> Iterator[Mistake]:
    for index, agent in enumerate((where and where.agents) or ()):
        if agent in declared.agents and agent not in declared.simulated:
            message = f"agent {agent!r} has no `coval` id, so it is never simulated"
            yield Mistake(("where", "agents", index), message)


def _check_variants(gate: "MetricGate", declared: Declared) -> Iterator[Mistake]:
    wanted = gate.chosen_variants
    place = ("variants",) if gate.variants else ("per",)
    if words := [word for word in wanted if word in VARIANT_WORDS[1:]]:
        if len(wanted) > 1:
            message = f"{words[0]!r} stands alone, not in a list with others"
            yield Mistake(place, message, "name base and single mutations, or one word")
        elif words == ["mutations"] and not declared.mutations:
            yield Mistake(place, "no mutations are declared", "add a list under `mutations`")
        return
    yield from check_names(place, wanted, [*declared.mutations, *VARIANT_WORDS], "mutation")
    if "mutation" in gate.per and wanted == ("base",):
        message = "the base agent alone cannot be split per mutation"
        yield Mistake(("variants",), message, "leave `variants` out, or write mutations")


def _check_cotool(
    gate: "MetricGate", metric: CotoolMetric, declared: Declared
) -> Iterator[Mistake]:
    if not declared.scored:
        message = f"{gate.metric!r} is scored by Cotool, and no agent has a `cotool` id"
        yield Mistake((gate.kind,), message, "add the id to an agent")
    if gate.variants:
        message = f"{gate.metric!r} is scored by Cotool, which knows no variants"
        yield Mistake(("variants",), message, "leave `variants` out")
    yield from _check_cotool_splits(gate, metric)
    yield from _check_cotool_where(gate.where, declared)
    if gate.graded_at_least == 0:
        message = "graded_at_least of 0% would judge a gate on nothing"
        yield Mistake(("graded_at_least",), message, "write a share above 0%, like 90%")


def _check_cotool_splits(gate: "MetricGate", metric: CotoolMetric) -> Iterator[Mistake]:
    allowed = {"agent", "criterion"} if metric.cotool == "criteria" else {"agent"}
    for split in gate.per:
        if split not in allowed:
            message = f"{gate.metric!r} is Cotool's {metric.cotool}: it has no {split} to split by"
            yield Mistake(("per",), message, f"use {' or '.join(sorted(allowed))}")


def _check_cotool_where(where: Where | None, declared: Declared) -> Iterator[Mistake]:
    if where is None:
        return
    for key in ("personas", "test_sets", "cells"):
        if getattr(where, key) is not None:
            message = f"Cotool's runs have no {key}"
            yield Mistake(("where", key), message, "narrow by agents, or leave it out")
    for index, agent in enumerate(where.agents or ()):
        if agent in declared.agents and agent not in declared.scored:
            message = f"agent {agent!r} has no `cotool` id, so it is never scored"
            yield Mistake(("where", "agents", index), message)
