"""The report as Markdown, for GitHub's step summaries and comments.

The first line is a hidden marker, so that a comment can be found again and updated in place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from campaignd.adapters.reporters.markdown_text import (
    code,
    escape,
    in_html,
    link,
    opening,
    row,
)
from campaignd.adapters.reporters.notation import (
    interval,
    measured,
    moment,
    of_case,
    sized,
    spell,
    title,
    word,
)
from campaignd.adapters.reporters.selection import (
    by_agent,
    by_urgency,
    case_name,
    case_place,
    counted,
    errors_of,
    explained,
    is_passed,
    summarize,
    troubled_first,
    with_inner,
)
from campaignd.core.report import CaseReport, CellReport, ExecutionReport, GateReport
from campaignd.core.verdicts import GateVerdict

SUMMARY_LIMIT = 1024 * 1024 - 1024
"""Bytes; GitHub cuts a step summary off near 1 MiB without a word."""

COMMENT_LIMIT = 65_000
"""Bytes, so fewer characters than the 65,536 that a comment may have."""

_CLOSING_ROOM = 400
_SIGNS = {
    "passed": "✅",
    "failed": "❌",
    "inconclusive": "❔",
    "errored": "⚠️",
    "timed out": "⌛",
    "cancelled": "🚫",
    "running": "⏳",
}


@dataclass(frozen=True, slots=True)
class _Section:
    """Lines that belong together; from the end they may be left out one by one."""

    opening: str
    lines: tuple[str, ...]
    closing: str = ""


def marker(campaign: str) -> str:
    """Return the hidden first line by which a campaign's comment is found again."""
    return f"<!-- campaignd:{campaign} -->"


def render_markdown(report: ExecutionReport, limit: int = SUMMARY_LIMIT) -> str:
    """Write the report in at most `limit` bytes; what was left out for that is said."""
    text, left_out = _fit(_sections(report), limit - _CLOSING_ROOM)
    if not left_out:
        return text
    return (
        f"{text}\n_Shortened: {sized(left_out, 'line')} left out to stay below {limit:,} bytes. "
        f"`campaignd report {report.execution} --format markdown` has them all._\n"
    )


def render_comment(report: ExecutionReport) -> str:
    """Write the report short enough for a comment on a pull request."""
    return render_markdown(report, COMMENT_LIMIT)


def _fit(sections: Iterable[_Section], room: int) -> tuple[str, int]:
    """Take sections and their lines while there is room; count the lines that found none."""
    taken: list[str] = []
    left_out = 0
    for section in sections:
        lines = _take(section.lines, room - _size(section.opening) - _size(section.closing))
        left_out += len(section.lines) - len(lines)
        if not lines:
            continue
        taken.append("\n".join(filter(None, (section.opening, *lines, section.closing))))
        room -= _size(taken[-1])
    return "\n\n".join(taken) + "\n", left_out


def _take(lines: tuple[str, ...], room: int) -> tuple[str, ...]:
    for count, line in enumerate(lines):
        room -= _size(line)
        if room < 0:
            return lines[:count]
    return lines


def _size(text: str) -> int:
    return len(text.encode()) + len("\n\n")


def _sections(report: ExecutionReport) -> Iterator[_Section]:
    yield _headline(report)
    yield from _facts(report)
    ordered = by_urgency(report.gates)
    if ordered:
        yield _gate_table(ordered)
    for gate in explained(ordered):
        yield from _explanation(gate)
    yield from _unsettled(report)
    yield from _cells(report.cells)
    yield from _scores(report)
    yield from _bullets("Notes", [opening(note) for note in report.notes])
    yield _totals(report)


def _headline(report: ExecutionReport) -> _Section:
    verdict = word(report.verdict)
    return _Section(
        f"{marker(report.campaign)}\n"
        f"## {_SIGNS[verdict]} {verdict.capitalize()}: {escape(report.campaign)}\n",
        (f"**Verdict: {verdict}.** {escape(report.reason)}".rstrip(),),
    )


def _facts(report: ExecutionReport) -> Iterator[_Section]:
    facts = [f"Execution {code(report.execution)}", f"triggered by {escape(report.trigger)}"]
    facts.append(f"started {moment(report.started_at)}")
    if report.totals.duration is not None:
        facts.append(f"took {spell(timedelta(seconds=report.totals.duration))}")
    yield _Section("", (", ".join(facts) + ".",))
    for name, values in (("Labels", report.labels), ("Inputs", report.inputs)):
        if values:
            pairs = ", ".join(code(f"{key}={value}") for key, value in values.items())
            yield _Section("", (f"{name}: {pairs}",))
    if report.links:
        links = ", ".join(link(name, url) for name, url in report.links.items())
        yield _Section("", (links,))


