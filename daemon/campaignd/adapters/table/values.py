"""Values as they stand in the table, both ways.

Numbers are written so that they read back exactly, sets as JSON lists of texts. A text that a
reader could take for a number, a set or a formula carries a leading apostrophe, as spreadsheets
write it; taking one apostrophe off gives the text back.
"""

import json

from campaignd.core.coval import Aggregate, Value
from campaignd.core.scalars import shown

_MOST = 1e100
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "[", "{")


def write_value(value: Value) -> str:
    """Write a value; None is empty."""
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if _is_ambiguous(value) else value
        case frozenset():
            return json.dumps(sorted(value), ensure_ascii=False)
        case _:
            return repr(float(value))


def read_value(text: str) -> Value:
    """Read a value. Raises ValueError with a sentence for what cannot be one."""
    if not text:
        return None
    if text[0] == "'":
        return text[1:]
    if text[0] == "[":
        return _read_set(text)
    try:
        number = float(text)
    except ValueError:
        return text
    if not abs(number) <= _MOST:
        raise ValueError(f"{shown(text)} is not a finite number: leave it empty if it is missing")
    return number


def write_name(text: str | None) -> str:
    """Write an id as it is, unless a spreadsheet would run it; None is empty."""
    if text is None:
        return ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_name(text: str) -> str | None:
    """Read an id; empty is None."""
    return text.removeprefix("'") or None


def write_aggregate(aggregate: Aggregate) -> str:
    parts = {"mean": aggregate.mean, "min": aggregate.minimum, "max": aggregate.maximum}
    return json.dumps({name: part for name, part in parts.items() if part is not None})


def read_aggregate(text: str) -> Aggregate:
    """Read mean, minimum and maximum. Raises ValueError with a sentence."""
    try:
        parts = json.loads(text, parse_constant=_refuse)
        numbers = {name: float(number) for name, number in parts.items()}
        return Aggregate(numbers.pop("mean"), numbers.pop("min", None), numbers.pop("max", None))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError(f'{shown(text)} is not like {{"mean": 1.5, "min": 1, "max": 3}}') from None


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _read_set(text: str) -> frozenset[str]:
    try:
        texts = json.loads(text)
    except (ValueError, RecursionError):
        texts = None
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        hint = 'a set is like ["refund", "late"], a text that begins so like \'[text'
        raise ValueError(f"{shown(text)} is no list of texts: {hint}")
    return frozenset(texts)


def _is_ambiguous(text: str) -> bool:
    if not text or text.startswith(_FORMULA):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
