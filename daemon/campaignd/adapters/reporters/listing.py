"""Executions as a table, for `list` and `history`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import ago, plain, spell
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class ExecutionSummary:
    """One execution in a list. `gates_failed` of `gates` did not pass; values may be pruned."""

    id: str
    campaign: str
    trigger: str
    state: str
    verdict: Verdict | None
    started_at: datetime
    finished_at: datetime | None = None
    gates: int = 0
    gates_failed: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    pruned_at: datetime | None = None

    def took(self, now: datetime) -> timedelta:
        return (self.finished_at or now) - self.started_at


def render_list(rows: Sequence[ExecutionSummary], now: datetime, screen: Screen) -> str:
    """Draw executions of any campaigns, in the given order."""
    if not rows:
        return screen.draw(Text("No executions yet. `campaignd run FILE` starts one."))
    if screen.is_wide:
        return screen.draw(_table(rows, now, screen))
    parts = [part for row in rows for part in _stacked(row, now, screen)]
    return screen.draw(*parts)


def render_history(
    campaign: str, rows: Sequence[ExecutionSummary], now: datetime, screen: Screen
) -> str:
    """Draw one campaign's executions under the strip of their verdicts, newest first."""
    if not rows:
        return screen.draw(Text(f"No executions of {plain(campaign)} yet."))
    strip = "".join(screen.glyphs.sign(row.verdict) for row in reversed(rows))
    verdicts = [row.verdict for row in rows if row.verdict]
    passed = verdicts.count(Verdict.PASSED)
    head = Text(f"{plain(campaign)}: {passed} of {len(verdicts)} passed, oldest to newest {strip}")
    return screen.draw(head, "") + render_list(rows, now, screen)


def _table(rows: Sequence[ExecutionSummary], now: datetime, screen: Screen) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Execution", overflow="fold")
    table.add_column("Started", no_wrap=True)
    table.add_column("Took", justify="right", no_wrap=True)
    table.add_column("Gates", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            _stamp(row, screen),
            Text.assemble(_named(row), f"\n  {row.id}"),
            ago(row.started_at, now),
            spell(row.took(now)),
            _gates(row),
        )
    return table


def _stacked(row: ExecutionSummary, now: datetime, screen: Screen) -> list[RenderableType]:
    facts = [ago(row.started_at, now), f"took {spell(row.took(now))}", f"gates {_gates(row)}"]
    return [
        Text.assemble(_stamp(row, screen), "  ", _named(row)),
        Padding(Text(", ".join(facts)), (0, 0, 0, 2)),
        Padding(Text(row.id, style="dim"), (0, 0, 0, 2)),
    ]


def _stamp(row: ExecutionSummary, screen: Screen) -> Text:
    if row.verdict is not None:
        return screen.stamp(row.verdict)
    return Text(f"{screen.glyphs.running} {plain(row.state)}", style="cyan")


def _named(row: ExecutionSummary) -> Text:
    facts = [row.trigger, *(f"{key}={value}" for key, value in row.labels.items())]
    if row.pruned_at is not None:
        facts.append("values pruned")
    return Text.assemble(plain(row.campaign), (f" ({plain(', '.join(facts))})", "dim"))


def _gates(row: ExecutionSummary) -> str:
    return f"{row.gates - row.gates_failed}/{row.gates}" if row.gates else "-"
