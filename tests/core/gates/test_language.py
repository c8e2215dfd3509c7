from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from campaignd.core.gates import Gate, GateModel, parse_gate
from campaignd.core.gates.registry import KINDS

GATES: TypeAdapter[tuple[GateModel, ...]] = TypeAdapter(tuple[Gate, ...])
SCALARS = st.none() | st.text(max_size=8) | st.sampled_from(["90%", "8 s", "resolved", "mean"])
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*KINDS, "at_least", "per", "where", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def mistakes_in(*gates: object) -> list[tuple[tuple[Any, ...], str, str | None]]:
    with pytest.raises(ValidationError) as caught:
        GATES.validate_python(list(gates))
    return [
        (line["loc"], line["msg"], line["ctx"]["hint"])
        for line in caught.value.errors()
        if line["type"] == "gate"
    ]


@pytest.mark.parametrize(
    ("gate", "title"),
    [
        pytest.param(
            {"pass_rate": "resolved", "at_least": "90%"},
            "pass_rate resolved at least 90%",
            id="a share in percent",
        ),
        pytest.param(
            {"pass_rate": "resolved", "at_least": "0.9"},
            "pass_rate resolved at least 90%",
            id="the same share as a fraction",
        ),
        pytest.param(
            {"pass_rate": "simulations", "at_least": "99.5 %", "variants": "all"},
            "pass_rate simulations at least 99.5% of all",
            id="variants",
        ),
        pytest.param({"p95": "latency", "at_most": "8 s"}, "p95 latency at most 8 s", id="a unit"),
        pytest.param({"p5": "score", "at_least": "60"}, "p5 score at least 60", id="no unit"),
        pytest.param(
            {"max": "latency", "at_most": "1.25s", "where": {"personas": ["elderly", "calm"]}},
            "max latency at most 1.25 s where personas elderly calm",
            id="where",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "per": ["persona", "mutation"]},
            "mean latency at most 1 per persona and mutation",
            id="per",
        ),
        pytest.param(
            {"count": "critical", "at_most": "0", "ignore": "authentication"},
            "count critical at most 0 ignoring authentication",
            id="ignored categories",
        ),
        pytest.param(
            {"errors": "runs", "at_most": "5%", "per": "agent", "where": {"agents": "a"}},
            "errors runs at most 5% where agents a per agent",
            id="errors",
        ),
        pytest.param(
            {"any": [{"mean": "a", "at_most": "1"}, {"name": "Fine", "min": "b", "at_least": "2"}]},
            "any of (mean a at most 1; Fine)",
            id="inner gates by their names",
        ),
        pytest.param({"name": "Fast", "mean": "a", "at_most": "1"}, "Fast", id="its own name"),
    ],
)
def test_a_gate_without_a_name_is_called_by_all_that_makes_it(
    gate: dict[str, Any], title: str
) -> None:
    assert parse_gate(gate).title == title


