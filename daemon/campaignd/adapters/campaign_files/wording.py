"""What the models complain about, as mistakes in our own words."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from campaignd.adapters.campaign_files.nodes import Tree
from campaignd.core.campaign.schema import campaign_schema
from campaignd.core.metrics import METRIC_ID
from campaignd.core.mistakes import Mistake, Path, suggest
from campaignd.core.scalars import shown

_KEY = "[key]"
_TAG = "@"
_FORMS = {METRIC_ID: "a Coval metric id: 22 letters and digits"}


def trace(tree: Tree, location: tuple[int | str, ...]) -> Path:
    """The part of a model error's location that is there in the file.

    Names of union branches are skipped; what is missing ends the path at its parent.
    """
    path: list[int | str] = []
    for step in location:
        if isinstance(tree, dict) and step in tree and not str(step).startswith(_TAG):
            tree = tree[str(step)]
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            continue
        path.append(step)
    return tuple(path)


def is_about_key(error: ErrorDetails, path: Path) -> bool:
    """Whether the key is wrong, not its value."""
    if error["type"] == "gate":
        return bool(path) and isinstance(path[-1], str) and path[-1] not in allowed_keys(path[:-1])
    return error["type"] == "extra_forbidden" or error["loc"][-1:] == (_KEY,)


def describe(error: ErrorDetails, path: Path) -> Mistake:
    """Say what is wrong at a path of the file, in plain words."""
    context = error.get("ctx", {})
    match error["type"]:
        case "gate":
            return Mistake(path, error["msg"], context["hint"])
        case "value_error":
            return Mistake(path, str(context["error"]))
        case "missing":
            return Mistake(path, f"{_name_missing(error['loc'][-1])} is missing here")
        case "extra_forbidden":
            return _describe_unknown_key(path)
        case "literal_error" | "enum":
            return _describe_choice(path, str(context["expected"]), error["input"])
        case "too_short":
            return Mistake(path, f"expected at least {_count(context['min_length'])} here")
        case "too_long":
            return Mistake(path, f"expected at most {_count(context['max_length'])} here")
        case _:
            return _describe_form(path, error)


def _describe_form(path: Path, error: ErrorDetails) -> Mistake:
    found = error["input"]
    match error["type"]:
        case "model_type" | "dict_type" | "mapping_type" | "model_attributes_type":
            hint = f"write {{coval: {found}}}" if _is_agent(path, found) else None
            message = f"expected a mapping of keys and values, found {shown(found)}"
            return Mistake(path, message, hint)
        case "tuple_type" | "list_type":
            hint = f"write [{found}]" if isinstance(found, str) else None
            return Mistake(path, f"expected a list, found {shown(found)}", hint)
        case "string_type":
            return Mistake(path, f"expected a text, found {shown(found)}")
        case "string_too_short" | "string_too_long":
            return Mistake(path, f"{shown(found)} {_describe_length(error)}")
        case "string_pattern_mismatch":
            pattern = error.get("ctx", {})["pattern"]
            form = _FORMS.get(pattern, f"text of the form {pattern}")
            return Mistake(path, f"{shown(found)} is not {form}")
        case _:
            return Mistake(path, f"{error['msg']}, found {shown(found)}")


def _name_missing(step: str | int) -> str:
    return repr(step) if isinstance(step, str) else "an entry"


def _is_agent(path: Path, found: object) -> bool:
    return len(path) == 2 and path[0] == "agents" and isinstance(found, str)  # noqa: PLR2004  a name


def _describe_length(error: ErrorDetails) -> str:
    bounds = error.get("ctx", {})
    if "max_length" in bounds:
        return f"is too long: at most {bounds['max_length']} characters fit"
    return "is too short: write something"


def _describe_choice(path: Path, expected: str, found: object) -> Mistake:
    choices = expected.replace("'", "").replace(" or ", ", ").split(", ")
    listed = " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))
    hint = suggest(found, choices) if isinstance(found, str) else None
    return Mistake(path, f"expected {listed}, found {shown(found)}", hint)


def _describe_unknown_key(path: Path) -> Mistake:
    key = str(path[-1])
    allowed = sorted(allowed_keys(path[:-1]))
    if key in allowed:
        return Mistake(path, f"the key {key!r} does not go with the other keys here")
    hint = suggest(key, allowed) or (f"known here are {', '.join(allowed)}" if allowed else None)
    return Mistake(path, f"the key {key!r} is not known here", hint)


def _count(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


def allowed_keys(path: Path) -> set[str]:
    """The keys that the format knows in the mapping at a path."""
    level: list[Mapping[str, Any]] = [_schema()]
    for step in path:
        level = [inner for outer in level for inner in _descend(outer, step)]
    return {key for option in level for key in _resolve(option).get("properties", {})}


@cache
def _schema() -> dict[str, Any]:
    return campaign_schema()


def _descend(schema: Mapping[str, Any], step: str | int) -> Iterator[Mapping[str, Any]]:
    if isinstance(step, int):
        inner = schema.get("items")
    else:
        inner = schema.get("properties", {}).get(step, _entries(schema))
    if isinstance(inner, dict):
        yield from _options(inner)


def _entries(schema: Mapping[str, Any]) -> Any:
    """The schema of the values of a mapping with free keys."""
    return next(iter(schema.get("patternProperties", {}).values()), None)


def _options(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema itself, or what it is one of."""
    schema = _resolve(schema)
    branches = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    yield schema
    for branch in branches:
        yield from _options(branch)


def _resolve(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    resolved: Mapping[str, Any] = _schema()["$defs"][reference.rpartition("/")[2]]
    return resolved
