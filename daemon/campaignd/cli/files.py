"""`campaignd validate`, `plan` and `schema`: what a file says, before anything is spent."""

from pathlib import Path

import click

from campaignd.cli.surroundings import (
    AS_JSON,
    FILE,
    INPUT,
    NO_COLOR,
    SANDBOX,
    look_around,
    parse_pairs,
    scenario_path,
    settings_options,
    untangle,
)

INVALID = 2


@click.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@INPUT
def validate(files: tuple[Path, ...], inputs: tuple[str, ...]) -> int:
    """Check campaign files and show all their mistakes at once."""
    from campaignd.adapters.campaign_files import check_campaign_file
    from campaignd.core.mistakes import CampaignInvalid

    given, status = parse_pairs(inputs, "--input"), 0
    for file in files:
        try:
            missing = check_campaign_file(file, given)
        except CampaignInvalid as error:
            click.echo(str(error), err=True)
            status = INVALID
        else:
            needs = ", ".join(f"--input {name}=…" for name in missing)
            click.echo(f"{file}: valid" + (f"; a run needs {needs}" if needs else ""))
    return status


@click.command()
@FILE
@INPUT
@SANDBOX
@settings_options
@AS_JSON
@NO_COLOR
def plan(  # noqa: PLR0913, PLR0917  # one argument an option
    file: Path | None,
    inputs: tuple[str, ...],
    sandbox: str | None,
    config: Path | None,
    database: str | None,
    as_json: bool,
    no_color: bool,
) -> int:
    """Show what a run would launch, cost and be able to tell.

    Launches nothing. With a Coval key every id is read and test sets are counted there; without
    one the file's own hints (`cases: 40`) count. How results spread is taken from the campaign's
    own history where there is one.
    """
    from campaignd.adapters.campaign_files import load_campaign
    from campaignd.adapters.reporters.plan import plan_data, render_plan
    from campaignd.cli.trouble import execute
    from campaignd.wiring.foresight import Sources, foresee
    from campaignd.wiring.sandboxing import read_scenario

    wanted, sandbox = untangle(file, sandbox)
    around = look_around(config, database)
    loaded = load_campaign(wanted, parse_pairs(inputs, "--input"))
    scenario = None if sandbox is None else read_scenario(scenario_path(sandbox))
    sources = Sources(around.settings, around.environment, scenario)
    outlook = execute(lambda: foresee(loaded, sources))
    if as_json:
        import json

        click.echo(json.dumps(plan_data(outlook), indent=2))
    else:
        click.echo(render_plan(outlook, around.screen(no_color=no_color)), nl=False)
    for refusal in outlook.refusals:
        click.echo(refusal, err=True)
    return INVALID if outlook.refusals else 0


@click.command()
def schema() -> None:
    """Print the JSON Schema of campaign files, for editors."""
    import json

    from campaignd.core.campaign.schema import campaign_schema

    click.echo(json.dumps(campaign_schema(), indent=2, ensure_ascii=False))
