"""Options that several kinds of gates take, each parsed once."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from campaignd.core.mistakes import suggest
from campaignd.core.scalars import parse_share, shown

CONFIDENCE = 0.95
_LOWEST = 0.5


def parse_confidence(value: object) -> float:
    """Read a confidence above 50% and below 100%."""
    confidence = parse_share(value)
    if not _LOWEST < confidence < 1:
        raise ValueError(
            f"{shown(value)} is no confidence: write 90%, 95% or 99%, above 50% and below 100%"
        )
    return confidence


def _one_of(*words: str) -> BeforeValidator:
    """Take one of some words, and recognize a near miss."""

    def parse(value: object) -> object:
        if value in words:
            return value
        near = suggest(value, words) if isinstance(value, str) else None
        listed = f"write {', '.join(words[:-1])} or {words[-1]}"
        raise ValueError(f"{shown(value)} cannot stand here: {near or listed}")

    return BeforeValidator(parse)


def _words(*words: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(words)})


Confidence = Annotated[
    float,
    BeforeValidator(parse_confidence),
    WithJsonSchema({"type": ["string", "number"], "examples": ["95%", 0.99]}),
]
Decide = Annotated[
    Literal["observed", "proven"], _one_of("observed", "proven"), _words("observed", "proven")
]
Across = Annotated[
    Literal["test_cases", "this_set"],
    _one_of("test_cases", "this_set"),
    _words("test_cases", "this_set"),
]
WhenUnsure = Annotated[Literal["block", "warn"], _one_of("block", "warn"), _words("block", "warn")]
WithoutBaseline = Annotated[
    Literal["note", "block"], _one_of("note", "block"), _words("note", "block")
]
Need = Annotated[Literal["all", "any"], _one_of("all", "any"), _words("all", "any")]
Correct = Annotated[
    Literal["holm", "bh", "none"], _one_of("holm", "bh", "none"), _words("holm", "bh", "none")
]
Way = Annotated[
    Literal["up", "down", "both"], _one_of("up", "down", "both"), _words("up", "down", "both")
]
