"""`campaignd doctor`."""

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
    from campaignd.cli.checkup import Asked, look_and_tell
    from campaignd.wiring.doctor import examine

    return look_and_tell(examine, Asked(config, database, as_json, no_color))
