"""The report of an execution for people at a terminal."""

from collections.abc import Iterator
from datetime import timedelta

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from campaignd.adapters.reporters.notation import moment, plain, sized, spell
from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.terminal_cells import draw_cells
from campaignd.adapters.reporters.terminal_gates import draw_gates
from campaignd.adapters.reporters.terminal_scores import draw_scores
from campaignd.core.report import ExecutionReport, Totals


def render_report(report: ExecutionReport, screen: Screen) -> str:
    """Draw the verdict, then what it rests on, the most urgent first."""
    return screen.draw(*_parts(report, screen))


def _parts(report: ExecutionReport, screen: Screen) -> Iterator[RenderableType]:
    yield from _headline(report, screen)
    yield from draw_gates(report.gates, screen)
    yield from draw_cells(report.cells, screen)
    yield from draw_scores(report.scores, screen)
    yield from _unsettled(report, screen)
    yield from _notes(report, screen)
    yield ""
    yield Text(_totals(report.totals))
    for name, url in report.links.items():
        yield Text(f"{plain(name)}: {plain(url)}", no_wrap=True, overflow="ignore")


def _headline(report: ExecutionReport, screen: Screen) -> Iterator[RenderableType]:
    yield Text.assemble(screen.stamp(report.verdict), "  ", (plain(report.campaign), "bold"))
    if report.reason:
        yield Text(plain(report.reason))
    yield Text(_facts(report), style="dim")
    for name, values in (("labels", report.labels), ("inputs", report.inputs)):
        if values:
            pairs = ", ".join(f"{key}={value}" for key, value in values.items())
            yield Text(f"{name} {plain(pairs)}", style="dim")


def _facts(report: ExecutionReport) -> str:
    facts = [f"execution {report.execution}", f"triggered by {plain(report.trigger)}"]
    facts.append(f"started {moment(report.started_at)}")
    if report.verdict is None:
        facts.append(f"state {plain(report.state)}")
    if report.exit_status is not None:
        facts.append(f"exit status {report.exit_status}")
    return ", ".join(facts)


def _totals(totals: Totals) -> str:
    requests = sum(totals.requests.values())
    by_vendor = ", ".join(f"{vendor} {count}" for vendor, count in totals.requests.items())
    facts = [
        sized(totals.simulations, "simulation"),
        sized(totals.runs, "run"),
        sized(requests, "request") + (f" ({by_vendor})" if by_vendor else ""),
    ]
    if totals.duration is not None:
        facts.append(f"took {spell(timedelta(seconds=totals.duration))}")
    return "Totals: " + ", ".join(facts)


def _unsettled(report: ExecutionReport, screen: Screen) -> Iterator[RenderableType]:
    if not report.unsettled:
        return
    yield ""
    yield Text("Unsettled: these launches may still run and cost money", style="bold yellow")
    for launch in report.unsettled:
        run = f", run {launch.run_id}" if launch.run_id else ""
        text = f"{launch.cell}: {launch.state}{run}: {launch.note}"
        yield bulleted(text, screen)


def _notes(report: ExecutionReport, screen: Screen) -> Iterator[RenderableType]:
    if report.notes:
        yield ""
        yield Text("Notes", style="bold")
    for note in report.notes:
        yield bulleted(note, screen)


def bulleted(text: str, screen: Screen) -> RenderableType:
    """Hang a text under its bullet."""
    return Padding(Text(f"{screen.glyphs.bullet} {plain(text)}"), (0, 0, 0, 2))
