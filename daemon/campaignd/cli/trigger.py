"""`campaignd trigger`."""

from typing import Any

import click

from campaignd.cli.surroundings import INPUT, look_around, parse_pairs
from campaignd.cli.wait import REPORTS, make_output, output_options


@click.command()
@click.argument("campaign", metavar="NAME|FILE")
@click.option("--wait", "waits", is_flag=True, help="Wait for the end; exit with the verdict.")
@INPUT
@click.option("--label", "labels", multiple=True, metavar="NAME=VALUE", help="Add a label.")
@click.option("--iterations", type=click.IntRange(1, 50), help="Try each test case so often.")
@click.option(
    "--concurrency", type=click.IntRange(1, 100), help="Run so many simulations in parallel."
)
@click.option(
    "--replace-group",
    metavar="GROUP",
    help="Stop unfinished executions of the campaign in this group, such as pr-123.",
)
@output_options
def trigger(campaign: str, **options: Any) -> int:
    """Have a service run a campaign: one of its own, or a file.

    The service is CAMPAIGND_URL, the token CAMPAIGND_TOKEN. What ends in .yaml or .yml or holds a
    slash is a file. Prints the execution's id and exits with 0; with --wait it exits as `run`
    does, and Ctrl-C leaves the execution going.
    """
    from campaignd.cli.watching import Wanted, begin, begin_and_watch

    waits = options["waits"]
    if not waits:
        _refuse_without_wait(options)
    wanted = Wanted(
        target=campaign,
        inputs=parse_pairs(options["inputs"], "--input"),
        labels=parse_pairs(options["labels"], "--label"),
        iterations=options["iterations"],
        concurrency=options["concurrency"],
        replace_group=options["replace_group"],
    )
    output = make_output(look_around(options["config"], None), options)
    return begin_and_watch(wanted, output) if waits else begin(wanted, output)


def _refuse_without_wait(options: dict[str, Any]) -> None:
    given = [name for name in (*REPORTS, "inconclusive") if options[name]]
    if given:
        raise click.UsageError(f"--{given[0]} needs --wait: there is no verdict before the end")
