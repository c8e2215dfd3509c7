"""How verdicts, numbers, times and other people's texts are written, the same in every report."""

import re
import unicodedata
from datetime import datetime, timedelta

from campaignd.core.quantities import format_quantity, format_share
from campaignd.core.report import GateReport
from campaignd.core.verdicts import GateVerdict, Verdict

AnyVerdict = GateVerdict | Verdict | None
LONGEST = 2000
"""Characters of one text; more is cut, and says so by an ellipsis."""

_SPACES = re.compile(r"\s+")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
_JOINERS = "\u200c\u200d"


def plain(text: str) -> str:
    """Put a text on one line, without anything that moves a cursor or turns the writing."""
    line = _SPACES.sub(" ", text).strip()
    return "".join(c for c in line if unicodedata.category(c) not in _UNSEEN or c in _JOINERS)


def shorten(text: str, length: int, ellipsis: str = "…") -> str:
    """Put a text on one line of at most `length` characters, cut between words if possible."""
    line = plain(text)
    if len(line) <= length:
        return line
    room = length - len(ellipsis)
    head, _, _ = line[: room + 1].rpartition(" ")
    return (head if len(head) > room // 2 else line[:room]).rstrip() + ellipsis


def word(verdict: AnyVerdict) -> str:
    """Name a verdict; None is an execution that goes on."""
    return verdict.value.replace("_", " ") if verdict else "running"


def measured(gate: GateReport, value: float | None) -> str:
    """Write a gate's estimate or one of its bounds; "-" where there is none."""
    if value is None:
        return "-"
    match gate.unit:
        case "share":
            return format_share(value)
        case "points":
            return f"{100 * value:+.1f} points"
        case "relative":
            return f"{100 * value:+.1f}%"
        case unit:
            return format_quantity(value, plain(unit or ""))


def of_case(gate: GateReport, value: float | str | None) -> str:
    """Write the value of a test case, which is no difference even where the gate compares."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return plain(value)
    if gate.unit in {"share", "points"}:
        return format_share(value)
    return format_quantity(value, None if gate.unit == "relative" else plain(gate.unit or ""))


def interval(gate: GateReport) -> str:
    """Write a gate's bounds, one or both; "-" where it has none."""
    lower, upper = measured(gate, gate.lower), measured(gate, gate.upper)
    if gate.lower is not None and gate.upper is not None:
        return f"{lower} to {upper}"
    if gate.lower is not None:
        return f"from {lower}"
    return upper if gate.upper is None else f"up to {upper}"


def title(gate: GateReport) -> str:
    """Name a gate and the group of it that was judged."""
    group = dict(gate.scope)
    if gate.variant:
        group.setdefault("variant", gate.variant)
    inside = ", ".join(f"{key} {value}" for key, value in group.items())
    return plain(f"{gate.name} ({inside})" if inside else gate.name)


def sized(count: int, noun: str) -> str:
    """Write `1 run`, `2 runs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def spell(duration: timedelta) -> str:
    """Write a duration with its two largest units: `1d 2h`, `12m 4s`, `0.4s`."""
    seconds = max(duration.total_seconds(), 0.0)
    if seconds < 10:  # noqa: PLR2004 - below this a tenth still tells something
        return f"{seconds:.1f}s".replace(".0s", "s")
    days, rest = divmod(round(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    units = ((days, "d"), (hours, "h"), (minutes, "m"), (rest, "s"))
    first = next(index for index, (count, _) in enumerate(units) if count)
    return " ".join(f"{count}{unit}" for count, unit in units[first : first + 2] if count)


def moment(at: datetime | None) -> str:
    """Write a time to the second, in UTC; "-" where there is none."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else "-"


def ago(at: datetime, now: datetime) -> str:
    """Write how long ago something was, with its largest unit."""
    seconds = round((now - at).total_seconds())
    distance = abs(seconds)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        if distance >= size:
            text = f"{distance // size}{unit}"
            return f"{text} ago" if seconds > 0 else f"in {text}"
    return "now"
