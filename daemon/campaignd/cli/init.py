"""`campaignd init`: a first campaign file from what Coval lists."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from campaignd.cli.surroundings import CONFIG, SANDBOX, look_around, scenario_path

if TYPE_CHECKING:  # these take a while to import, and `--help` does not need them
    from campaignd.sandbox import Scenario
    from campaignd.settings import Settings
    from campaignd.wiring.starting import Order, Written


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--agent", metavar="ID|NAME", help="The agent to test; asked for on a terminal.")
@click.option(
    "--persona", "personas", multiple=True, metavar="ID|NAME", help="Who calls; repeatable."
)
@click.option(
    "--test-set", "test_sets", multiple=True, metavar="ID|NAME", help="What they ask; repeatable."
)
@click.option(
    "--metric", "metrics", multiple=True, metavar="ID|NAME", help="What is measured; repeatable."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@SANDBOX
@CONFIG
def init(  # noqa: PLR0913, PLR0917  # one argument an option
    file: Path | None,
    agent: str | None,
    personas: tuple[str, ...],
    test_sets: tuple[str, ...],
    metrics: tuple[str, ...],
    force: bool,
    sandbox: str | None,
    config: Path | None,
) -> None:
    """Write a commented campaign file to begin with.

    Asks Coval for agents, personas, test sets, metrics and mutations, and writes FILE (default:
    the agent's name, in the campaigns folder): a small campaign that runs as it is, with all else
    there is as comments. Nothing is launched.
    """
    from campaignd.wiring.starting import Order, Wanted

    settings = look_around(config, None).settings
    scenario = None if sandbox is None else _read_scenario(sandbox, file)
    order = Order(Wanted(agent, personas, test_sets, metrics), file, force, scenario)
    _tell(_write(settings, order), on_sandbox=sandbox is not None)


def _read_scenario(sandbox: str, file: Path | None) -> "Scenario":
    from campaignd.sandbox import ScenarioInvalid
    from campaignd.wiring.sandboxing import read_scenario

    try:
        return read_scenario(scenario_path(sandbox))
    except ScenarioInvalid as error:
        if file is not None:
            raise
        hint = f"to write {sandbox}, name it first: campaignd init {quote(sandbox)} --sandbox"
        raise click.ClickException(f"{error}\nAfter --sandbox stands a scenario; {hint}") from None


def _write(settings: "Settings", order: "Order") -> "Written":
    from campaignd.cli.trouble import execute
    from campaignd.wiring.starting import StarterRefused, check_place, write_starter

    try:
        check_place(order)
        if order.wanted.agent is None and _is_on_terminal():
            order = _ask_for_agent(settings, order)
        return execute(lambda: write_starter(settings, order))
    except StarterRefused as refusal:
        raise click.ClickException(str(refusal)) from None


def _is_on_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def _ask_for_agent(settings: "Settings", order: "Order") -> "Order":
    from campaignd.adapters.starter import called
    from campaignd.cli.trouble import execute
    from campaignd.wiring.starting import list_agents

    agents = execute(lambda: list_agents(settings, order.scenario))
    if len(agents) <= 1:
        return order
    for number, agent in enumerate(agents, start=1):
        click.echo(f"{number:>3}  {called(agent)}", err=True)
    chosen = click.prompt("Which agent", type=click.IntRange(1, len(agents)), default=1, err=True)
    return replace(order, wanted=replace(order.wanted, agent=agents[chosen - 1].id))


def _tell(written: "Written", *, on_sandbox: bool) -> None:
    from campaignd.adapters.starter import called, count_simulations

    facts, file = written.facts, quote(str(written.path))
    counts = {
        "persona": len(facts.personas.used),
        "test set": len(facts.test_sets.used),
        "metric": len(facts.metrics.used),
        "mutation": len(facts.mutations.used),
    }
    for note in facts.notes:
        click.echo(note, err=True)
    parts = [f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items() if n]
    click.echo(f"Wrote {written.path} for {called(facts.agent)}: {', '.join(parts)}.")
    others = len(facts.agents.others)
    if others:
        click.echo(f"Other agents are in it as comments ({others}); --agent picks another one.")
    total = count_simulations(facts)
    cost = "" if total is None else f"    # {total} simulations"
    option = " --sandbox" if on_sandbox else ""
    click.echo("Next:")
    click.echo(f"  campaignd validate {file}")
    click.echo(f"  campaignd plan {file}{option}    # costs nothing")
    click.echo(f"  campaignd run {file}{option}{cost}")
