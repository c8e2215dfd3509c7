"""`campaignd run`."""

from pathlib import Path
from typing import Any

import click

from campaignd.cli.surroundings import (
    AS_JSON,
    FILE,
    INPUT,
    NO_COLOR,
    ON_INTERRUPT,
    QUIET,
    SANDBOX,
    look_around,
    parse_pairs,
    settings_options,
    untangle,
)

OUTPUT = click.Path(path_type=Path, dir_okay=False)


@click.command()
@FILE
@INPUT
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Add a label.")
@SANDBOX
@settings_options
@AS_JSON
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Compare with a table that `export` wrote, not with an earlier execution.",
)
@click.option("--junit", type=OUTPUT, help="Write a JUnit report.")
@click.option("--markdown", type=OUTPUT, help="Write a Markdown report.")
@click.option("--html", type=OUTPUT, help="Write an HTML report.")
@click.option("--csv", type=OUTPUT, help="Write all values as a table.")
@click.option(
    "--inconclusive",
    type=click.Choice(["pass", "fail"]),
    help="Exit with 0 or 1 where the data cannot tell, instead of 3.",
)
@ON_INTERRUPT
@click.option(
    "--force", is_flag=True, help="Run even if a gate can neither pass nor fail at this size."
)
@QUIET
@NO_COLOR
def run(file: Path | None, **options: Any) -> int:
    """Run a campaign file to its verdict.

    Exit status: 0 passed, 1 a gate failed, 2 invalid (nothing was launched), 3 inconclusive,
    4 errored, 5 timed out, 6 cancelled, 130 or 143 interrupted.
    """
    from campaignd.cli.running import RunOptions, run_file

    wanted, options["sandbox"] = untangle(file, options["sandbox"])
    surroundings = look_around(options.pop("config"), options.pop("database"))
    inputs = parse_pairs(options.pop("inputs"), "--input")
    labels = parse_pairs(options.pop("labels"), "--label")
    return run_file(RunOptions(wanted, inputs, labels, surroundings, **options))
