from dataclasses import replace
from typing import Any

import pytest

from campaignd.core.gates import Declared, check_gates, parse_gate
from campaignd.core.mistakes import Mistake


def check(declared: Declared, *gates: dict[str, Any]) -> list[Mistake]:
    return list(check_gates([parse_gate(gate) for gate in gates], declared))


@pytest.mark.parametrize(
    "gate",
    [
        pytest.param({"pass_rate": "resolved", "at_least": "90%"}, id="a pass rate"),
        pytest.param({"pass_rate": "simulations", "at_least": "98%"}, id="simulations"),
        pytest.param(
            {"pass_rate": "criteria", "at_least": "95%", "per": "criterion"}, id="criteria"
        ),
        pytest.param({"pass_rate": "critical", "at_least": "95%", "per": "agent"}, id="critical"),
        pytest.param({"mean": "latency", "at_most": "1.2 s", "per": "mutation"}, id="mutations"),
        pytest.param({"mean": "plain", "at_most": "1.2"}, id="nobody knows what it holds"),
        pytest.param({"p95": "latency", "at_most": "1", "variants": "gpt-4o"}, id="one mutation"),
        pytest.param({"max": "rating", "at_most": "5", "variants": ["base", "gpt-4o"]}, id="two"),
        pytest.param({"mean": "quality", "at_least": "80", "graded_at_least": "95%"}, id="scores"),
        pytest.param(
            {"count": "critical", "at_most": "0", "where": {"agents": ["ops"]}}, id="count"
        ),
        pytest.param({"errors": "runs", "at_most": "5%", "per": ["agent", "cell"]}, id="errors"),
        pytest.param(
            {"mean": "latency", "at_most": "1", "where": {"cells": ["checkout/calm/smoke"]}},
            id="a cell",
        ),
    ],
)
def test_a_gate_that_fits_has_no_mistakes(declared: Declared, gate: dict[str, Any]) -> None:
    assert check(declared, gate) == []


@pytest.mark.parametrize(
    ("gate", "mistake"),
    [
        pytest.param(
            {"pass_rate": "resolvd", "at_least": "90%"},
            Mistake(("pass_rate",), "metric 'resolvd' is not declared", "did you mean 'resolved'?"),
            id="an unknown metric",
        ),
        pytest.param(
            {"pass_rate": "latency", "at_least": "90%"},
            Mistake(
                ("pass_rate",),
                "pass_rate asks what passes, and 'latency' has no pass_when",
                'add one to the metric: {equals: "YES"}',
            ),
            id="nothing says what passes",
        ),
        pytest.param(
            {"mean": "resolved", "at_least": "0.9"},
            Mistake(
                ("mean",),
                "mean takes numbers, and 'resolved' holds texts",
                "write pass_rate: resolved",
            ),
            id="the mean of texts",
        ),
        pytest.param(
            {"p95": "criteria", "at_least": "0.9"},
            Mistake(
                ("p95",),
                "p95 takes numbers, and 'criteria' holds criteria",
                "write pass_rate: criteria",
            ),
            id="a percentile of criteria",
        ),
        pytest.param(
            {"mean": "simulations", "at_least": "1"},
            Mistake(
                ("mean",), "metric 'simulations' is not declared", "declare it under `metrics`"
            ),
            id="the mean of simulations",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "90%"},
            Mistake(
                ("at_most",),
                "90% is a share, and mean takes a number",
                "write a plain number; pass_rate takes shares",
            ),
            id="a share for a number",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "800 ms"},
            Mistake(
                ("at_most",), "'latency' is in s, and this threshold is in ms", "write it in s"
            ),
            id="another unit",
        ),
        pytest.param(
            {"mean": "plain", "at_most": "8 s"},
            Mistake(
                ("at_most",),
                "'plain' has no unit, and this threshold is in s",
                "add `unit: s` to the metric",
            ),
            id="a unit for a metric without",
        ),
        pytest.param(
            {"pass_rate": "resolved", "at_least": "0%"},
            Mistake(
                ("at_least",),
                "every share is at least 0%: this gate cannot fail",
                "ask for something, or leave the gate out",
            ),
            id="a vacuous share",
        ),
        pytest.param(
            {"mean": "quality", "at_most": "100"},
            Mistake(
                ("at_most",),
                "every score is at most 100: this gate cannot fail",
                "ask for something, or leave the gate out",
            ),
            id="a vacuous score",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "120"},
            Mistake(("at_least",), "Cotool scores are 0 to 100", "write a number between them"),
            id="an impossible score",
        ),
        pytest.param(
            {"count": "critical", "at_least": "0"},
            Mistake(
                ("at_least",),
                "every count is at least 0: this gate cannot fail",
                "write at_most: 0 to ask for none",
            ),
            id="a vacuous count",
        ),
        pytest.param(
            {"count": "resolved", "at_most": "0"},
            Mistake(
                ("count",),
                "count counts critical issues, and 'resolved' holds texts",
                "declare a metric {cotool: critical_issues}; for others use pass_rate",
            ),
            id="a count of something else",
        ),
        pytest.param(
            {"errors": "runs", "at_most": "100%"},
            Mistake(
                ("at_most",),
                "every share is at most 100%: this gate cannot fail",
                "write how much trouble is tolerable, like 5%",
            ),
            id="vacuous errors",
        ),
        pytest.param(
            {"errors": "runs", "at_most": "5%", "per": "mutation"},
            Mistake(
                ("per",),
                "launches cannot be split per mutation: each has all its variants",
                "use cell, agent, persona, test_set",
            ),
            id="errors per mutation",
        ),
        pytest.param(
            {"pass_rate": "resolved", "at_least": "90%", "per": "criterion"},
            Mistake(
                ("per",),
                "'resolved' has no criteria to split by",
                "split a metric with `cotool: criteria` by criterion",
            ),
            id="criterion of a Coval metric",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "80", "per": "criterion"},
            Mistake(
                ("per",),
                "'quality' is Cotool's score: it has no criterion to split by",
                "use agent",
            ),
            id="criterion of a score",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "80", "variants": "mutations"},
            Mistake(
                ("variants",),
                "'quality' is scored by Cotool, which knows no variants",
                "leave `variants` out",
            ),
            id="variants of a score",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "80", "where": {"personas": ["calm"]}},
            Mistake(
                ("where", "personas"),
                "Cotool's runs have no personas",
                "narrow by agents, or leave it out",
            ),
            id="a persona of a score",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "80", "where": {"agents": ["checkout"]}},
            Mistake(
                ("where", "agents", 0),
                "agent 'checkout' has no `cotool` id, so it is never scored",
            ),
            id="an agent that is not scored",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "80", "graded_at_least": "0%"},
            Mistake(
                ("graded_at_least",),
                "graded_at_least of 0% would judge a gate on nothing",
                "write a share above 0%, like 90%",
            ),
            id="no grades needed",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "where": {"agents": ["ops"]}},
            Mistake(
                ("where", "agents", 0), "agent 'ops' has no `coval` id, so it is never simulated"
            ),
            id="an agent that is not simulated",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "where": {"agents": ["opps"]}},
            Mistake(("where", "agents", 0), "agent 'opps' is not declared", "did you mean 'ops'?"),
            id="an unknown agent",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "at_least_runs": "5"},
            Mistake(
                ("at_least_runs",),
                "at_least_runs is for Cotool metrics, and 'latency' is measured by Coval",
                "leave it out: missing values are bracketed",
            ),
            id="runs of a Coval metric",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "where": {"personas": ["calm", "angry"]}},
            Mistake(
                ("where", "personas", 1), "persona 'angry' is not declared", "known: calm, elderly"
            ),
            id="an unknown persona",
        ),
        pytest.param(
            {
                "mean": "latency",
                "at_most": "1",
                "where": {"personas": ["calm"], "test_sets": ["refunds"]},
            },
            Mistake(("where",), "this selects no cell of the matrix", "leave out a part of it"),
            id="a where that selects nothing",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "variants": ["gpt-4o", "gpt-5o"]},
            Mistake(("variants", 1), "mutation 'gpt-5o' is not declared", "did you mean 'gpt-4o'?"),
            id="an unknown mutation",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "variants": ["all", "gpt-4o"]},
            Mistake(
                ("variants",),
                "'all' stands alone, not in a list with others",
                "name base and single mutations, or one word",
            ),
            id="all and more",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1", "variants": "base", "per": "mutation"},
            Mistake(
                ("variants",),
                "the base agent alone cannot be split per mutation",
                "leave `variants` out, or write mutations",
            ),
            id="base per mutation",
        ),
    ],
)
def test_a_gate_that_does_not_fit_says_so(
    declared: Declared, gate: dict[str, Any], mistake: Mistake
) -> None:
    expected = Mistake(("gates", 0, *mistake.path), mistake.message, mistake.hint)

    assert check(declared, gate) == [expected]


