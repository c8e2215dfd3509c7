"""`campaignd compare`: two executions, or the variants of one."""

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
    from campaignd.core.comparison.variants import RankedVariant
    from campaignd.wiring.comparing import Comparison
    from campaignd.wiring.storage import Storage


@click.command()
@click.argument("execution", metavar="A")
@click.argument("other", metavar="[B]", required=False)
@click.option("--rank", "metric", metavar="METRIC", help="Rank the variants of A by a metric.")
@settings_options
@AS_JSON
@NO_COLOR
def compare(execution: str, other: str | None, metric: str | None, **options: Any) -> None:
    """Compare two executions, or rank the variants of one.

    Case by case from A to B: each metric's difference with its interval, and the test cases that
    changed. A difference is only named where it is proven.
    """
    if (other is None) == (metric is None):
        raise click.UsageError("name two executions, or one and --rank METRIC")
    around = look_around(options["config"], options["database"])
    if metric is not None:
        _rank(around, execution, metric, options)
    else:
        _compare(around, (execution, str(other)), options)


def _compare(around: Surroundings, prefixes: tuple[str, str], options: dict[str, Any]) -> None:
    from campaignd.adapters.reporters.comparing import Sides, comparison_data, render_comparison
    from campaignd.cli.show import find_execution, in_storage
    from campaignd.wiring.comparing import compare

    async def read(storage: "Storage") -> "Comparison":
        base, new = [await find_execution(storage, prefix) for prefix in prefixes]
        return await compare(storage, base, new)

    found = in_storage(around, read)
    sides = Sides(found.base, found.new, found.titles, found.notes)
    if options["as_json"]:
        _echo_json(comparison_data(sides, found.results))
        return
    screen = around.screen(no_color=options["no_color"])
    click.echo(render_comparison(sides, found.results, screen), nl=False)


def _rank(around: Surroundings, prefix: str, metric: str, options: dict[str, Any]) -> None:
    from campaignd.adapters.reporters.comparing import ranking_data, render_ranking
    from campaignd.cli.show import find_execution, in_storage
    from campaignd.wiring.comparing import rank

    async def read(storage: "Storage") -> "tuple[str, tuple[RankedVariant, ...]]":
        execution = await find_execution(storage, prefix)
        return execution, await rank(storage, execution, metric)

    execution, ranked = in_storage(around, read)
    if options["as_json"]:
        _echo_json(ranking_data(execution, metric, ranked))
        return
    screen = around.screen(no_color=options["no_color"])
    click.echo(render_ranking(execution, metric, ranked, screen), nl=False)


def _echo_json(document: Any) -> None:
    import json

    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
