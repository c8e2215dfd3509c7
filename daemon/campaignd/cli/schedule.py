"""`campaignd schedule list|pause|resume`."""

from typing import Any

import click

from campaignd.cli.surroundings import AS_JSON, NO_COLOR, look_around, settings_options


@click.group()
def schedule() -> None:
    """See when campaigns run by themselves, and pause them."""


@schedule.command(name="list")
@settings_options
@AS_JSON
@NO_COLOR
def list_schedules(as_json: bool, no_color: bool, **options: Any) -> int:
    """List the schedules of the campaigns folder with their next five moments.

    Also what became of each campaign's last moment, and which are paused.
    """
    from pydantic import TypeAdapter

    from campaignd.adapters.reporters.schedules import ScheduleSummary, render_schedules
    from campaignd.cli.trouble import INVALID, execute
    from campaignd.wiring import scheduling

    around = look_around(options["config"], options["database"])
    shown = execute(lambda: scheduling.list_schedules(around.settings, around.environment))
    if as_json:
        rows = TypeAdapter(list[ScheduleSummary]).dump_json([*shown.schedules], indent=2)
        click.echo(rows.decode())
    else:
        screen = around.screen(no_color=no_color)
        click.echo(render_schedules(shown.schedules, screen), nl=False)
    for mistakes in shown.broken:
        click.echo(mistakes, err=True)
    return INVALID if shown.broken else 0


@schedule.command()
@click.argument("campaign")
@settings_options
def pause(campaign: str, **options: Any) -> None:
    """Let a campaign's moments pass until `schedule resume`.

    Executions that are going go on.
    """
    from campaignd.cli.trouble import execute
    from campaignd.wiring import scheduling

    around = look_around(options["config"], options["database"])
    is_new = execute(lambda: scheduling.pause(around.settings, around.environment, campaign))
    click.echo(f"{campaign} is paused" if is_new else f"{campaign} was paused already")


@schedule.command()
@click.argument("campaign")
@settings_options
def resume(campaign: str, **options: Any) -> None:
    """Keep a campaign's moments from now on.

    What passed meanwhile is not caught up.
    """
    from campaignd.cli.trouble import execute
    from campaignd.wiring import scheduling

    around = look_around(options["config"], options["database"])
    is_new = execute(lambda: scheduling.resume(around.settings, around.environment, campaign))
    click.echo(f"{campaign} is resumed" if is_new else f"{campaign} was not paused")
