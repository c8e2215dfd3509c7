"""Options that most commands share, and what a command finds around it."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # these take a while to import, and `--help` does not need them
    from campaignd.adapters.reporters.screen import Screen
    from campaignd.cli.redaction import Redactor
    from campaignd.settings import Settings

Command = Callable[..., Any]

CONFIG = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings in a TOML file."
)
DATABASE = click.option(
    "--database", metavar="URL", help="The database, instead of CAMPAIGND_DATABASE_URL."
)
INPUT = click.option(
    "--input", "inputs", multiple=True, metavar="NAME=VALUE", help="Fill an input of the campaign."
)
NO_COLOR = click.option("--no-color", is_flag=True, help="Draw without colours.")
QUIET = click.option(
    "--quiet", is_flag=True, help="No progress and no tables, only the exit status."
)
ON_INTERRUPT = click.option(
    "--on-interrupt",
    type=click.Choice(["cancel", "detach"]),
    default="cancel",
    show_default=True,
    help="What SIGINT and SIGTERM do to runs in flight.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")
FILE = click.argument("file", type=click.Path(path_type=Path), required=False)
SANDBOX = click.option(
    "--sandbox",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[SCENARIO]",
    help="Use a local Coval and Cotool; no keys needed. A scenario file makes them misbehave.",
)


def settings_options(command: Command) -> Command:
    """Add `--config` and `--database`."""
    return CONFIG(DATABASE(command))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The environment of a command and the settings in force."""

    settings: "Settings"
    environment: Mapping[str, str]

    def screen(self, *, no_color: bool = False, stream: Any = None) -> "Screen":
        """Return what a stream of this process can show."""
        from campaignd.adapters.reporters.screen import screen_of

        return screen_of(stream or sys.stdout, self.environment, no_color=no_color)


def look_around(config: Path | None, database: str | None) -> Surroundings:
    """Read settings and start the log. Raises SettingsInvalid, also for unknown variables."""
    from campaignd.adapters.store.database import path_of
    from campaignd.cli.logs import set_up_log
    from campaignd.settings import SettingsInvalid, load_settings, unknown_variables
    from campaignd.wiring.storage import database_url

    environment = dict(os.environ)
    unknown = unknown_variables(environment)
    if unknown:
        raise SettingsInvalid("\n".join(unknown))
    settings = load_settings(environment, config, **_overrides(database))
    path = path_of(database_url(settings, environment))
    folder, log = None if path is None else path.parent, settings.log
    set_up_log(folder, log.format, log.level, _hiding(settings))
    return Surroundings(settings, environment)


def look_around_to_stay(config: Path | None, database: str | None) -> Surroundings:
    """Read settings for a service, whose log goes to standard error. Raises SettingsInvalid.

    An unknown variable is a warning: a service that does not start over one helps nobody.
    """
    import structlog

    from campaignd.cli.logs import set_up_service_log
    from campaignd.settings import load_settings, unknown_variables
    from campaignd.wiring.storage import database_url

    environment = dict(os.environ)
    settings = load_settings(environment, config, **_overrides(database))
    database_url(settings, environment)
    log = settings.log
    set_up_service_log(log.format, log.level, _hiding(settings), environment)
    for sentence in unknown_variables(environment):
        structlog.get_logger().warning("unknown variable", why=sentence)
    return Surroundings(settings, environment)


def _hiding(settings: "Settings") -> "Redactor":
    from campaignd.cli.redaction import Redactor, secrets_of
    from campaignd.settings import found_secrets

    return Redactor(secrets_of(settings), found_secrets)


def _overrides(database: str | None) -> dict[str, str]:
    return {} if database is None else {"database_url": database}


def parse_pairs(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    """Read `NAME=VALUE` options; a usage error where one is something else."""
    parsed = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise click.UsageError(f"{option} takes NAME=VALUE, not {pair!r}")
        parsed[name] = value
    return parsed


def untangle(file: Path | None, sandbox: str | None) -> tuple[Path, str | None]:
    """Tell campaign file and scenario apart: in `run --sandbox FILE` the file is no scenario."""
    if file is not None:
        return file, sandbox
    if not sandbox:
        raise click.UsageError("Missing argument 'FILE'.")
    return Path(sandbox), ""


def scenario_path(sandbox: str | None) -> Path | None:
    """Return the scenario file that `--sandbox` names, if it names one."""
    return Path(sandbox) if sandbox else None
