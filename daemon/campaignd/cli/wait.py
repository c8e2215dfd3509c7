"""`campaignd wait`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import AS_JSON, CONFIG, NO_COLOR, QUIET, Surroundings, look_around

if TYPE_CHECKING:
    from campaignd.cli.output import Output

_PATH = click.Path(path_type=Path, dir_okay=False)
_OPTIONS = (
    click.option("--junit", type=_PATH, help="Write a JUnit report."),
    click.option("--markdown", type=_PATH, help="Write a Markdown report."),
    click.option("--html", type=_PATH, help="Write an HTML report."),
    click.option(
        "--inconclusive",
        type=click.Choice(["pass", "fail"]),
        help="Exit with 0 or 1 where the data cannot tell, instead of 3.",
    ),
    AS_JSON,
    QUIET,
    NO_COLOR,
    CONFIG,
)
REPORTS = ("junit", "markdown", "html")


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `trigger` and `wait` say about showing a verdict."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_output(around: Surroundings, options: Mapping[str, Any]) -> "Output":
    """Read what `output_options` added."""
    from campaignd.cli.output import Output

    return Output(
        surroundings=around,
        files={form: path for form in REPORTS if (path := options[form])},
        as_json=options["as_json"],
        quiet=options["quiet"],
        no_color=options["no_color"],
        inconclusive=options["inconclusive"],
        rescue="`campaignd wait` with the execution's id can still write it",
    )


@click.command()
@click.argument("execution")
@output_options
def wait(execution: str, **options: Any) -> int:
    """Wait for an execution of a service and exit with its verdict.

    The service is CAMPAIGND_URL, the token CAMPAIGND_TOKEN. Only watches: Ctrl-C leaves the
    execution going. Exit status as of `run`.
    """
    from campaignd.cli.watching import watch_to_end

    around = look_around(options["config"], None)
    return watch_to_end(execution, make_output(around, options))
