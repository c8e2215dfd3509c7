"""Cotool's scores on a terminal: one summary per agent, and the critical issues."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, shorten
from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.selection import by_agent, summarize
from campaignd.core.report import ScoreReport

ISSUES_SHOWN = 5
TITLE_LENGTH = 80


def draw_scores(scores: Sequence[ScoreReport], screen: Screen) -> Iterator[RenderableType]:
    if not scores:
        return
    yield ""
    yield Text("Cotool scores", style="bold")
    for agent, runs in by_agent(scores).items():
        yield Padding(Text(f"{plain(agent)}: {summarize(runs)}"), (0, 0, 0, 2))
        yield from _issues(runs, screen)


def _issues(runs: Sequence[ScoreReport], screen: Screen) -> Iterator[RenderableType]:
    issues = [run for run in runs if run.critical_issue is not None]
    for run in issues[:ISSUES_SHOWN]:
        what = shorten(run.title, TITLE_LENGTH, screen.glyphs.ellipsis)
        text = f"{screen.glyphs.bullet} {plain(run.critical_issue or '')}: {what}"
        yield Padding(Text(text), (0, 0, 0, 4))
    if (more := len(issues) - ISSUES_SHOWN) > 0:
        yield Padding(Text(f"and {more} more"), (0, 0, 0, 4))
