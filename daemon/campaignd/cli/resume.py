"""`campaignd resume`."""

from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import (
    AS_JSON,
    NO_COLOR,
    ON_INTERRUPT,
    QUIET,
    Surroundings,
    look_around,
    settings_options,
)

if TYPE_CHECKING:
    from campaignd.core.report import ExecutionReport
    from campaignd.wiring.session import Host


@click.command()
@click.argument("execution", required=False)
@settings_options
@AS_JSON
@ON_INTERRUPT
@QUIET
@NO_COLOR
def resume(execution: str | None, **options: Any) -> int:
    """Continue executions whose process ended.

    All of them, or the one that is named.

    Also settles what finished executions left on Coval. Exit status as of `run`; of several
    executions the highest. With --json and without an id it prints a list of reports.
    """
    from campaignd.cli.running import choose_observer, exit_status
    from campaignd.wiring.session import Host

    around = look_around(options["config"], options["database"])
    with choose_observer(around, options["quiet"], options["no_color"]) as observer:
        host = Host(around.settings, around.environment, observer)
        reports = [_resume(one, host, around, options) for one in _find(host, execution)]
    if options["as_json"]:
        _print_json(reports, as_list=execution is None)
    if not reports and not options["quiet"]:
        click.echo("nothing to resume", err=True)
    return max((exit_status(report) for report in reports), default=0)


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


def _resume(
    execution: str, host: "Host", around: Surroundings, options: dict[str, Any]
) -> "ExecutionReport":
    from campaignd.adapters.reporters.terminal import render_report
    from campaignd.cli.running import final_report
    from campaignd.cli.trouble import execute
    from campaignd.wiring.continuing import resume as continue_it

    detach = options["on_interrupt"] == "detach"
    report = final_report(execute(lambda: continue_it(execution, host, detach=detach)))
    if not (options["as_json"] or options["quiet"]):
        screen = around.screen(no_color=options["no_color"])
        click.echo(render_report(report, screen), nl=False)
    return report


def _print_json(reports: "list[ExecutionReport]", *, as_list: bool) -> None:
    import json

    documents = [report.model_dump(mode="json", by_alias=True) for report in reports]
    click.echo(json.dumps(documents if as_list else documents[0], indent=2))
