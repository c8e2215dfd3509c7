"""`campaignd serve`."""

from pathlib import Path

import click

from campaignd.cli.surroundings import (
    SANDBOX,
    look_around_to_stay,
    scenario_path,
    settings_options,
)


@click.command()
@SANDBOX
@settings_options
def serve(sandbox: str | None, config: Path | None, database: str | None) -> int:
    """Run the campaigns of a folder on their schedules, for years.

    Continues what other processes left behind, and delivers webhooks. SIGHUP reads the campaigns
    again; SIGTERM and Ctrl-C stop it, and leave the runs on Coval for the next start.
    """
    from campaignd.cli.trouble import execute
    from campaignd.wiring.sandboxing import read_scenario
    from campaignd.wiring.service.running import Post, serve

    around = look_around_to_stay(config, database)
    scenario = None if sandbox is None else read_scenario(scenario_path(sandbox))
    execute(lambda: serve(Post(around.settings, around.environment, scenario)))
    return 0
