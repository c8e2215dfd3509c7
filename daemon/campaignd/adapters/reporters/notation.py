"""How verdicts, numbers, times and other people's texts are written, the same in every report."""

import re
import unicodedata
from datetime import datetime, timedelta
from math import isfinite

from campaignd.core.report import GateReport
from campaignd.core.verdicts import GateVerdict, Verdict

AnyVerdict = GateVerdict | Verdict | None
SHARE_KINDS = frozenset({"pass_rate", "errors", "all_tries"})
"""Kinds of gates whose values are shares between 0 and 1."""

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


def number(value: float) -> str:
    """Write a number with four digits that matter; ones of five digits and more whole."""
    if not isfinite(value):
        return str(value)
    if abs(value) >= 10_000:  # noqa: PLR2004 - from here on decimals say nothing
        return f"{value:.0f}"
    return f"{value:.4g}"


def share(value: float, decimals: int = 2) -> str:
    """Write a share as a percentage, never rounded to a whole that it is not."""
    percent = value * 100
    text = f"{percent:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{percent:.0f}"
    if text == "100" and value < 1:
        return f">{100 - 10**-decimals:.{decimals}f}%"
    if text in ("0", "-0") and value > 0:
        return f"<{10**-decimals:.{decimals}f}%"
    return f"{text.removeprefix('-') if text == '-0' else text}%"


def measured(gate: GateReport, value: float | str | None) -> str:
    """Write a value as its gate counts it; "-" where there is none."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return plain(value)
    return share(value) if gate.kind in SHARE_KINDS else number(value)


def interval(gate: GateReport) -> str:
    """Write a gate's bounds, one or both; "-" where it has none."""
    lower, upper = (_bound(gate, value) for value in (gate.lower, gate.upper))
    if lower and upper:
        return f"{lower} to {upper}"
    if lower:
        return f"from {lower}"
    return f"up to {upper}" if upper else "-"


def _bound(gate: GateReport, value: float | None) -> str | None:
    if value is None:
        return None
    return share(value, decimals=1) if gate.kind in SHARE_KINDS else number(value)


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