def _gate_table(gates: list[GateReport]) -> _Section:
    header = row(["Gate", "Value", "Asked", "Interval", "n", "Verdict"])
    rule = "| --- | ---: | --- | --- | ---: | --- |"
    rows = tuple(_gate_row(gate, depth) for depth, gate in with_inner(gates))
    return _Section(f"### Gates: {counted(gates)}\n\n{header}\n{rule}", rows)


def _gate_row(gate: GateReport, depth: int) -> str:
    aside = "" if gate.blocks or is_passed(gate) else " (does not block)"
    return row(
        [
            "&nbsp;&nbsp;" * depth + escape(title(gate)),
            measured(gate, gate.estimate),
            escape(gate.threshold or "-"),
            interval(gate),
            "-" if gate.gates else str(gate.n),
            f"{_SIGNS[word(gate.verdict)]} {gate.verdict.value}{aside}",
        ]
    )


def _explanation(gate: GateReport) -> Iterator[_Section]:
    sign = _SIGNS[word(gate.verdict)]
    yield _Section("", (f"{sign} **{escape(title(gate))}**: {escape(gate.reason)}",))
    if gate.cases:
        shown = "Failing" if gate.verdict is GateVerdict.FAILED else "Worst"
        header = row(["Test case", "Where", "Base", "Value", "What the judge says"])
        yield _folded(
            f"{shown} test cases of {in_html(title(gate))}",
            f"{header}\n| --- | --- | ---: | ---: | --- |",
            (_case_row(gate, case) for case in gate.cases),
        )


def _folded(summary: str, header: str, rows: Iterable[str]) -> _Section:
    opened = f"<details><summary>{summary}</summary>\n\n{header}"
    return _Section(opened, tuple(rows), "\n</details>")


def _case_row(gate: GateReport, case: CaseReport) -> str:
    name = case_name(case)
    return row(
        [
            link(name, case.url) if case.url else escape(name),
            escape(case_place(case)),
            escape(of_case(gate, case.base)),
            escape(of_case(gate, case.value)),
            escape(case.explanation or ""),
        ]
    )


def _cells(cells: Iterable[CellReport]) -> Iterator[_Section]:
    rows = tuple(map(_cell_row, troubled_first(tuple(cells))))
    if rows:
        header = row(["Cell", "State", "Done", "Failed", "Lost", "Tries", "Run", "Error"])
        rule = "| --- | --- | ---: | ---: | ---: | ---: | --- | --- |"
        yield _folded(sized(len(rows), "cell"), f"{header}\n{rule}", rows)


def _cell_row(cell: CellReport) -> str:
    counts = cell.simulations
    run = cell.run_id or ("run" if cell.url else "-")
    return row(
        [
            escape(cell.key),
            escape(cell.state),
            f"{counts.completed}/{counts.planned}",
            str(counts.failed),
            str(counts.lost),
            str(len(cell.attempts)),
            link(run, cell.url) if cell.url else escape(run),
            escape("; ".join(errors_of(cell))),
        ]
    )


def _scores(report: ExecutionReport) -> Iterator[_Section]:
    groups = by_agent(report.scores).items()
    summaries = [f"{escape(agent)}: {summarize(runs)}" for agent, runs in groups]
    issues = [
        f"{escape(score.agent)}: critical issue {code(score.critical_issue)} in "
        f"{escape(score.title)}"
        for score in report.scores
        if score.critical_issue
    ]
    yield from _bullets("Cotool scores", [*summaries, *issues])


def _unsettled(report: ExecutionReport) -> Iterator[_Section]:
    lines = [
        f"{escape(launch.cell)}: {escape(launch.state)}, run {code(launch.run_id or '-')}: "
        f"{escape(launch.note)}"
        for launch in report.unsettled
    ]
    yield from _bullets("Unsettled: these launches may still run and cost money", lines)


def _bullets(heading: str, lines: Iterable[str]) -> Iterator[_Section]:
    bullets = tuple(f"- {line}" for line in lines)
    if bullets:
        yield _Section(f"### {heading}\n", bullets)


def _totals(report: ExecutionReport) -> _Section:
    totals = report.totals
    requests = sized(sum(totals.requests.values()), "request")
    facts = [sized(totals.simulations, "simulation"), sized(totals.runs, "run"), requests]
    return _Section("", (f"Totals: {', '.join(facts)}.",))
