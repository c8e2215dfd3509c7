"""What a campaign would launch and cost, as a table and as data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, sized
from campaignd.adapters.reporters.plan_gates import draw_gates, gate_data
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.campaign import Campaign
from campaignd.core.forecast import ASSUMED_SIMULATION, expected_duration
from campaignd.core.gates.foresight.forecast import GateForecast
from campaignd.core.plan import Cell, Plan


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan with what there is to say of it; `refusals` are why `run` would not launch it.

    `gates` are forecasts, `basis` sentences about what they were reckoned from.
    """

    campaign: Campaign
    plan: Plan
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    gates: tuple[GateForecast, ...] = ()
    basis: tuple[str, ...] = ()

    @property
    def duration(self) -> timedelta | None:
        """How long the runs would take, by the stated assumption."""
        limits = self.campaign.limits
        return expected_duration(self.plan, limits.runs_in_flight, ASSUMED_SIMULATION)


def render_plan(outlook: Outlook, screen: Screen) -> str:
    """Draw the cells with their sizes, the sum, the budget and the expected duration."""
    return screen.draw(*_parts(outlook, screen))


def plan_data(outlook: Outlook) -> dict[str, Any]:
    """Return the plan as plain data; sizes that nobody knows are null."""
    duration = outlook.duration
    return {
        "schema": "campaignd.plan/1",
        "campaign": outlook.campaign.name,
        "simulations": outlook.plan.simulations,
        "budget": outlook.campaign.limits.simulations,
        "runs": len(outlook.plan.cells),
        "expected_seconds": None if duration is None else duration.total_seconds(),
        "cells": [_cell_data(cell) for cell in outlook.plan.cells],
        "gates": [gate.title for gate in outlook.campaign.gates],
        "forecasts": [gate_data(gate) for gate in outlook.gates],
        "basis": list(outlook.basis),
        "notes": list(outlook.notes),
        "refusals": list(outlook.refusals),
    }


def _parts(outlook: Outlook, screen: Screen) -> Iterator[RenderableType]:
    yield Text(plain(outlook.campaign.name), style="bold")
    if outlook.plan.cells:
        yield ""
        yield from [_table(outlook.plan, screen)] if screen.is_wide else _stacked(outlook.plan)
    yield ""
    yield from (Text(line) for line in _summary(outlook))
    if outlook.gates:
        yield ""
        yield from draw_gates(outlook.gates, outlook.basis, screen)
    for note in outlook.notes:
        yield Text(f"{screen.glyphs.bullet} {plain(note)}")


def _table(plan: Plan, screen: Screen) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Cell", overflow="fold")
    for heading in ("Cases", "Iterations", "Variants", "Simulations"):
        table.add_column(heading, justify="right", no_wrap=True)
    for cell in plan.cells:
        table.add_row(
            plain(cell.key),
            _cases(cell),
            str(cell.options.iterations),
            str(cell.variants),
            _count(cell.simulations),
        )
    return table


def _stacked(plan: Plan) -> Iterator[RenderableType]:
    for cell in plan.cells:
        yield Text(plain(cell.key))
        yield Text(
            f"  {_cases(cell)} cases x {cell.options.iterations} iterations x {cell.variants} "
            f"variants = {_count(cell.simulations)} simulations"
        )


def _summary(outlook: Outlook) -> Iterator[str]:
    plan, limits = outlook.plan, outlook.campaign.limits
    if plan.cells:
        yield (
            f"{_count(plan.simulations)} simulations in {sized(len(plan.cells), 'Coval run')}; "
            f"limits.simulations allows {limits.simulations}"
        )
    else:
        yield "nothing to launch: this campaign only reads Cotool's scores"
    if plan.cells and outlook.duration is not None:
        yield (
            f"about {_spell(outlook.duration)}, assuming {_spell(ASSUMED_SIMULATION)} a "
            f"simulation; limits.timeout allows {_spell(limits.timeout)}"
        )
    if not outlook.campaign.gates:
        yield "no gates: nothing is promised"


def _cell_data(cell: Cell) -> dict[str, Any]:
    return {
        "key": cell.key,
        "agent": cell.agent,
        "persona": cell.persona,
        "test_set": cell.test_set,
        "cases": cell.cases,
        "iterations": cell.options.iterations,
        "concurrency": cell.options.concurrency,
        "variants": ["base", *(variant.name for variant in cell.mutations)],
        "sample_seed": cell.options.sample_seed,
        "simulations": cell.simulations,
    }


def _cases(cell: Cell) -> str:
    sampled = " sampled" if cell.options.sample_size else ""
    return _count(cell.cases) + sampled


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)


def _spell(duration: timedelta) -> str:
    minutes = max(round(duration / timedelta(minutes=1)), 1)
    if minutes < 120:  # noqa: PLR2004  # two hours read better in minutes
        return f"{minutes} min"
    return f"{minutes / 60:.1f} h".replace(".0 h", " h")
