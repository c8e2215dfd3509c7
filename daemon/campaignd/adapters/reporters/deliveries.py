"""Webhook messages as a table, for `deliveries list`, and in a line each, for `retry`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import ago, plain, shorten, sized
from campaignd.adapters.reporters.screen import Screen

DETAIL_LENGTH = 400
STYLES: Mapping[str, str] = {
    "delivered": "green",
    "failed": "bold red",
    "disabled": "bold",
    "pending": "yellow",
    "sending": "cyan",
}


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """One message to one address; of an address no more is told than its origin."""

    id: str
    execution: str
    campaign: str
    event: str
    format: str
    address: str
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    detail: str | None = None


def name_address(url: str | None, url_secret: str | None) -> str:
    """Name where a message goes, without anything of the address that may be secret."""
    if url is None:
        return f"the address in the secret {url_secret}"
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def render_deliveries(rows: Sequence[DeliverySummary], now: datetime, screen: Screen) -> str:
    """Draw messages in the given order."""
    if not rows:
        return screen.draw(Text("No webhook messages yet: a campaign asks for them by `report`."))
    if screen.is_wide:
        return screen.draw(_table(rows, now, screen))
    return screen.draw(*(part for row in rows for part in _stacked(row, now)))


def say_fate(row: DeliverySummary, now: datetime) -> str:
    """Say in a line what came of a message."""
    detail = f": {shorten(row.detail, DETAIL_LENGTH)}" if row.detail else ""
    when = f", is tried again {_next(row, now)}" if row.state == "pending" else ""
    return f"{row.id} {row.state}{when}{detail}"


def _table(rows: Sequence[DeliverySummary], now: datetime, screen: Screen) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("State", no_wrap=True)
    table.add_column("Message", overflow="fold")
    table.add_column("Written", no_wrap=True)
    table.add_column("Tries", justify="right", no_wrap=True)
    table.add_column("Next", no_wrap=True)
    for row in rows:
        message = Text("\n").join([_told(row), *_facts(row)])
        written, tries = ago(row.created_at, now), str(row.attempts)
        table.add_row(_stamp(row), message, written, tries, _next(row, now) or "-")
    return table


def _stacked(row: DeliverySummary, now: datetime) -> Iterator[RenderableType]:
    yield Text.assemble(_stamp(row), "  ", _told(row))
    moments = [f"written {ago(row.created_at, now)}", sized(row.attempts, "attempt")]
    if upcoming := _next(row, now):
        moments.append(f"next {upcoming}")
    for fact in (Text(", ".join(moments)), *_facts(row)):
        yield Padding(fact, (0, 0, 0, 2))


def _stamp(row: DeliverySummary) -> Text:
    return Text(row.state, style=STYLES[row.state])


def _told(row: DeliverySummary) -> Text:
    return Text(f"{plain(row.campaign)} {row.event} to {plain(row.address)}")


def _facts(row: DeliverySummary) -> Iterator[Text]:
    yield Text(row.id, style="dim")
    if row.detail:
        yield Text(shorten(row.detail, DETAIL_LENGTH), style="dim")


def _next(row: DeliverySummary, now: datetime) -> str:
    if row.state != "pending" or row.next_attempt_at is None:
        return ""
    return "now" if row.next_attempt_at <= now else ago(row.next_attempt_at, now)
