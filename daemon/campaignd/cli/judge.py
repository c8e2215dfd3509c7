"""`campaignd judge` and `gate try`: gates on what was measured, after the fact."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from campaignd.cli.surroundings import (
    AS_JSON,
    INPUT,
    NO_COLOR,
    Surroundings,
    look_around,
    parse_pairs,
    settings_options,
)

if TYPE_CHECKING:
    from campaignd.wiring.judging_again import JudgedAgain, OtherGates
    from campaignd.wiring.storage import Storage

TABLE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("execution", metavar="EXECUTION|NAME")
@click.option("--gates", type=TABLE, help="Judge with the gates and metrics of this campaign file.")
@click.option(
    "--history",
    type=click.IntRange(min=1),
    help="Judge the last executions of the campaign NAME, this many at most.",
)
@INPUT
@settings_options
@AS_JSON
@NO_COLOR
def judge(execution: str, gates: Path | None, history: int | None, **options: Any) -> int:
    """Judge stored values again, maybe with other gates.

    Nothing stored changes. With --history each gate's verdicts over past executions are shown:
    its false alarms, before it is switched on.

    Exit status: that of the new verdict; with --history 0.
    """
    around = look_around(options["config"], options["database"])
    inputs = parse_pairs(options["inputs"], "--input")
    other = None if gates is None else _other_gates(gates, inputs)
    if history is not None:
        return _judge_history(around, (execution, history, other), options)
    return _judge_one(around, execution, other, options)


def _other_gates(path: Path, inputs: dict[str, str]) -> "OtherGates":
    from campaignd.adapters.campaign_files import load_campaign
    from campaignd.wiring.judging_again import other_gates

    return other_gates(load_campaign(path, inputs))


def _judge_one(
    around: Surroundings, prefix: str, other: "OtherGates | None", options: dict[str, Any]
) -> int:
    from campaignd.adapters.reporters.judging import judged_data, render_judged
    from campaignd.cli.show import find_execution, in_storage
    from campaignd.wiring.judging_again import judge_again

    async def read(storage: "Storage") -> "JudgedAgain":
        if prefix in await storage.history.campaigns():
            raise click.UsageError(
                f"{prefix} is a campaign: add --history 30, or name an execution"
            )
        return await judge_again(storage, await find_execution(storage, prefix), other)

    found = in_storage(around, read)
    if options["as_json"]:
        _echo_json(judged_data(found.stored, found.now))
    else:
        screen = around.screen(no_color=options["no_color"])
        click.echo(render_judged(found.stored, found.now, screen), nl=False)
    return found.now.exit_status or 0


def _judge_history(
    around: Surroundings, asked: "tuple[str, int, OtherGates | None]", options: dict[str, Any]
) -> int:
    from campaignd.adapters.reporters.judging import histories_data, render_histories
    from campaignd.cli.show import in_storage
    from campaignd.cli.trouble import NoSuchCampaign
    from campaignd.wiring.judging_again import judge_history

    name, last, other = asked

    async def read(storage: "Storage") -> "list[JudgedAgain]":
        known = await storage.history.campaigns()
        if name not in known:
            raise NoSuchCampaign(name, known)
        return [*await judge_history(storage, name, last, other)]

    pairs = [(each.stored, each.now) for each in in_storage(around, read)]
    if options["as_json"]:
        _echo_json(histories_data(name, pairs))
    elif pairs:
        screen = around.screen(no_color=options["no_color"])
        click.echo(render_histories(name, pairs, screen), nl=False)
    else:
        click.echo(f"No execution of {name} has a verdict, and values that were not pruned.")
    return 0


@click.group()
def gate() -> None:
    """Work on gates without running anything."""


@gate.command(name="try")
@click.option("--campaign", "file", type=TABLE, required=True, help="The campaign with the gates.")
@click.option("--data", type=TABLE, required=True, help="A table that `export` wrote, or like it.")
@click.option("--baseline", type=TABLE, help="A table to compare with, in the same form.")
@INPUT
@click.option("--json", "as_json", is_flag=True, help="Print the list of gate results as JSON.")
@NO_COLOR
def try_gate(file: Path, data: Path, baseline: Path | None, **options: Any) -> int:
    """Judge a campaign's gates on a table of values, offline.

    Columns: execution, agent, persona, test_set, variant, test_case, iteration, status, metric,
    value. execution and iteration may be left out. A baseline of several executions serves
    gates against the past, too; its last one is the baseline.

    Exit status: that of the verdict, or 2 where a file cannot be used.
    """
    from campaignd.adapters.campaign_files import load_campaign
    from campaignd.adapters.reporters.judging import render_trial
    from campaignd.adapters.reporters.screen import screen_of
    from campaignd.cli.trouble import execute
    from campaignd.core.verdicts import EXIT_STATUS
    from campaignd.wiring.gate_trial import try_gates

    loaded = load_campaign(file, parse_pairs(options["inputs"], "--input"))
    outcome = execute(lambda: try_gates(loaded, data, baseline))
    if options["as_json"]:
        _echo_json([each.model_dump(mode="json") for each in outcome.gates])
    else:
        import os
        import sys

        screen = screen_of(sys.stdout, os.environ, no_color=options["no_color"])
        click.echo(render_trial(outcome, screen), nl=False)
    return EXIT_STATUS[outcome.verdict]


def _echo_json(document: Any) -> None:
    import json

    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
