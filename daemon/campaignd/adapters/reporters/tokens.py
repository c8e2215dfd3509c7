"""Tokens as text, for `token list`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from campaignd.adapters.reporters.notation import ago, plain
from campaignd.adapters.reporters.screen import Screen

STYLES: Mapping[str, str] = {"live": "green", "expired": "yellow", "revoked": "bold"}


@dataclass(frozen=True, slots=True)
class TokenSummary:
    """A token without its secret. `state` is live, expired or revoked."""

    id: str
    name: str
    state: str
    scopes: tuple[str, ...]
    campaigns: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


def render_tokens(rows: Sequence[TokenSummary], now: datetime, screen: Screen) -> str:
    """Draw tokens in the given order."""
    if not rows:
        return screen.draw(Text("No tokens yet: `campaignd token create NAME` makes one."))
    return screen.draw(*(part for row in rows for part in _token(row, now)))


def say_reach(row: TokenSummary) -> str:
    """Say what a token allows: `trigger for payments-*`."""
    campaigns = ", ".join(map(plain, row.campaigns)) or "all campaigns"
    return f"{', '.join(row.scopes)} for {campaigns}"


def _token(row: TokenSummary, now: datetime) -> Iterator[RenderableType]:
    yield Text.assemble((plain(row.name), "bold"), "  ", (row.state, STYLES[row.state]))
    yield Padding(Text(say_reach(row)), (0, 0, 0, 2))
    yield Padding(Text(f"{row.id}, {', '.join(_moments(row, now))}", style="dim"), (0, 0, 0, 2))


def _moments(row: TokenSummary, now: datetime) -> Iterator[str]:
    yield f"made {ago(row.created_at, now)}"
    if row.revoked_at is not None:
        yield f"revoked {ago(row.revoked_at, now)}"
    elif row.expires_at is None:
        yield "never expires"
    else:
        verb = "expired" if row.state == "expired" else "expires"
        yield f"{verb} {ago(row.expires_at, now)}"