def test_inner_gates_are_checked_at_their_place(declared: Declared) -> None:
    gate = {
        "any": [
            {"mean": "nope", "at_most": "1"},
            {"mean": "latency", "at_most": "1", "blocks": "false"},
        ]
    }

    assert [mistake.path for mistake in check(declared, gate)] == [
        ("gates", 0, "any", 0, "mean"),
        ("gates", 0, "any", 1, "blocks"),
    ]


@pytest.mark.parametrize(
    ("name", "path"),
    [pytest.param("Fast", ("name",), id="by name"), pytest.param(None, (), id="by their words")],
)
def test_no_two_gates_bear_the_same_name(
    declared: Declared, name: str | None, path: tuple[str, ...]
) -> None:
    gate = {"mean": "latency", "at_most": "1", "name": name}
    title = name or "mean latency at most 1"

    assert check(declared, gate, gate) == [
        Mistake(
            ("gates", 1, *path),
            f"this gate and number 1 are both {title!r}",
            "give one of them another `name`",
        )
    ]


def test_a_campaign_without_mutations_cannot_gate_them(declared: Declared) -> None:
    nobody = replace(declared, mutations=())
    gate = {"mean": "latency", "at_most": "1", "per": "mutation"}

    assert [mistake.message for mistake in check(nobody, gate)] == ["no mutations are declared"]


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        pytest.param(
            {"mean": "latency", "at_most": "1"},
            "'latency' is measured by Coval, and no agent has a `coval` id",
            id="Coval",
        ),
        pytest.param(
            {"mean": "quality", "at_least": "80"},
            "'quality' is scored by Cotool, and no agent has a `cotool` id",
            id="Cotool",
        ),
        pytest.param(
            {"errors": "runs", "at_most": "5%"},
            "no agent has a `coval` id, so nothing is launched",
            id="launches",
        ),
    ],
)
def test_a_gate_on_what_nobody_measures_is_a_mistake(
    declared: Declared, gate: dict[str, Any], message: str
) -> None:
    nobody = replace(declared, simulated=(), scored=())

    assert [mistake.message for mistake in check(nobody, gate)] == [message]
