"""docs/sandbox.md: its examples load, and it tells of every key."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from campaignd.sandbox import Scenario, load_scenario

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda text: text.split(":")[0])
def test_every_example_loads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    load_scenario(path)


def test_the_timing_shown_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(next(text for text in EXAMPLES if text.startswith("timing:")))
    assert load_scenario(path) == Scenario()


def sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from sections_in(field.annotation)
    for argument in get_args(annotation):
        yield from sections_in(argument)


def test_every_key_stands_in_an_example() -> None:
    keys = {
        field.alias or name
        for section in sections_in(Scenario)
        for name, field in section.model_fields.items()
    }
    examples = "".join(EXAMPLES)
    assert {key for key in keys if not re.search(rf"\b{key}:\s", examples)} == set()
