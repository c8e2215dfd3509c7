"""What a comparison compares with: the `than` of a gate."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from campaignd.core.mistakes import suggest
from campaignd.core.scalars import shown

Source = Literal["base", "baseline", "execution", "file"]
_WORDS: tuple[Literal["base", "baseline"], ...] = ("base", "baseline")
_NAMED: tuple[Literal["execution", "file"], ...] = ("execution", "file")
_HOW = "write base, baseline, {execution: 01J…} or {file: export.csv}"


@dataclass(frozen=True, slots=True)
class Than:
    """`name` is the id of an execution, or the path of a file as it stands in the campaign."""

    source: Source
    name: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.name}" if self.name else self.source


BASE_AGENT = Than("base")
BASELINE = Than("baseline")


def parse_than(value: object) -> Than:
    """Read `base`, `baseline`, `{execution: …}` or `{file: …}`. Raises ValueError otherwise."""
    if isinstance(value, Than):
        return value
    if isinstance(value, Mapping):
        return _parse_named(value)
    for word in _WORDS:
        if value == word:
            return Than(word)
    near = suggest(value, _WORDS) if isinstance(value, str) else None
    raise ValueError(f"{shown(value)} is nothing to compare with: {near or _HOW}")


def _parse_named(value: Mapping[object, object]) -> Than:
    for source in _NAMED:
        if set(value) == {source}:
            name = value[source]
            if isinstance(name, str) and name.strip():
                return Than(source, name.strip())
            what = "the id of an execution" if source == "execution" else "the path of a file"
            raise ValueError(f"{source} is {what}, found {shown(name)}")
    raise ValueError(f"this is nothing to compare with: {_HOW}")


def _as_written(than: Than) -> str | dict[str, str]:
    return {than.source: than.name} if than.name else than.source


def _mapping_schema(source: str, text: str, example: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {source: {"type": "string", "description": text, "examples": [example]}},
        "required": [source],
        "additionalProperties": False,
    }


ThanField = Annotated[
    Than,
    BeforeValidator(parse_than),
    PlainSerializer(_as_written),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(_WORDS)},
                _mapping_schema(
                    "execution", "The id of an execution.", "01JABCDEFGHJKMNPQRSTVWXYZ0"
                ),
                _mapping_schema("file", "A table that `export` wrote.", "export.csv"),
            ]
        }
    ),
]
