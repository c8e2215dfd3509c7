"""`campaignd resume`."""

from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import (
    AS_JSON,
    NO_COLOR,
    Surroundings,
    look_around,
    settings_options,
)

if TYPE_CHECKING:
    from campaignd.wiring.session import Host


@click.command()
@click.argument("execution", required=False)
@settings_options
@AS_JSON
@click.option("--quiet", is_flag=True, help="No progress and no tables, only the exit status.")
@NO_COLOR
def resume(execution: str | None, **options: Any) -> int:
    """Continue an execution whose process ended, or all of them.

    Also settles what finished executions left on Coval. Exit status as of `run`; of several
    executions the highest.
    """
    from campaignd.cli.running import choose_observer
    from campaignd.wiring.session import Host

    around = look_around(options["config"], options["database"])
    with choose_observer(around, options["quiet"], options["no_color"]) as observer:
        host = Host(around.settings, around.environment, observer)
        wanted = _find(host, execution)
        if not wanted:
            click.echo("nothing to resume", err=True)
        return max((_resume(one, host, around, options) for one in wanted), default=0)


def _find(host: "Host", prefix: str | None) -> list[str]:
    from campaignd.cli.show import find_execution
    from campaignd.cli.trouble import execute
    from campaignd.wiring.continuing import find_abandoned
    from campaignd.wiring.storage import open_storage

    async def find() -> list[str]:
        if prefix is None:
            return list(await find_abandoned(host))
        async with open_storage(host.settings, host.environment) as storage:
            return [await find_execution(storage, prefix)]

    return execute(find)


def _resume(execution: str, host: "Host", around: Surroundings, options: dict[str, Any]) -> int:
    from campaignd.adapters.reporters.terminal import render_report
    from campaignd.cli.trouble import TROUBLE, execute
    from campaignd.wiring.continuing import resume as continue_it

    ended = execute(lambda: continue_it(execution, host, detach=False))
    report = ended.report
    if options["as_json"]:
        click.echo(report.model_dump_json(by_alias=True, indent=2))
    elif not options["quiet"]:
        click.echo(render_report(report, around.screen(no_color=options["no_color"])), nl=False)
    if ended.signal is not None:
        return 128 + ended.signal
    return TROUBLE if report.exit_status is None else report.exit_status
