"""Numbers of campaign files, with their units, and how they are written for people."""

import math
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from campaignd.core.scalars import shown

_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*((?:[^\W0-9_]|[%°$€£/])\S*)?"
)

_LARGE = 10_000


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in a unit; without one it is in the metric's unit, whatever that is."""

    number: float
    unit: str | None = None

    def __str__(self) -> str:
        return format_exact(self.number, self.unit)


def parse_quantity(text: object) -> Quantity:
    """Read `1.2`, `8 s` or `8s`. Raises ValueError unless it is a finite number."""
    if isinstance(text, Quantity):
        return text
    match = _QUANTITY.fullmatch(_written(text).strip())
    number = float(match[1]) if match else math.inf
    if match is None or not math.isfinite(number):
        raise ValueError(
            f"{shown(text)} is not a number: write one like 1.2, with or without a unit: 8 s"
        )
    return Quantity(number, match[2])


def parse_number(text: object) -> float:
    """Read a finite number without a unit. Raises ValueError otherwise."""
    try:
        quantity = parse_quantity(text)
    except ValueError:
        quantity = None
    if quantity is None or quantity.unit:
        raise ValueError(f"{shown(text)} is not a number: write one like 75 or 1.2, without a unit")
    return quantity.number


def parse_whole(text: object) -> int:
    """Read a whole number from 0 on. Raises ValueError otherwise."""
    written = _written(text).strip()
    if not re.fullmatch(r"[0-9]{1,15}", written):
        raise ValueError(f"{shown(text)} is not a whole number: write one like 0 or 3")
    return int(written)


def _written(scalar: object) -> str:
    plain = isinstance(scalar, str | int | float) and not isinstance(scalar, bool)
    return str(scalar) if plain else ""


def format_quantity(number: float, unit: str | None = None) -> str:
    """Write a measured number for people, rounded, with its unit."""
    return _with_unit(f"{number:.0f}" if abs(number) >= _LARGE else f"{number:.4g}", unit)


def format_exact(number: float, unit: str | None = None) -> str:
    """Write a number that somebody chose, with all its digits, and its unit."""
    return _with_unit(f"{number:.12g}", unit)


def _with_unit(written: str, unit: str | None) -> str:
    return written if not unit else f"{written}%" if unit == "%" else f"{written} {unit}"


def format_share(share: float) -> str:
    """Write a measured share in percent: `90%`, `91.7%`; never 0% or 100% for what is not."""
    percent = f"{share * 100:.1f}".removesuffix(".0")
    if percent == "100" and share < 1:
        return "almost 100%"
    return "almost 0%" if percent == "0" and share > 0 else f"{percent}%"


def format_exact_share(share: float) -> str:
    """Write a share that somebody chose, with all its digits."""
    return f"{share * 100:.10g}%"


Number = Annotated[
    float,
    BeforeValidator(parse_number),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}], "examples": [75, 1.2]}),
]
Count = Annotated[
    int,
    BeforeValidator(parse_whole),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}], "examples": [0, 3]}
    ),
]
