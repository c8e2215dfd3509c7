"""`campaignd token create|list|revoke`."""

import json
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
    from campaignd.wiring.tokens import MadeToken, WantedToken

SCOPES = ("read", "trigger", "submit", "admin")


@click.group()
def token() -> None:
    """Look after the tokens of the service's API."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What it may do; each includes those before it. Default: read.",
)
@click.option(
    "--campaign",
    "campaigns",
    multiple=True,
    metavar="PATTERN",
    help="Only these campaigns: a name, or payments-*.",
)
@click.option("--expires", metavar="DURATION", help="How long it lives, as 90d. Default: for ever.")
@settings_options
@AS_JSON
def create(name: str, as_json: bool, **options: Any) -> None:
    """Make a token and print it, this once."""
    from campaignd.cli.trouble import execute
    from campaignd.wiring import tokens

    wanted = _wanted(name, options)
    around = look_around(options["config"], options["database"])
    made = execute(lambda: tokens.create_token(around.settings, around.environment, wanted))
    if as_json:
        click.echo(_as_json(made))
        return
    click.echo(_told(made, around), err=True)
    click.echo(made.credential.text)


@token.command(name="list")
@settings_options
@AS_JSON
@NO_COLOR
def list_tokens(as_json: bool, no_color: bool, **options: Any) -> None:
    """List all tokens, the newest first; their secrets are kept nowhere."""
    from pydantic import TypeAdapter

    from campaignd.adapters.reporters.tokens import TokenSummary, render_tokens
    from campaignd.cli.trouble import execute
    from campaignd.wiring import tokens
    from campaignd.wiring.chance import SystemClock

    around = look_around(options["config"], options["database"])
    rows = execute(lambda: tokens.list_tokens(around.settings, around.environment))
    if as_json:
        click.echo(TypeAdapter(list[TokenSummary]).dump_json([*rows], indent=2).decode())
        return
    screen = around.screen(no_color=no_color)
    click.echo(render_tokens(rows, SystemClock().now(), screen), nl=False)


@token.command()
@click.argument("token", metavar="NAME|ID")
@settings_options
def revoke(token: str, **options: Any) -> None:
    """Revoke a token, at once and for good."""
    from campaignd.cli.trouble import execute
    from campaignd.wiring import tokens

    around = look_around(options["config"], options["database"])
    is_new = execute(lambda: tokens.revoke_token(around.settings, around.environment, token))
    click.echo(f"{token} is revoked" if is_new else f"{token} was revoked already")


def _wanted(name: str, options: dict[str, Any]) -> "WantedToken":
    from campaignd.core.scalars import parse_name
    from campaignd.core.tokens import Scope, parse_lifetime, parse_pattern
    from campaignd.wiring.tokens import WantedToken

    expires = options["expires"]
    try:
        return WantedToken(
            name=parse_name(name),
            scopes=frozenset(map(Scope, options["scopes"] or [Scope.READ])),
            campaigns=tuple(map(parse_pattern, options["campaigns"])),
            lifetime=None if expires is None else parse_lifetime(expires),
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _told(made: "MadeToken", around: Surroundings) -> str:
    from campaignd.adapters.reporters.tokens import say_reach
    from campaignd.adapters.store.database import path_of
    from campaignd.wiring.storage import database_url

    summary, path = made.summary, path_of(database_url(around.settings, around.environment))
    until = f" until {summary.expires_at:%Y-%m-%d %H:%M} UTC" if summary.expires_at else ""
    return (
        f"{summary.name}: {say_reach(summary)}{until}\n"
        f"It opens a service that uses {path}, and is shown only this once."
    )


def _as_json(made: "MadeToken") -> str:
    from pydantic import TypeAdapter

    from campaignd.adapters.reporters.tokens import TokenSummary

    summary = TypeAdapter(TokenSummary).dump_python(made.summary, mode="json")
    return json.dumps({"token": made.credential.text, **summary}, indent=2)
