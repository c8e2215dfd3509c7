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

SIGNALLED = 128
"""What the shell adds to the number of the signal that ended a command."""


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
    from campaignd.cli.output import choose_observer, exit_status
    from campaignd.wiring.session import Host

    around = look_around(options["config"], options["database"])
    with choose_observer(around, options["quiet"], options["no_color"]) as observer:
        host = Host(around.settings, around.environment, observer)
        found = _find(host, execution)
        if execution is not None:
            reports, worst = [_resume(found[0], host, around, options)], 0
        else:
            reports, worst = _resume_all(found, host, around, options)
    if options["as_json"]:
        _print_json(reports, as_list=execution is None)
    if not found:
        _deliver_waiting(around)
    if not found and not options["quiet"]:
        click.echo("nothing to resume", err=True)
    return max(worst, *map(exit_status, reports)) if reports else worst


def _find(host: "Host", prefix: str | None) -> list[str]:
    from campaignd.cli.show import find_execution
    from campaignd.cli.trouble import execute
    from campaignd.wiring.continuing import find_abandoned
    from campaignd.wiring.storage import open_stored

    async def find() -> list[str]:
        if prefix is None:
            return list(await find_abandoned(host))
        async with open_stored(host.settings, host.environment) as storage:
            return [await find_execution(storage, prefix)]

    return execute(find)


def _deliver_waiting(around: Surroundings) -> None:
    """Send webhooks that wait, as continuing an execution does on its way."""
    from campaignd.cli.trouble import execute
    from campaignd.wiring.deliveries import Place, deliver_waiting

    execute(lambda: deliver_waiting(Place(around.settings, around.environment)))


def _resume_all(
    found: list[str], host: "Host", around: Surroundings, options: dict[str, Any]
) -> "tuple[list[ExecutionReport], int]":
    """Resume one after the other; one that cannot be resumed keeps no other from it.

    Returns the reports, and the highest status of those without one. A signal ends it.
    """
    from campaignd.cli.output import exit_status
    from campaignd.cli.trouble import explain
    from campaignd.core.mistakes import CampaignInvalid
    from campaignd.engine.faults import OwnershipLost, VendorFault
    from campaignd.settings import SettingsInvalid
    from campaignd.wiring.continuing import StillDriven

    reports, worst = [], 0
    for execution in found:
        try:
            reports.append(_resume(execution, host, around, options))
        except (StillDriven, OwnershipLost):
            host.observer.say(f"left alone: {execution}, another process drives it")
        except (CampaignInvalid, SettingsInvalid, VendorFault) as error:
            explained = explain(error)
            assert explained is not None  # noqa: S101  # all of these have words
            for line in explained.lines:
                click.echo(f"{execution}: {line}", err=True)
            worst = max(worst, explained.status)
        if reports and exit_status(reports[-1]) > SIGNALLED:
            break
    return reports, worst


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
