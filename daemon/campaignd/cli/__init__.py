"""The commands. Each imports what it needs when it runs, so that `--help` answers at once."""

import sys

import click

from campaignd.cli.group import campaignd
from campaignd.cli.logs import close_log
from campaignd.cli.trouble import explain, log_trace, unheard_is_fine

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


def main() -> None:
    """Run a command and exit with its status: 1 only ever means that a gate failed."""
    try:
        status = _run()
    finally:
        close_log()
    sys.exit(status)


def _run() -> int:
    with unheard_is_fine():
        return _run_command()
    return EXIT_BROKEN_PIPE


def _run_command() -> int:
    try:
        return campaignd.main(prog_name="campaignd", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except SystemExit:
        # How click ends a command whose reader went away.
        return EXIT_BROKEN_PIPE
    except Exception as error:  # noqa: BLE001  # the last net: every failure gets a status
        return _report(error)


def _report(error: Exception) -> int:
    try:
        explained = explain(error) or log_trace(error)
    except Exception as bug:  # noqa: BLE001  # even explaining may fail, and status 1 is taken
        explained = log_trace(bug)
    for line in explained.lines:
        click.echo(line, err=True)
    return explained.status
