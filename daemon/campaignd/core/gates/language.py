"""From a tree of the campaign file to a gate, and to all the mistakes in it.

Errors are raised as one pydantic ValidationError whose `loc` paths lead through keys of the file
alone: there are no union tags to skip. Each has the type `gate`, a finished sentence as its
message, and `hint` (a text or None) in its context.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from campaignd.core.gates.declared import Declared
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.registry import KINDS
from campaignd.core.gates.selection import Where
from campaignd.core.mistakes import Mistake, Path, suggest
from campaignd.core.scalars import shown

_PERCENTILE = re.compile(r"p[0-9.]+")


def parse_gate(tree: object) -> GateModel:
    """Read a gate, found by the one key that is the word of a kind.

    Raises pydantic's ValidationError with all mistakes, located by the keys of the tree.
    """
    if isinstance(tree, GateModel):
        return tree
    if not isinstance(tree, Mapping):
        raise _invalid([Mistake((), f"expected a gate, found {shown(tree)}", _how())])
    if mistake := _check_kind(tree):
        raise _invalid([mistake])
    kind = next(key for key in tree if key in KINDS)
    model = KINDS[kind]
    allowed = _keys_of(model, kind)
    mistakes = [_unknown_key(key, kind, allowed) for key in tree if key not in allowed]
    try:
        gate = model.model_validate(_as_fields(tree, kind, allowed))
    except ValidationError as error:
        raise _invalid([*mistakes, *_mistakes(error, kind, model)]) from None
    if mistakes:
        raise _invalid(mistakes)
    return gate


def _check_kind(tree: Mapping[Any, Any]) -> Mistake | None:
    found = [key for key in tree if key in KINDS]
    if len(found) == 1:
        return None
    if found:
        named = " and ".join(found)
        message = f"a gate names one kind, found {len(found)}: {named}"
        return Mistake((found[1],), message, "write one gate for each")
    strange = [str(key) for key in tree if key not in _all_options()]
    if not strange:
        return Mistake((), "a gate names one kind, found none", _how())
    message = f"{shown(strange[0])} is no kind of gate"
    if _PERCENTILE.fullmatch(strange[0]):
        return Mistake((strange[0],), message, "percentiles are p1 to p99, the ends min and max")
    return Mistake((strange[0],), message, suggest(strange[0], KINDS) or _how())


def _how() -> str:
    words = (model.kinds for model in dict.fromkeys(KINDS.values()))
    shown = ", ".join(one[0] if len(one) == 1 else f"{one[0]} to {one[-1]}" for one in words)
    return f"kinds: {shown}; like {{pass_rate: resolved, at_least: 90%}}"


def _all_options() -> set[str]:
    return {field for model in KINDS.values() for field in model.model_fields}


def _keys_of(model: type[GateModel], kind: str) -> list[str]:
    hidden = {"kind", model.subject}
    return [kind, *(field for field in model.model_fields if field not in hidden)]


def _as_fields(tree: Mapping[Any, Any], kind: str, allowed: list[str]) -> dict[str, Any]:
    options = {key: tree[key] for key in tree if key in allowed and key != kind}
    return {**options, "kind": kind, KINDS[kind].subject: tree[kind]}


def _unknown_key(key: object, kind: str, allowed: list[str]) -> Mistake:
    options = [option for option in allowed if option != kind]
    hint = suggest(str(key), options) or f"it takes {', '.join(options)}"
    return Mistake((str(key),), f"{kind} takes no {shown(key)}", hint)


def _mistakes(error: ValidationError, kind: str, model: type[GateModel]) -> Iterator[Mistake]:
    for line in error.errors(include_url=False):
        first, *rest = line["loc"] or (None,)
        path: Path = () if first is None else (kind if first == model.subject else first, *rest)
        yield _mistake(dict(line), path, kind)


def _mistake(line: dict[str, Any], path: Path, kind: str) -> Mistake:
    context = line.get("ctx", {})
    match line["type"]:
        case "gate":
            return Mistake(path, line["msg"], context["hint"])
        case "value_error":
            return Mistake(path, str(context["error"]))
        case "missing":
            return Mistake(path[:-1], f"{kind} needs {path[-1]!r}")
        case "extra_forbidden":
            hint = suggest(str(path[-1]), Where.model_fields)
            return Mistake(path, f"`where` has no {path[-1]!r}", hint or _where_takes())
        case "tuple_type":
            return Mistake(path, f"expected a list of gates, found {shown(line['input'])}")
        case "literal_error":
            return Mistake(path, f"{kind} counts runs, not {shown(line['input'])}", "errors: runs")
        case _:
            return Mistake(
                path, f"expected a mapping, found {shown(line['input'])}", _where_takes()
            )


def _where_takes() -> str:
    return f"it takes {', '.join(Where.model_fields)}"


def _invalid(mistakes: Iterable[Mistake]) -> ValidationError:
    lines = [
        InitErrorDetails(
            type=PydanticCustomError(
                "gate", "{message}", {"message": mistake.message, "hint": mistake.hint}
            ),
            loc=mistake.path,
            input=None,
        )
        for mistake in mistakes
    ]
    return ValidationError.from_exception_data("gate", lines)


class _ByKind:
    """Has pydantic read a gate by `parse_gate`, and publish one shape per kind."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        models = dict.fromkeys(KINDS.values())
        shapes: list[CoreSchema | tuple[CoreSchema, str]] = [
            handler.generate_schema(model) for model in models
        ]
        return core_schema.no_info_plain_validator_function(
            parse_gate, json_schema_input_schema=core_schema.union_schema(shapes)
        )


Gate = Annotated[GateModel, _ByKind()]
"""A gate of any kind, as the type of a field: `gates: tuple[Gate, ...]`."""


def check_gates(gates: Iterable[GateModel], declared: Declared) -> Iterator[Mistake]:
    """Find what does not fit the rest of the campaign. Paths begin with `gates`."""
    return check_list(("gates",), tuple(gates), declared)


def check_list(path: Path, gates: tuple[GateModel, ...], declared: Declared) -> Iterator[Mistake]:
    """Check the gates of one list; no two of them may bear the same name."""
    titles: dict[str, int] = {}
    for index, gate in enumerate(gates):
        for mistake in gate.check(declared):
            yield Mistake((*path, index, *mistake.path), mistake.message, mistake.hint)
        if gate.title in titles:
            place = (*path, index, "name") if gate.name else (*path, index)
            message = f"this gate and number {titles[gate.title] + 1} are both {gate.title!r}"
            yield Mistake(place, message, "give one of them another `name`")
        titles.setdefault(gate.title, index)
