"""What judging again found, for people at a terminal and as JSON data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, title, word
from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.terminal import bulleted
from campaignd.adapters.reporters.terminal_gates import draw_gates
from campaignd.core.report import ExecutionReport, GateReport
from campaignd.core.verdicts import GateVerdict, Verdict

_LAST = 30
"""Verdicts of a strip: more do not fit a line, and the JSON has them all."""


@dataclass(frozen=True, slots=True)
class Change:
    """A gate, or a group of a split one, whose verdict is another now; None where it is absent."""

    gate: str
    stored: GateVerdict | None
    now: GateVerdict | None

    def as_json_data(self) -> dict[str, Any]:
        return {"gate": self.gate, "stored": self.stored, "now": self.now}


def changes_of(stored: ExecutionReport, now: ExecutionReport) -> Sequence[Change]:
    """Find the gates whose verdicts differ, in the order of the new gates."""
    old, new = _by_title(stored.gates), _by_title(now.gates)
    names = dict.fromkeys([*new, *old])
    return [
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) is not new.get(name)
    ]


def render_judged(stored: ExecutionReport, now: ExecutionReport, screen: Screen) -> str:
    """Draw the verdict as it would be, what is stored, and what changes."""
    return screen.draw(*_judged(stored, now, screen))


def judged_data(stored: ExecutionReport, now: ExecutionReport) -> dict[str, Any]:
    """The report as it would be, and under `stored` and `changes` what is stored."""
    return {
        **now.as_json_data(),
        "stored": {"verdict": stored.verdict, "exit_status": stored.exit_status},
        "changes": [change.as_json_data() for change in changes_of(stored, now)],
    }


def _judged(
    stored: ExecutionReport, now: ExecutionReport, screen: Screen
) -> Iterator[RenderableType]:
    yield Text.assemble(
        screen.stamp(now.verdict),
        "  ",
        (plain(now.campaign), "bold"),
        f", stored as {word(stored.verdict)}",
    )
    yield Text(plain(now.reason))
    yield Text(f"execution {now.execution}; what is stored stays as it is", style="dim")
    changes = changes_of(stored, now)
    yield ""
    yield Text("Changes" if changes else "No gate changes its verdict", style="bold")
    for change in changes:
        yield bulleted(_change(change, screen), screen)
    yield from draw_gates(now.gates, screen)
    yield from _notes(now.notes, screen)


def _change(change: Change, screen: Screen) -> str:
    if change.stored is None:
        return f"{change.gate}: new, {word(change.now)}"
    if change.now is None:
        return f"{change.gate}: gone, was {word(change.stored)}"
    return f"{change.gate}: {word(change.stored)} {screen.glyphs.arrow} {word(change.now)}"


def _notes(notes: Sequence[str], screen: Screen) -> Iterator[RenderableType]:
    if notes:
        yield ""
        yield Text("Notes", style="bold")
    for note in notes:
        yield bulleted(note, screen)


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """What came of gates that were judged on a table."""

    campaign: str
    verdict: Verdict
    reason: str
    gates: Sequence[GateReport]
    notes: Sequence[str] = ()


def render_trial(outcome: TrialOutcome, screen: Screen) -> str:
    """Draw the verdict, the gates, and what they were compared with."""
    stamp = screen.stamp(outcome.verdict)
    head = Text.assemble(stamp, "  ", (plain(outcome.campaign), "bold"))
    gates = draw_gates(outcome.gates, screen)
    return screen.draw(head, Text(plain(outcome.reason)), *gates, *_notes(outcome.notes, screen))


@dataclass(frozen=True, slots=True)
class GateHistory:
    """One gate over executions, oldest first; None where an execution has no such group."""

    gate: str
    blocks: bool
    results: Mapping[str, GateVerdict | None]

    @property
    def counts(self) -> dict[str, int]:
        """How often it came out how."""
        found = [*self.results.values()]
        return {verdict.value: found.count(verdict) for verdict in GateVerdict}


def histories_of(reports: Sequence[ExecutionReport]) -> Sequence[GateHistory]:
    """Follow each gate through reports, oldest first."""
    gates = {title(gate): gate.blocks for report in reports for gate in report.gates}
    found = {report.execution: _by_title(report.gates) for report in reports}
    return [
        GateHistory(name, blocks, {each: verdicts.get(name) for each, verdicts in found.items()})
        for name, blocks in gates.items()
    ]


def render_histories(
    campaign: str, pairs: Sequence[tuple[ExecutionReport, ExecutionReport]], screen: Screen
) -> str:
    """Draw how each gate would have fared; the verdict of executions last, as stored and as now."""
    reports = [now for _, now in pairs]
    head = Text(f"{plain(campaign)}: the last {len(reports)} judged again, oldest to newest")
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Gate", overflow="fold", ratio=1)
    table.add_column("Verdicts", overflow="fold")
    table.add_column("Failed", justify="right", no_wrap=True)
    table.add_column("Unsure", justify="right", no_wrap=True)
    for history in histories_of(reports):
        found = [*history.results.values()]
        strip = "".join(_sign(verdict, screen) for verdict in found)
        table.add_row(Text(history.gate), Text(strip[-_LAST:]), *_shares(history, len(found)))
    stored, now = ([side.verdict for side in sides] for sides in zip(*pairs, strict=True))
    for name, verdicts in (("verdict as stored", stored), ("verdict with these gates", now)):
        strip = "".join(screen.glyphs.sign(verdict) for verdict in verdicts)
        failed = verdicts.count(Verdict.FAILED)
        unsure = sum(v in {Verdict.INCONCLUSIVE, Verdict.ERRORED} for v in verdicts)
        table.add_row(
            Text(name, style="bold"), Text(strip[-_LAST:]), _of(failed, verdicts), str(unsure)
        )
    legend = Text(_legend(screen), style="dim")
    return screen.draw(head, "", table, "", legend)


def histories_data(
    campaign: str, pairs: Sequence[tuple[ExecutionReport, ExecutionReport]]
) -> dict[str, Any]:
    """Every gate's verdicts by execution, oldest first."""
    return {
        "campaign": campaign,
        "executions": [
            {"execution": now.execution, "stored": stored.verdict, "now": now.verdict}
            for stored, now in pairs
        ],
        "gates": [
            {
                "gate": history.gate,
                "blocks": history.blocks,
                "counts": history.counts,
                "results": dict(history.results),
            }
            for history in histories_of([now for _, now in pairs])
        ],
    }


def _by_title(gates: Sequence[GateReport]) -> dict[str, GateVerdict]:
    return {title(gate): gate.verdict for gate in gates}


def _sign(verdict: GateVerdict | None, screen: Screen) -> str:
    return " " if verdict is None else screen.glyphs.sign(verdict)


def _shares(history: GateHistory, total: int) -> tuple[str, str]:
    counts = history.counts
    unsure = counts[GateVerdict.INCONCLUSIVE] + counts[GateVerdict.ERRORED]
    return f"{counts[GateVerdict.FAILED]} of {total}", str(unsure)


def _of(count: int, found: Sequence[object]) -> str:
    return f"{count} of {len(found)}"


def _legend(screen: Screen) -> str:
    words = (GateVerdict.PASSED, GateVerdict.FAILED, GateVerdict.INCONCLUSIVE, GateVerdict.ERRORED)
    return ", ".join(f"{screen.glyphs.sign(verdict)} {word(verdict)}" for verdict in words)
