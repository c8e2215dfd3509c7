"""`campaignd cancel`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import Surroundings, look_around, settings_options

if TYPE_CHECKING:
    from campaignd.wiring.session import Host


@click.command()
@click.argument("execution", required=False)
@click.option("--tag", metavar="cd-…", help="End all runs on Coval that carry a tag.")
@settings_options
def cancel(execution: str | None, tag: str | None, **options: Any) -> None:
    """Stop an execution and end its runs on Coval.

    With --tag it needs no database: the tag of an execution is `cd-` and its id.
    """
    from campaignd.adapters.reporters.progress import LineProgress
    from campaignd.wiring.session import Host

    if (execution is None) == (tag is None):
        raise click.UsageError("name an execution, or a tag with --tag")
    around = look_around(options["config"], options["database"])
    host = Host(around.settings, around.environment, LineProgress(sys.stderr))
    if tag is not None:
        _cancel_tag(tag, host)
    elif execution is not None:
        _cancel_execution(execution, host, around)


def _cancel_tag(tag: str, host: "Host") -> None:
    from campaignd.cli.trouble import execute
    from campaignd.wiring.continuing import cancel_tag

    done = execute(lambda: cancel_tag(tag, host))
    click.echo(f"{len(done.ended)} runs ended, {len(done.over)} were over")
    for run_id in done.ended:
        click.echo(run_id)


def _cancel_execution(prefix: str, host: "Host", around: Surroundings) -> None:
    from campaignd.adapters.reporters.terminal import render_report
    from campaignd.cli.show import find_execution
    from campaignd.cli.trouble import execute
    from campaignd.wiring.continuing import Cancelled
    from campaignd.wiring.continuing import cancel as cancel_it
    from campaignd.wiring.storage import open_stored

    async def work() -> Cancelled:
        async with open_stored(around.settings, around.environment) as storage:
            found = await find_execution(storage, prefix)
        return await cancel_it(found, host)

    done = execute(work)
    click.echo(render_report(done.report, around.screen()), nl=False)
    if done.was_over:
        click.echo("it was over already: nothing was cancelled", err=True)
    elif done.report.verdict is None:
        click.echo(
            "its process was asked to stop and has not finished yet; look again with "
            f"`campaignd show {done.report.execution}`",
            err=True,
        )
