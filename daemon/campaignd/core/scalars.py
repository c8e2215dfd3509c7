"""Small typed values of campaign files and settings, each parsed once.

Every parser takes the text as it stands in the file and raises ValueError with a sentence that
says what would be right.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

RESERVED_NAMES = frozenset({"all", "base", "none", "mutations", "simulations"})
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PERCENT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*%")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_NAME_LENGTH = 100
_FROM_INPUT = r"\$\{inputs\."


def parse_name(text: object) -> str:
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        raise ValueError(
            f"{shown(text)} is not a name: use lower-case letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit"
        )
    if text in RESERVED_NAMES:
        raise ValueError(f"{text!r} is reserved: choose another name")
    if len(text) > _NAME_LENGTH:
        raise ValueError(f"{shown(text)} is too long for a name: at most {_NAME_LENGTH} characters")
    return text


def parse_duration(text: object) -> timedelta:
    """Read `500ms`, `90s`, `15m`, `1.5h`, `2d`."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{shown(text)} is not a duration: write 500ms, 90s, 15m, 1.5h or 2d")
    try:
        return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
    except OverflowError:
        raise ValueError(f"{shown(text)} is longer than any campaign can wait") from None


def parse_positive_duration(text: object) -> timedelta:
    """Read a duration above zero."""
    duration = parse_duration(text)
    if duration <= timedelta():
        raise ValueError(f"{shown(text)} is no time at all: write a duration above zero")
    return duration


def format_duration(duration: timedelta) -> str:
    """Write a duration as a campaign file would: the largest unit that divides it."""
    milliseconds = round(duration / timedelta(milliseconds=1))
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"


def parse_share(text: object) -> float:
    """Read a share as `90%` or `0.9`, within 0 to 1."""
    share = _read_share(text)
    if share is None or not 0 <= share <= 1:
        raise ValueError(f"{shown(text)} is not a share: write 90% or 0.9, between 0% and 100%")
    return share


def shown(value: object) -> str:
    """Show a found value in a message: texts quoted and shortened, other things named."""
    match value:
        case None:
            return "nothing"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case str() if len(value) > 60:  # noqa: PLR2004  a line of a terminal has 80
            return f"{value[:57]!r}..."
        case _:
            return repr(value)


def _read_share(text: object) -> float | None:
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    if not isinstance(text, str):
        return None
    if percent := _PERCENT.fullmatch(text.strip()):
        return float(percent[1]) / 100
    try:
        return float(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Whole:
    """Annotates an int field: a whole number, as text or int, within both bounds."""

    low: int
    high: int | None = None

    def parse(self, value: object) -> int:
        number = _read_whole(value)
        if number is None or number < self.low or (self.high is not None and number > self.high):
            raise ValueError(f"expected {self._range()}, found {shown(value)}")
        return number

    def _range(self) -> str:
        if self.high is None:
            return f"a whole number of at least {self.low}"
        return f"a whole number from {self.low} to {self.high}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        bounds = {"minimum": self.low} | ({} if self.high is None else {"maximum": self.high})
        return {
            "type": ["integer", "string"],
            "pattern": rf"^[0-9]+$|{_FROM_INPUT}",
            **bounds,
        }


def _read_whole(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None


@dataclass(frozen=True, slots=True)
class Matching:
    """Annotates a str field: text of one form, `what` in words, with an example of it.

    Where people may have put a secret by mistake, `may_show` keeps what they wrote out of messages.
    """

    pattern: str
    what: str
    example: str
    may_show: bool = True

    def parse(self, value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value):
            raise ValueError(f"{shown(value) if self.may_show else 'this'} is not {self.what}")
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # Editors read an unquoted 12345678 or 12e45678 as a number; campaignd reads it as text.
        return {
            "type": ["string", "number"],
            "pattern": rf"^(?:{self.pattern})$|{_FROM_INPUT}",
            "examples": [self.example],
        }


@dataclass(frozen=True, slots=True)
class Words:
    """Annotates a str field: text that is not blank, at most `limit` characters."""

    limit: int = 200
    lines: bool = False

    def parse(self, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"expected a text, found {shown(value)}")  # noqa: TRY004  see module
        if not value.strip():
            raise ValueError("expected a text, found a blank one")
        if len(value) > self.limit:
            raise ValueError(f"this text has {len(value)} characters: at most {self.limit} fit")
        if not self.lines and len(value.splitlines()) > 1:
            raise ValueError("expected a text of one line, found several")
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": self.limit}


_DURATION_SCHEMA = {
    "type": "string",
    "pattern": rf"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$|{_FROM_INPUT}",
    "examples": ["90s", "15m", "1.5h", "2d"],
}
_SHARE_SCHEMA = {
    "type": ["string", "number"],
    "minimum": 0,
    "maximum": 1,
    "pattern": rf"^[0-9]+(\.[0-9]+)?\s*%$|^[0-9]*\.?[0-9]+$|{_FROM_INPUT}",
    "examples": ["90%", 0.9],
}
_NAME_SCHEMA = {
    "type": ["string", "number"],
    "pattern": rf"^{_NAME.pattern}$|{_FROM_INPUT}",
    "maxLength": _NAME_LENGTH,
}
_NEW_NAME_SCHEMA = {"type": "string", "pattern": f"^{_NAME.pattern}$"}

Name = Annotated[str, BeforeValidator(parse_name), WithJsonSchema(_NAME_SCHEMA)]
"""A name where it is referred to."""
NewName = Annotated[str, BeforeValidator(parse_name), WithJsonSchema(_NEW_NAME_SCHEMA)]
"""A name where it is given: the key of a mapping."""
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
PositiveDuration = Annotated[
    timedelta,
    BeforeValidator(parse_positive_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(_DURATION_SCHEMA),
]
Share = Annotated[float, BeforeValidator(parse_share), WithJsonSchema(_SHARE_SCHEMA)]
Line = Annotated[str, Words(200)]
Prose = Annotated[str, Words(2000, lines=True)]
