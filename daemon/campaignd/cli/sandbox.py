"""`campaignd sandbox` and `demo`: everything without keys and without cost."""

import os
from pathlib import Path

import click

from campaignd.cli.surroundings import NO_COLOR, look_around, settings_options

PORT = 8322


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--scenario", type=click.Path(path_type=Path), help="What it does: effects, failures, faults."
)
@click.option("--seed", type=int, help="Another world of values, as repeatable.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), help="Times faster.")
def sandbox(port: int, scenario: Path | None, seed: int | None, speed: float | None) -> int:
    """Serve a local Coval and Cotool to try everything on."""
    from campaignd.cli.trouble import execute
    from campaignd.wiring.sandboxing import adjust, read_scenario, serve_sandbox

    chosen = adjust(read_scenario(scenario), seed, speed)

    def tell(bound: int) -> None:
        click.echo(f"Coval and Cotool on http://127.0.0.1:{bound}; Ctrl-C ends them")
        click.echo(f"  export CAMPAIGND_COVAL__BASE_URL=http://127.0.0.1:{bound}/v1")
        click.echo(f"  export CAMPAIGND_COTOOL__BASE_URL=http://127.0.0.1:{bound}/api")
        click.echo("  export COVAL_API_KEY=sandbox COTOOL_API_KEY=sandbox")

    try:
        execute(lambda: serve_sandbox(chosen, port, tell))
    except OSError as error:
        raise click.UsageError(
            f"port {port} cannot be used: {_reason(error)}; choose another with --port"
        ) from error
    return 0


def _reason(error: OSError) -> str:
    # The standard library adds the address to `strerror`; the number gives the plain words.
    return os.strerror(error.errno) if error.errno else str(error)


@click.command()
@settings_options
@NO_COLOR
def demo(config: Path | None, database: str | None, no_color: bool) -> int:
    """Run a built-in campaign on the sandbox, in half a minute.

    It needs no keys and costs nothing. One of its gates fails, as it should.

    Exits with 0 if all went as it should, the failed gate included.
    """
    from campaignd.cli.demo import run_demo

    return run_demo(look_around(config, database), no_color=no_color)
