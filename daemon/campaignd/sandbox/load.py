"""Reads a scenario from YAML, or tells all that is wrong with it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from campaignd.core.mistakes import suggest
from campaignd.sandbox.scenario import Scenario


class ScenarioInvalid(ValueError):
    """A scenario that cannot be used; `messages` say where and why, one sentence each."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        self.messages = messages
        super().__init__("\n".join(messages))


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file. ScenarioInvalid if it cannot be read or used."""
    try:
        tree = _as_typed_later(YAML(typ="base", pure=True).load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ScenarioInvalid((f"{path}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise ScenarioInvalid((f"{path}: is not UTF-8 text",)) from error
    except YAMLError as error:
        raise ScenarioInvalid((f"{path}{_place(error)}",)) from error
    try:
        return Scenario.model_validate({} if tree is None else tree)
    except ValidationError as error:
        raise ScenarioInvalid(_describe(path, error)) from error


def _as_typed_later(node: Any) -> Any:
    """Leave every scalar as text for the model to type; only null is none."""
    if isinstance(node, Mapping):
        return {key: _as_typed_later(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_as_typed_later(value) for value in node]
    return None if node in {"", "~", "null"} else node


def _place(error: YAMLError) -> str:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return f": is not YAML: {error}"
    mark = error.problem_mark
    return f":{mark.line + 1}:{mark.column + 1}: is not YAML: {error.problem}"


def _describe(path: Path, error: ValidationError) -> tuple[str, ...]:
    return tuple(f"{path}: {_sentence(detail)}" for detail in error.errors(include_url=False))


def _sentence(detail: ErrorDetails) -> str:
    place = _key_path(detail["loc"])
    if detail["type"] == "extra_forbidden":
        hint = suggest(str(detail["loc"][-1]), _known_keys(detail["loc"][:-1]))
        return f"{place}: is not a key of a scenario" + (f"; {hint}" if hint else "")
    if detail["type"] == "missing":
        return f"{place}: is needed here"
    if detail["type"] in {"model_type", "dict_type"}:
        return f"{place}: needs keys with values here, as `seed: 7`"
    return f"{place}: {detail['msg'].removeprefix('Value error, ')}"


def _key_path(location: tuple[int | str, ...]) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".") or "the file"


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys of the section at a location; ids and indexes on the way are no keys."""
    section: type[BaseModel] = Scenario
    for step in location:
        field = section.model_fields.get(str(step))
        if field is not None:
            section = _section_in(field.annotation) or section
    return [field.alias or name for name, field in section.model_fields.items()]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_section_in, get_args(annotation))), None)
