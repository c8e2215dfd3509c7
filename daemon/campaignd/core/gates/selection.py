"""Which data a gate looks at: `where`, `variants` and `per`."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from campaignd.core.mistakes import suggest
from campaignd.core.scalars import shown

Split = Literal["cell", "agent", "persona", "test_set", "variant", "mutation", "criterion"]
SPLITS: tuple[Split, ...] = get_args(Split)
VARIANT_WORDS = ("base", "mutations", "all")


def parse_names(value: object) -> tuple[str, ...]:
    """Read a list of names; one name alone is a list of one."""
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"expected a list of names, found {shown(value)}")
    if not names:
        raise ValueError("an empty list selects nothing: name something, or leave it out")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{twice[0]!r} stands here twice")
    return tuple(names)


def parse_splits(value: object) -> tuple[Split, ...]:
    """Read one split or a list of them."""
    names = parse_names(value)
    for name in names:
        if name not in SPLITS:
            hint = suggest(name, SPLITS) or f"use {', '.join(SPLITS)}"
            raise ValueError(f"gates cannot be split per {shown(name)}: {hint}")
    return tuple(split for name in names for split in SPLITS if split == name)


def _list_schema(items: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [items, {"type": "array", "items": items, "minItems": 1}]}


Names = Annotated[
    tuple[str, ...],
    BeforeValidator(parse_names),
    WithJsonSchema(_list_schema({"type": ["string", "number"]})),
]
Splits = Annotated[
    tuple[Split, ...],
    BeforeValidator(parse_splits),
    WithJsonSchema(_list_schema({"type": "string", "enum": list(SPLITS)})),
]
Variants = Annotated[
    tuple[str, ...],
    BeforeValidator(parse_names),
    WithJsonSchema(
        _list_schema({"anyOf": [{"enum": list(VARIANT_WORDS)}, {"type": ["string", "number"]}]})
    ),
]


class Where(BaseModel):
    """Narrows a gate to some agents, personas, test sets or cells; all of them must fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agents: Names | None = Field(default=None, description="Only these agents.")
    personas: Names | None = Field(default=None, description="Only these personas.")
    test_sets: Names | None = Field(default=None, description="Only these test sets.")
    cells: Names | None = Field(
        default=None,
        description="Only these cells, by their keys.",
        examples=[["checkout/impatient/smoke"]],
    )

    def __str__(self) -> str:
        given = ((key, getattr(self, key)) for key in type(self).model_fields)
        return ", ".join(f"{key} {' '.join(names)}" for key, names in given if names)


def matches(names: tuple[str, ...] | None, name: str | None) -> bool:
    """Whether a part of `where` lets a name through."""
    return names is None or name in names
