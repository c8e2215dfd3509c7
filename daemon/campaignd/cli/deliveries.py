"""`campaignd deliveries list|retry`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.history import LIMIT
from campaignd.cli.surroundings import (
    AS_JSON,
    NO_COLOR,
    Surroundings,
    look_around,
    settings_options,
)

if TYPE_CHECKING:
    from campaignd.adapters.reporters.deliveries import DeliverySummary

UNDELIVERED = 4


@click.group()
def deliveries() -> None:
    """Look after webhook messages."""


@deliveries.command(name="list")
@LIMIT
@settings_options
@AS_JSON
@NO_COLOR
def list_messages(limit: int, **options: Any) -> None:
    """List webhook messages.

    First those that are not delivered, then the others; of both the newest first.
    """
    from campaignd.cli.trouble import execute
    from campaignd.wiring.deliveries import Place, list_deliveries

    around = look_around(options["config"], options["database"])
    place = Place(around.settings, around.environment)
    rows = execute(lambda: list_deliveries(place, limit))
    click.echo(
        _as_json(rows) if options["as_json"] else _drawn(rows, around, options["no_color"]),
        nl=False,
    )


@deliveries.command()
@click.argument("message", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that is not delivered.")
@settings_options
def retry(message: str | None, everything: bool, **options: Any) -> int:
    """Send webhook messages again, now.

    The one that is named, the beginning of its id is enough, or with --all everything that waits,
    failed or is disabled. Retrying a message to a receiver that answered 410 enables the receiver
    again, and sends what was held back.
    """
    if (message is None) != everything:
        raise click.UsageError("name a message, or all with --all")
    around = look_around(options["config"], options["database"])
    fates = _retry(message, around)
    _tell(fates)
    return UNDELIVERED if any(fate.state != "delivered" for fate in fates) else 0


def _retry(message: str | None, around: Surroundings) -> "Sequence[DeliverySummary]":
    from campaignd.cli.trouble import execute
    from campaignd.wiring.deliveries import Place, retry_all, retry_delivery

    place = Place(around.settings, around.environment)
    return execute(lambda: retry_all(place) if message is None else retry_delivery(place, message))


def _tell(fates: "Sequence[DeliverySummary]") -> None:
    from campaignd.adapters.reporters.deliveries import say_fate
    from campaignd.adapters.reporters.notation import sized
    from campaignd.wiring.chance import SystemClock

    now = SystemClock().now()
    for fate in fates:
        click.echo(say_fate(fate, now))
    delivered = sum(fate.state == "delivered" for fate in fates)
    if not fates:
        click.echo("every webhook message is delivered: there is nothing to retry")
    else:
        click.echo(f"{delivered} of {sized(len(fates), 'message')} delivered")


def _drawn(rows: "Sequence[DeliverySummary]", around: Surroundings, no_color: bool) -> str:
    from campaignd.adapters.reporters.deliveries import render_deliveries
    from campaignd.wiring.chance import SystemClock

    return render_deliveries(rows, SystemClock().now(), around.screen(no_color=no_color))


def _as_json(rows: "Sequence[DeliverySummary]") -> str:
    from pydantic import TypeAdapter

    from campaignd.adapters.reporters.deliveries import DeliverySummary

    return TypeAdapter(list[DeliverySummary]).dump_json(list(rows), indent=2).decode() + "\n"
