"""What the gates of a plan can tell, as a table and as data."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.gates.foresight.forecast import Forecast, GateForecast
from campaignd.core.gates.foresight.telling import advise, warn
from campaignd.core.gates.foresight.words import chance

_MOST_ADVICE = 5
_MOST_NAMES = 3
_LEGEND = (
    "Notices: what it finds out 4 times in 5. False alarm: how often it fails though all is well, "
    "with the truth as stated."
)
_UNDECIDED = " Undecided: how often it is inconclusive though nothing changed."


def draw_gates(
    forecasts: Sequence[GateForecast], basis: Sequence[str], screen: Screen
) -> Iterator[RenderableType]:
    """Draw a line for each gate, what they mean, and what is wrong or would help."""
    lines = [line for gate in forecasts for line in _lines(gate, "")]
    yield from [_table(lines, screen)] if screen.is_wide else _stacked(lines)
    yield ""
    if any(forecast.is_known for forecast in _all_groups(forecasts)):
        can_stay_open = any(gate.undecided is not None for gate in forecasts)
        yield Text(_LEGEND + (_UNDECIDED if can_stay_open else ""), style="dim")
    for sentence in basis:
        yield Text(plain(sentence), style="dim")
    for warning in warn([gate for gate in forecasts if not gate.is_refused]):
        yield Text(f"{screen.glyphs.trouble} {plain(warning)}", style="yellow")
    advice = [*filter(None, map(advise, forecasts)), *_notes(forecasts)]
    for sentence in advice[:_MOST_ADVICE]:
        yield Text(f"{screen.glyphs.bullet} {plain(sentence)}")
    if len(advice) > _MOST_ADVICE:
        rest = len(advice) - _MOST_ADVICE
        yield Text(f"{screen.glyphs.bullet} {rest} more: see `plan --json`")


def gate_data(gate: GateForecast) -> dict[str, Any]:
    """Return a forecast as plain data; what is not known is null."""
    return {
        "gate": gate.name,
        "kind": gate.kind,
        "blocks": gate.blocks,
        "can_pass": gate.can_pass,
        "can_fail": gate.can_fail,
        "false_alarm": gate.false_alarm,
        "undecided": gate.undecided,
        "groups": [_group_data(group) for group in gate.groups],
        "gates": [gate_data(inner) for inner in gate.gates],
    }


def _group_data(group: Forecast) -> dict[str, Any]:
    return {
        "scope": dict(group.scope),
        "test_cases": group.cases,
        "values": group.values,
        "detects": group.detects,
        "notices": group.notices or None,
        "truth": group.truth,
        "false_alarm": group.false_alarm,
        "undecided": group.undecided,
        "can_pass": group.can_pass,
        "can_fail": group.can_fail,
        "lacking": group.lacking or None,
        "needs": {"test_cases": group.needs.cases, "iterations": group.needs.iterations},
        "assumed": group.assumed or None,
        "note": group.note or None,
    }


_Line = tuple[str, str, str, str, str]


def _lines(gate: GateForecast, indent: str) -> Iterator[_Line]:
    worst = gate.worst
    if worst is None:
        alarm = "-" if gate.false_alarm is None else chance(gate.false_alarm)
        yield (f"{indent}{plain(gate.name)}", "", "", alarm, _undecided(gate))
        for inner in gate.gates:
            yield from _lines(inner, f"{indent}  ")
        return
    yield (
        f"{indent}{_name(gate, worst)}",
        _size(worst),
        worst.notices or "-",
        _alarm(gate, worst),
        _undecided(gate),
    )


def _name(gate: GateForecast, worst: Forecast) -> str:
    if len(gate.groups) == 1:
        return plain(gate.name)
    where = " ".join(worst.scope.values())
    return plain(f"{gate.name} (worst of {len(gate.groups)}: {where})")


def _size(forecast: Forecast) -> str:
    if forecast.cases is None:
        return "?" if forecast.values is None else "-"
    return str(forecast.cases)


def _alarm(gate: GateForecast, worst: Forecast) -> str:
    if gate.false_alarm is None:
        return "-"
    told = chance(gate.false_alarm)
    return f"{told} at {worst.truly}" if worst.truly else told


def _undecided(gate: GateForecast) -> str:
    return "-" if gate.undecided is None else chance(gate.undecided)


def _table(lines: Sequence[_Line], screen: Screen) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Gate", overflow="fold")
    table.add_column("Cases", justify="right", no_wrap=True)
    table.add_column("Notices", no_wrap=True)
    table.add_column("False alarm", no_wrap=True)
    can_stay_open = any(line[-1] != "-" for line in lines)
    if can_stay_open:
        table.add_column("Undecided", no_wrap=True)
    for line in lines:
        table.add_row(*line[: len(table.columns)])
    return table


def _stacked(lines: Sequence[_Line]) -> Iterator[RenderableType]:
    for name, cases, notices, alarm, undecided in lines:
        yield Text(name)
        facts = [f"{cases} cases"] if cases.isdecimal() else []
        facts += [f"notices {notices}"] if notices not in {"", "-"} else []
        facts += [f"false alarm {alarm}"] if alarm != "-" else []
        facts += [f"undecided {undecided}"] if undecided != "-" else []
        if facts:
            yield Text(f"  {'; '.join(facts)}")


def _notes(forecasts: Sequence[GateForecast]) -> Iterator[str]:
    told: dict[str, list[str]] = {}
    for gate in forecasts:
        for note in dict.fromkeys(group.note for group in _groups(gate) if group.note):
            told.setdefault(note, []).append(gate.name)
    for note, names in told.items():
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        yield f"{', '.join(names[:_MOST_NAMES])}{more}: {note}"


def _all_groups(forecasts: Sequence[GateForecast]) -> Iterator[Forecast]:
    for gate in forecasts:
        yield from _groups(gate)


def _groups(gate: GateForecast) -> Iterator[Forecast]:
    yield from gate.groups
    for inner in gate.gates:
        yield from _groups(inner)
