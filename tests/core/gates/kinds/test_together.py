from typing import Any

import pytest

CALM, ELDERLY = "checkout/calm/smoke", "checkout/elderly/smoke"
PASSES = {
    "pass_rate": "resolved",
    "where": {"personas": "calm"},
    "at_least": "50%",
    "name": "passes",
}
FAILS = {"pass_rate": "resolved", "where": {"personas": "calm"}, "at_least": "90%", "name": "fails"}
DOUBTS = {
    "pass_rate": "unsure",
    "where": {"personas": "elderly"},
    "at_least": "60%",
    "name": "doubts",
}
BREAKS = {"mean": "latency", "at_most": "1", "name": "breaks"}


@pytest.mark.parametrize(
    ("word", "gates", "verdict"),
    [
        pytest.param("any", [PASSES, FAILS], "passed", id="any: one passes"),
        pytest.param("any", [PASSES, BREAKS], "passed", id="any: one passes, one is errored"),
        pytest.param("any", [FAILS, {**FAILS, "name": "too"}], "failed", id="any: all fail"),
        pytest.param("any", [FAILS, DOUBTS], "inconclusive", id="any: one might have passed"),
        pytest.param("any", [DOUBTS, BREAKS], "errored", id="any: one could not be judged"),
        pytest.param("all", [PASSES, {**PASSES, "name": "too"}], "passed", id="all: all pass"),
        pytest.param("all", [PASSES, FAILS], "failed", id="all: one fails"),
        pytest.param("all", [DOUBTS, FAILS], "failed", id="all: a failure outranks a doubt"),
        pytest.param("all", [PASSES, DOUBTS], "inconclusive", id="all: one doubts"),
        pytest.param("all", [DOUBTS, BREAKS], "errored", id="all: one could not be judged"),
        pytest.param("all", [PASSES, {"any": [FAILS, PASSES]}], "passed", id="one in another"),
    ],
)
def test_gates_together_count_as_one(
    story: Any, word: str, gates: list[dict[str, Any]], verdict: str
) -> None:
    story.cell(CALM, {"a": ["YES"], "b": ["NO"]})
    story.cell(ELDERLY, {"a": ["YES"], "b": ["UNKNOWN"]}, metric="unsure")

    report = story.judge_one(**{word: gates})

    assert report.verdict == verdict
    assert (report.kind, report.metric) == (word, None)


def test_inner_gates_are_shown_singly_with_their_groups(story: Any) -> None:
    story.cell(CALM, {"a": ["YES"]}).cell(ELDERLY, {"a": ["NO"]})

    report = story.judge_one(
        all=[PASSES, {**PASSES, "name": "split", "where": None, "per": "persona"}]
    )

    assert [(r.name, r.scope, r.verdict) for r in report.gates] == [
        ("passes", {}, "passed"),
        ("split", {"persona": "calm"}, "passed"),
        ("split", {"persona": "elderly"}, "failed"),
    ]
    assert (report.verdict, report.reason) == ("failed", "1 of 2 gates passed, all were asked.")
