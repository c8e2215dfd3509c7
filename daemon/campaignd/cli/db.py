"""`campaignd db upgrade|check|backup|prune`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import AS_JSON, NO_COLOR, look_around, settings_options

if TYPE_CHECKING:
    from campaignd.adapters.reporters.pruning import PruneSummary
    from campaignd.cli.surroundings import Surroundings

MIB = 1024 * 1024


class Span(click.ParamType[timedelta]):
    """A duration that some time of this world is ago."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        from campaignd.core.scalars import parse_positive_duration

        try:
            span = parse_positive_duration(value)
            datetime.now(UTC) - span
        except ValueError as error:
            self.fail(str(error), param, ctx)
        except OverflowError:
            self.fail(f"{value} ago there was nothing", param, ctx)
        return span


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@settings_options
@AS_JSON
def backup(path: Path | None, force: bool, as_json: bool, **options: Any) -> None:
    """Copy the database while it is in use.

    PATH is a file, or a folder that gets `campaignd.db.<date>T<time>`; left out, it is the
    database's own folder. The copy is checked, and appears only once it is whole.
    """
    import json

    from campaignd.cli.trouble import execute
    from campaignd.wiring.keeping import make_backup

    around = look_around(options["config"], options["database"])
    made = execute(lambda: make_backup(around.settings, around.environment, path, force=force))
    if as_json:
        click.echo(json.dumps({"path": str(made.path), "size": made.size}, indent=2))
    else:
        click.echo(f"{made.path}: whole, {made.size / MIB:.1f} MiB")


@db.command()
@settings_options
@AS_JSON
@NO_COLOR
def check(config: Path | None, database: str | None, as_json: bool, no_color: bool) -> int:
    """Read the whole database and tell what is wrong with it.

    Exits with 0 if there are no problems (warnings are none), else with 4.
    """
    from campaignd.cli.checkup import Asked, look_and_tell
    from campaignd.wiring.keeping import check as check_database

    return look_and_tell(check_database, Asked(config, database, as_json, no_color))


@db.command()
@settings_options
def upgrade(**options: Any) -> None:
    """Bring the database up to date, after a backup beside it.

    Commands do so by themselves, unless CAMPAIGND_DATABASE__MIGRATE is `never`.
    """
    from campaignd.cli.trouble import execute
    from campaignd.wiring.keeping import upgrade as upgrade_database

    around = look_around(options["config"], options["database"])
    done = execute(lambda: upgrade_database(around.settings, around.environment))
    if done.old == done.new:
        click.echo(f"the database is up to date (revision {done.new})")
        return
    click.echo(f"the database is brought from revision {done.old or 'none'} to {done.new}")
    if done.backup is not None:
        click.echo(f"as it was before, it is in {done.backup}")


@db.command()
@click.option(
    "--keep", type=Span(), required=True, metavar="180d", help="For how long values are kept."
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be removed.")
@click.option(
    "--vacuum", is_flag=True, help="Give the room back to the disk; writers wait meanwhile."
)
@settings_options
@AS_JSON
def prune(keep: timedelta, dry_run: bool, vacuum: bool, as_json: bool, **options: Any) -> None:
    """Remove what was measured long ago; verdicts stay for ever.

    Of executions that finished longer ago than --keep go simulations, values, explanations,
    scores, the log and delivered webhook messages. Executions stay, with their verdict, gates and
    cells. Pinned ones, and what others are compared with, stay whole.
    """
    import json

    from campaignd.adapters.reporters.pruning import prune_data, say_prunable, say_pruned

    if dry_run and vacuum:
        raise click.UsageError("--dry-run changes nothing: leave out --vacuum")
    around = look_around(options["config"], options["database"])
    summary = _preview(around, keep) if dry_run else _prune(around, keep, vacuum)
    if as_json:
        click.echo(json.dumps(prune_data(summary, dry_run=dry_run), indent=2))
    else:
        _echo_all(say_prunable(summary) if dry_run else say_pruned(summary))


def _preview(around: "Surroundings", keep: timedelta) -> "PruneSummary":
    from campaignd.cli.trouble import execute
    from campaignd.wiring.pruning import preview_prune

    return execute(lambda: preview_prune(around.settings, around.environment, keep))


def _prune(around: "Surroundings", keep: timedelta, vacuum: bool) -> "PruneSummary":
    from campaignd.cli.trouble import execute
    from campaignd.wiring.pruning import prune as prune_database

    return execute(lambda: prune_database(around.settings, around.environment, keep, vacuum=vacuum))


def _echo_all(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