@pytest.mark.parametrize(
    ("gate", "path", "message", "hint"),
    [
        pytest.param(
            {"at_least": "90%"}, (), "a gate names one kind, found none", "kinds: ", id="no kind"
        ),
        pytest.param(
            {"mean": "a", "p95": "a", "at_most": "1"},
            ("p95",),
            "a gate names one kind, found 2: mean and p95",
            "write one gate for each",
            id="two kinds",
        ),
        pytest.param(
            {"pas_rate": "a", "at_least": "90%"},
            ("pas_rate",),
            "'pas_rate' is no kind of gate",
            "did you mean 'pass_rate'?",
            id="a mistyped kind",
        ),
        pytest.param(
            {"p100": "a", "at_most": "1"},
            ("p100",),
            "'p100' is no kind of gate",
            "percentiles are p1 to p99, the ends min and max",
            id="a percentile that is none",
        ),
        pytest.param("fast", (), "expected a gate, found 'fast'", "kinds: ", id="a text"),
        pytest.param(
            {"mean": "a", "at_mots": "1", "at_least": "2"},
            ("at_mots",),
            "mean takes no 'at_mots'",
            "did you mean 'at_most'?",
            id="a mistyped option",
        ),
        pytest.param(
            {"mean": "a", "at_least": "2", "metric": "b"},
            ("metric",),
            "mean takes no 'metric'",
            None,
            id="the name of a field within",
        ),
        pytest.param(
            {"mean": "a"},
            (),
            "mean takes one of at_least and at_most; found none",
            None,
            id="no bar",
        ),
        pytest.param(
            {"mean": "a", "at_least": "1", "at_most": "2"},
            (),
            "mean takes one of at_least and at_most; found both",
            None,
            id="two bars",
        ),
        pytest.param(
            {"pass_rate": "a", "at_least": "90"},
            ("at_least",),
            "'90' is not a share: write 90% or 0.9, between 0% and 100%",
            None,
            id="a number for a share",
        ),
        pytest.param(
            {"mean": "a", "at_least": "inf"},
            ("at_least",),
            "'inf' is not a number: write one like 1.2, with or without a unit: 8 s",
            None,
            id="infinity",
        ),
        pytest.param(
            {"count": "a", "at_most": "1.5"},
            ("at_most",),
            "'1.5' is not a whole number: write one like 0 or 3",
            None,
            id="half a critical issue",
        ),
        pytest.param(
            {"mean": None, "at_most": "1"},
            ("mean",),
            "expected a text, found nothing",
            None,
            id="no metric",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "per": ["cell", "day"]},
            ("per",),
            "gates cannot be split per 'day': "
            "use cell, agent, persona, test_set, variant, mutation, criterion",
            None,
            id="an unknown split",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "where": {"persona": "x"}},
            ("where", "persona"),
            "`where` has no 'persona'",
            "did you mean 'personas'?",
            id="a mistyped part of where",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "where": "x"},
            ("where",),
            "expected a mapping, found 'x'",
            "it takes agents, personas, test_sets, cells",
            id="where as a text",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "where": {"cells": []}},
            ("where", "cells"),
            "an empty list selects nothing: name something, or leave it out",
            None,
            id="an empty list",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "variants": ["x", "x"]},
            ("variants",),
            "'x' stands here twice",
            None,
            id="a name twice",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "variants": {"x": "y"}},
            ("variants",),
            "expected a list of names, found a mapping",
            None,
            id="variants as a mapping",
        ),
        pytest.param(
            {"mean": "a", "at_most": "1", "blocks": "maybe"},
            ("blocks",),
            "'maybe' is neither true nor false",
            None,
            id="blocks",
        ),
        pytest.param(
            {"errors": "launches", "at_most": "5%"},
            ("errors",),
            "errors counts runs, not 'launches'",
            "errors: runs",
            id="errors of something else",
        ),
        pytest.param({"errors": "runs"}, (), "errors needs 'at_most'", None, id="errors, no bar"),
        pytest.param(
            {"all": [{"mean": "a", "at_most": "1"}]},
            ("all",),
            "at least two gates belong in here; write a single one by itself",
            None,
            id="one gate together",
        ),
        pytest.param(
            {"any": "x"}, ("any",), "expected a list of gates, found 'x'", None, id="no list"
        ),
        pytest.param(
            {"any": [{"mean": "a", "at_most": "x"}, {"min": "a", "at_most": "1"}]},
            ("any", 0, "at_most"),
            "'x' is not a number: write one like 1.2, with or without a unit: 8 s",
            None,
            id="a mistake within",
        ),
    ],
)
def test_a_mistake_says_what_would_be_right_and_where(
    gate: object, path: tuple[Any, ...], message: str, hint: str | None
) -> None:
    ((loc, found, found_hint),) = mistakes_in(gate)

    assert (loc, found) == ((0, *path), message)
    assert hint is None or (found_hint or "").startswith(hint)


def test_all_mistakes_are_told_together() -> None:
    gate = {"mean": "a", "at_most": "x", "fast": "y", "blocks": "z"}

    assert [path for path, _, _ in mistakes_in(gate, {"p95": "a"})] == [
        (0, "fast"),
        (0, "blocks"),
        (0, "at_most"),
        (1,),
    ]


def test_a_gate_may_have_numbers_and_booleans_where_the_tree_has_them() -> None:
    gate = parse_gate({"pass_rate": "a", "at_least": 0.9, "blocks": False})

    assert not gate.blocks
    assert gate.title == "pass_rate a at least 90%"


def test_a_gate_is_read_as_itself() -> None:
    gate = parse_gate({"mean": "a", "at_most": "1"})

    assert parse_gate(gate) is gate


def read(tree: object) -> tuple[GateModel | None, list[Any]]:
    try:
        return parse_gate(tree), []
    except ValidationError as error:
        return None, list(error.errors())


@given(TREES)
def test_any_tree_is_a_gate_or_a_list_of_mistakes(tree: object) -> None:
    gate, mistakes = read(tree)

    assert (gate is None) == bool(mistakes)
    assert all(mistake["type"] == "gate" and mistake["msg"] for mistake in mistakes)
