from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from campaignd.core.gates import Gate
from campaignd.core.gates.registry import KINDS

SCHEMA = TypeAdapter(Gate).json_schema()


def fits(gate: object) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(gate)


@pytest.mark.parametrize(
    "gate", [pytest.param(model.example, id=kind) for kind, model in KINDS.items() if kind != "p1"]
)
def test_the_example_of_every_kind_fits(gate: dict[str, Any]) -> None:
    assert fits(gate)


@pytest.mark.parametrize(
    "gate",
    [
        pytest.param({"pass_rate": "resolved", "at_least": 0.9}, id="a share as a number"),
        pytest.param({"p97": "latency", "at_most": "8 s", "per": "cell"}, id="any percentile"),
        pytest.param(
            {"mean": "latency", "at_most": 1, "variants": ["base", "gpt-4o"], "blocks": False},
            id="many options",
        ),
        pytest.param(
            {"no_drop": "resolved", "than": {"execution": "01J"}, "rule_out": "20 points"},
            id="than an execution",
        ),
    ],
)
def test_what_is_right_fits(gate: dict[str, Any]) -> None:
    assert fits(gate)


@pytest.mark.parametrize(
    "gate",
    [
        pytest.param({"at_least": "90%"}, id="no kind"),
        pytest.param({"name": "x", "at_most": 3}, id="no percentile"),
        pytest.param({"pass_rate": "resolved"}, id="no threshold"),
        pytest.param({"p95": "latency", "at_least": 1, "at_most": 2}, id="two thresholds"),
        pytest.param({"pass_rate": "resolved", "at_least": "90%", "atmost": 1}, id="a typo"),
        pytest.param({"p100": "latency", "at_most": 3}, id="no such percentile"),
        pytest.param({"mean": "latency", "at_most": 3, "per": "day"}, id="no such split"),
        pytest.param({"kind": "mean", "metric": "latency", "at_most": 3}, id="fields within"),
        pytest.param({"no_drop": "resolved", "than": "base"}, id="no margin"),
        pytest.param({"no_drop": "resolved", "rule_out": "5 points"}, id="nothing to compare with"),
        pytest.param(
            {"no_drop": "resolved", "than": "yesterday", "rule_out": "5 points"}, id="than what"
        ),
        pytest.param({"errors": "runs"}, id="errors without a threshold"),
        pytest.param({"any": [{"mean": "latency", "at_most": 3}]}, id="one gate together"),
    ],
)
def test_what_is_wrong_does_not_fit(gate: dict[str, Any]) -> None:
    assert not fits(gate)


def test_an_editor_can_explain_every_key() -> None:
    for shape in SCHEMA["$defs"].values():
        assert shape["description"]
        assert all("description" in key for key in shape["properties"].values())
