"""`campaignd baseline set|show|clear`."""

from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import AS_JSON, look_around, settings_options

if TYPE_CHECKING:
    from campaignd.wiring.baselines import CampaignBaseline
    from campaignd.wiring.storage import Storage

NAME = click.argument("name")


@click.group()
def baseline() -> None:
    """Choose what a campaign's executions are compared with."""


@baseline.command(name="set")
@NAME
@click.argument("execution")
@settings_options
def set_baseline(name: str, execution: str, **options: Any) -> None:
    """Compare with EXECUTION from now on, until cleared.

    On another Coval account, and on an embedded sandbox, the campaign's rule goes on choosing.
    """
    from campaignd.cli.show import find_execution, in_storage
    from campaignd.wiring.baselines import pin

    around = look_around(options["config"], options["database"])

    async def work(storage: "Storage") -> str:
        return await pin(storage, name, await find_execution(storage, execution))

    for line in in_storage(around, work).splitlines():
        click.echo(line)


@baseline.command()
@NAME
@settings_options
@AS_JSON
def show(name: str, **options: Any) -> None:
    """Show what the next execution would be compared with, and why."""
    from campaignd.cli.show import in_storage
    from campaignd.wiring.baselines import describe

    around = look_around(options["config"], options["database"])
    found = in_storage(around, lambda storage: describe(storage, name))
    if options["as_json"]:
        import json

        click.echo(json.dumps([each.as_json_data() for each in found], indent=2))
        return
    for each in found:
        click.echo(_sentence(each))


@baseline.command()
@NAME
@settings_options
def clear(name: str, **options: Any) -> None:
    """Let the campaign's rule choose the baseline again."""
    from campaignd.cli.show import in_storage
    from campaignd.wiring.baselines import unpin

    around = look_around(options["config"], options["database"])
    pins = in_storage(around, lambda storage: unpin(storage, name))
    for pin in pins:
        click.echo(f"{pin.execution} is no longer the baseline of {name} on {pin.account}")
    if not pins:
        click.echo(f"nothing was set for {name}: its rule chooses the baseline")


def _sentence(found: "CampaignBaseline") -> str:
    if found.execution is None:
        return f"on {found.account}: no baseline yet, there is no {found.rule}"
    if found.pinned_at is not None:
        how = f"set on {found.pinned_at:%Y-%m-%d %H:%M} UTC"
    else:
        how = f"the last {found.rule}"
    verdict = "" if found.verdict is None else f", {found.verdict.value.replace('_', ' ')}"
    return f"on {found.account}: {found.execution}{verdict}; {how}"
