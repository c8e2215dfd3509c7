"""`campaignd show`, `report` and `export`: what is stored of one execution."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from campaignd.cli.surroundings import (
    AS_JSON,
    NO_COLOR,
    Surroundings,
    look_around,
    settings_options,
)

if TYPE_CHECKING:
    from campaignd.adapters.store.events import Event
    from campaignd.core.report import ExecutionReport
    from campaignd.wiring.storage import Storage

T = TypeVar("T")
OUTPUT = click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file to write to."
)


@click.command()
@click.argument("execution")
@click.option("--log", "as_log", is_flag=True, help="Show every state move instead.")
@settings_options
@AS_JSON
@NO_COLOR
def show(execution: str, as_log: bool, **options: Any) -> None:
    """Show an execution; the beginning of its id is enough.

    While it goes on, this shows how far it is.
    """
    from campaignd.adapters.reporters.terminal import render_report

    around = look_around(options["config"], options["database"])
    if as_log:
        _show_log(around, execution, as_json=options["as_json"])
        return
    report = in_storage(around, lambda storage: _report(storage, execution))
    if options["as_json"]:
        click.echo(report.model_dump_json(by_alias=True, indent=2))
    else:
        click.echo(render_report(report, around.screen(no_color=options["no_color"])), nl=False)


@click.command()
@click.argument("execution")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "junit", "markdown", "html"]),
    default="json",
    show_default=True,
)
@OUTPUT
@settings_options
def report(execution: str, form: str, output: Path | None, **options: Any) -> None:
    """Write the report of an execution in a format."""
    from campaignd.adapters.reporters.forms import render

    around = look_around(options["config"], options["database"])
    found = in_storage(around, lambda storage: _report(storage, execution))
    _write([render(found, form)], output)


@click.command()
@click.argument("execution")
@OUTPUT
@settings_options
def export(execution: str, output: Path | None, **options: Any) -> None:
    """Write all values of an execution as a table (CSV)."""
    from campaignd.adapters.reporters.csv_export import export_csv
    from campaignd.wiring.reports import load_campaign_of, load_evidence

    around = look_around(options["config"], options["database"])

    async def read(storage: "Storage") -> list[str]:
        found = await find_execution(storage, execution)
        campaign = await load_campaign_of(storage, await storage.executions.load(found))
        evidence = await load_evidence(storage, campaign, found)
        return list(export_csv(found, evidence, campaign.metrics))

    _write(in_storage(around, read), output)


async def find_execution(storage: "Storage", prefix: str) -> str:
    """Find the one execution whose id begins so. Raises NoSuchExecution."""
    from campaignd.cli.trouble import NoSuchExecution

    found = await storage.history.find(prefix) if prefix else ()
    if len(found) != 1:
        raise NoSuchExecution(prefix, tuple(found))
    return found[0]


def in_storage(around: Surroundings, work: "Callable[[Storage], Awaitable[T]]") -> T:
    """Look something up in a database that is there already."""
    from campaignd.cli.trouble import execute
    from campaignd.wiring.storage import open_stored

    async def read() -> T:
        async with open_stored(around.settings, around.environment) as storage:
            return await work(storage)

    return execute(read)


async def _report(storage: "Storage", prefix: str) -> "ExecutionReport":
    from campaignd.wiring.reports import load_report

    found = await find_execution(storage, prefix)
    return await load_report(storage, found)


def _show_log(around: Surroundings, prefix: str, *, as_json: bool) -> None:
    async def read(storage: "Storage") -> "Sequence[Event]":
        return await storage.history.events(await find_execution(storage, prefix))

    events = in_storage(around, read)
    if as_json:
        from pydantic import TypeAdapter

        from campaignd.adapters.store.events import Event

        click.echo(TypeAdapter(list[Event]).dump_json(list(events), indent=2).decode())
        return
    for event in events:
        old = f"{event.old} -> " if event.old else ""
        reason = f"  ({event.reason})" if event.reason else ""
        click.echo(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.subject}: {old}{event.new}{reason}")


def _write(chunks: list[str], output: Path | None) -> None:
    from campaignd.adapters.reporters.files import write_report

    if output is not None:
        write_report(output, chunks)
        return
    for chunk in chunks:
        click.echo(chunk, nl=False)
