"""`campaignd doctor`."""

import os
import sys
from pathlib import Path

import click

from campaignd.cli.surroundings import AS_JSON, NO_COLOR, settings_options


@click.command()
@settings_options
@AS_JSON
@NO_COLOR
def doctor(config: Path | None, database: str | None, as_json: bool, no_color: bool) -> int:
    """Find out what is wrong, and what to do about it.

    Looks at the settings, the keys (one harmless read of each vendor), clocks, the database, the
    campaigns folder, and for runs on Coval that nobody follows. Launches and changes nothing.

    Exits with 0 if there are no problems (warnings are none), with 2 if only settings or campaign
    files are invalid, with 4 for trouble with a vendor or the database. --json has it as
    `exit_status`.
    """
    import json

    from campaignd.adapters.reporters.checkup import checkup_data, render_checkup
    from campaignd.adapters.reporters.screen import screen_of
    from campaignd.cli.logs import set_up_log
    from campaignd.cli.trouble import execute
    from campaignd.wiring.doctor import Patient, examine

    # The folder of the log may be what is wrong.
    set_up_log(None, "console", "warning")
    patient = Patient(dict(os.environ), config, database)
    checkup = execute(lambda: examine(patient))
    if as_json:
        click.echo(json.dumps(checkup_data(checkup), indent=2, ensure_ascii=False))
    else:
        screen = screen_of(sys.stdout, patient.environment, no_color=no_color)
        click.echo(render_checkup(checkup, screen), nl=False)
    return checkup.exit_status
