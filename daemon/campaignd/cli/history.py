"""`campaignd list` and `history`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import AS_JSON, NO_COLOR, look_around, settings_options

if TYPE_CHECKING:
    from campaignd.engine.records import Summary
    from campaignd.wiring.storage import Storage

LIMIT = click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most."
)


@click.command(name="list")
@LIMIT
@settings_options
@AS_JSON
@NO_COLOR
def list_executions(limit: int, **options: Any) -> None:
    """List executions, the newest first."""
    _list(None, limit, options)


@click.command()
@click.argument("name")
@LIMIT
@settings_options
@AS_JSON
@NO_COLOR
def history(name: str, limit: int, **options: Any) -> None:
    """Show how a campaign fared, the newest first."""
    _list(name, limit, options)


def _list(campaign: str | None, limit: int, options: Mapping[str, Any]) -> None:
    from campaignd.adapters.reporters.listing import render_history, render_list
    from campaignd.cli.show import in_storage
    from campaignd.wiring.chance import SystemClock

    config: Path | None = options["config"]
    around = look_around(config, options["database"])

    rows = [
        _row(summary)
        for summary in in_storage(around, lambda storage: _read(storage, campaign, limit))
    ]
    if options["as_json"]:
        click.echo(_as_json(rows))
        return
    screen, now = around.screen(no_color=options["no_color"]), SystemClock().now()
    text = (
        render_list(rows, now, screen)
        if campaign is None
        else render_history(campaign, rows, now, screen)
    )
    click.echo(text, nl=False)


async def _read(storage: "Storage", campaign: str | None, limit: int) -> "Sequence[Summary]":
    from campaignd.cli.trouble import NoSuchCampaign

    found = await storage.history.list(campaign, limit)
    if campaign is not None and not found:
        raise NoSuchCampaign(campaign, await storage.history.campaigns())
    return found


def _row(summary: "Summary") -> Any:
    from campaignd.adapters.reporters.listing import ExecutionSummary

    execution = summary.execution
    return ExecutionSummary(
        id=execution.id,
        campaign=execution.campaign,
        trigger=execution.trigger,
        state=execution.state.value,
        verdict=execution.verdict,
        started_at=execution.started_at or execution.created_at,
        finished_at=execution.finished_at,
        gates=summary.gates,
        gates_failed=summary.gates_failed,
        labels=execution.labels,
        pruned_at=execution.pruned_at,
    )


def _as_json(rows: list[Any]) -> str:
    from pydantic import TypeAdapter

    from campaignd.adapters.reporters.listing import ExecutionSummary

    data = TypeAdapter(list[ExecutionSummary]).dump_json(rows, indent=2)
    return data.decode()
