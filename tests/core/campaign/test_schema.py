import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from campaignd.core.campaign.schema import campaign_schema

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "docs" / "campaign.schema.json"
EXAMPLES = sorted((ROOT / "campaigns").glob("*.yaml"))
WHOLE_FORMAT = Path(__file__).parents[2] / "adapters" / "campaign_files" / "whole_format.yaml"

SOUND: dict[str, Any] = {
    "version": 1,
    "name": "smoke",
    "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc"}},
}


def complaints(document: object) -> list[str]:
    return [
        error.message for error in Draft202012Validator(campaign_schema()).iter_errors(document)
    ]


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(campaign_schema())


def test_the_published_schema_is_the_one_of_the_models() -> None:
    assert json.loads(PUBLISHED.read_text()) == campaign_schema()


@pytest.mark.parametrize("path", [*EXAMPLES, WHOLE_FORMAT], ids=lambda path: path.name)
def test_examples_fit_the_schema_as_an_editor_reads_them(path: Path) -> None:
    document = YAML(typ="safe", pure=True).load(path)
    days_as_text = json.loads(json.dumps(document, default=str))
    assert complaints(days_as_text) == []


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"test_sets": {"t": 12345678}}, id="an id of digits alone"),
        pytest.param({"test_sets": {"t": {"id": 12e45678}}}, id="an id like a number"),
        pytest.param({"options": {"iterations": "3"}}, id="a number in quotes"),
        pytest.param({"options": {"iterations": "${inputs.n}"}}, id="a number from an input"),
        pytest.param({"limits": {"timeout": "${inputs.t}"}}, id="a duration from an input"),
        pytest.param({"inputs": {"n": None}}, id="an input without a word"),
        pytest.param({"inputs": {"n": {"default": 3}}}, id="a number as default"),
        pytest.param({"personas": {"p": "hL4kL0nQr3ySt6vX9zAcDd"}}, id="a persona's id alone"),
        pytest.param({"metrics": {"m": "jN6mN2pSt5aUv8xZ1bCeFf"}}, id="a metric's id alone"),
        pytest.param({"labels": {"pr": 12}}, id="a number as label"),
    ],
)
def test_every_right_form_fits_the_schema(part: dict[str, Any]) -> None:
    assert complaints(SOUND | part) == []


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"lables": {}}, id="unknown key"),
        pytest.param({"options": {"iterations": 51}}, id="too many iterations"),
        pytest.param({"personas": {"P": "hL4kL0nQr3ySt6vX9zAcDd"}}, id="no name"),
        pytest.param({"personas": {"p": "short"}}, id="no id"),
        pytest.param({"limits": {"timeout": "3 hours"}}, id="no duration"),
        pytest.param({"overlap": "qeue"}, id="no choice"),
        pytest.param({"gates": [{"at_least": "90%"}]}, id="gate without a kind"),
    ],
)
def test_wrong_forms_do_not_fit_the_schema(part: dict[str, Any]) -> None:
    assert complaints(SOUND | part) != []


def test_every_key_is_explained() -> None:
    silent = [path for path, schema in _properties() if "description" not in schema]
    assert [path for path in silent if not path.endswith(".description")] == []


def _properties() -> Iterator[tuple[str, dict[str, Any]]]:
    schema = campaign_schema()
    parts = {"Campaign": schema, **schema["$defs"]}
    for name, part in parts.items():
        for key, inner in part.get("properties", {}).items():
            yield f"{name}.{key}", _resolve(parts, inner)


def _resolve(parts: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """With the words of what it refers to, where it has none of its own."""
    part = parts[schema["$ref"].split("/")[-1]] if "$ref" in schema else {}
    long_form = next((b for b in part.get("anyOf", ()) if "properties" in b), {})
    return {**long_form, **part, **schema}
