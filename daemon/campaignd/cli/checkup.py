"""What `doctor` and `db check` have in common: they look, and tell what they found."""

import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import click

from campaignd.adapters.reporters.checkup import Checkup, checkup_data, render_checkup
from campaignd.adapters.reporters.screen import screen_of
from campaignd.cli.logs import set_up_log
from campaignd.cli.trouble import execute
from campaignd.wiring.doctor import Patient


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says: which settings, and in what form to tell."""

    config: Path | None
    database: str | None
    as_json: bool
    no_color: bool


def look_and_tell(examine: Callable[[Patient], Awaitable[Checkup]], asked: Asked) -> int:
    """Print what was found; return the exit status."""
    # The folder of the log may be what is wrong.
    set_up_log(None, "console", "warning")
    patient = Patient(dict(os.environ), asked.config, asked.database)
    checkup = execute(lambda: examine(patient))
    if asked.as_json:
        click.echo(json.dumps(checkup_data(checkup), indent=2, ensure_ascii=False))
    else:
        screen = screen_of(sys.stdout, patient.environment, no_color=asked.no_color)
        click.echo(render_checkup(checkup, screen), nl=False)
    return checkup.exit_status
