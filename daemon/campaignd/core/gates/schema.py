"""The JSON Schema of gates as they are written in a file: the kind is a key there."""

from typing import Any

_PERCENTILE = "^p[1-9][0-9]?$"
_PROPOSED = ("p50", "p90", "p95", "p99")
"""Percentiles that an editor proposes; all of p1 to p99 are right."""


def spell_kinds(schema: dict[str, Any], kinds: tuple[str, ...], subject: str) -> None:
    """Put the kind's own key in the place of `kind` and the subject, in place."""
    options = schema["properties"]
    shape = options.pop(subject)
    options.pop("kind")
    proposed = kinds if len(kinds) == 1 else _PROPOSED
    schema["title"] = f"{kinds[0]} gate" if len(kinds) == 1 else "percentile gate"
    schema["properties"] = {kind: shape | {"title": kind} for kind in proposed} | options
    others = [name for name in schema.get("required", ()) if name not in {subject, "kind"}]
    schema["required"] = [*kinds, *others] if len(kinds) == 1 else others
    if len(kinds) > 1:
        schema["patternProperties"] = {_PERCENTILE: shape}
        schema["not"] = {"propertyNames": {"not": {"pattern": _PERCENTILE}}}
    if {"at_least", "at_most"} <= options.keys():
        schema["oneOf"] = [{"required": ["at_least"]}, {"required": ["at_most"]}]
