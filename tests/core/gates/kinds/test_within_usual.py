from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from campaignd.core.statistics.history import predict

CELL = "checkout/calm/smoke"
GATE: Mapping[str, Any] = {"within_usual": "resolved", "over": 9}
PAST = (1, 2, 3, 2, 1, 2, 3, 1, 2)


def answers(failing: int, word: str = "NO") -> dict[str, list[str]]:
    return {f"c{n}": [word if n < failing else "YES"] for n in range(40)}


def with_past(story: Any, new_story: Any, failing: Any = PAST) -> Any:
    return story.against(*(new_story().cell(CELL, answers(each)) for each in failing))


@pytest.mark.parametrize(
    ("failing", "word", "gate", "verdict", "code"),
    [
        pytest.param(2, "NO", {}, "passed", None, id="as usual"),
        pytest.param(12, "NO", {}, "failed", None, id="unusually low"),
        pytest.param(0, "NO", {"direction": "up"}, "failed", None, id="unusually high"),
        pytest.param(0, "NO", {}, "passed", None, id="unusually good"),
        pytest.param(12, "NO", {"direction": "both"}, "failed", None, id="either way"),
        pytest.param(8, "CANCELLED", {}, "inconclusive", "missing_data", id="missing"),
    ],
)
def test_an_execution_is_held_against_the_past(  # noqa: PLR0913, PLR0917  a table has columns
    story: Any, new_story: Any, failing: int, word: str, gate: Any, verdict: str, code: str | None
) -> None:
    with_past(story.cell(CELL, answers(failing, word)), new_story)

    report = story.judge_one(**{**GATE, "confidence": "90%", **gate})

    assert (report.verdict, report.reason_code) == (verdict, code)


def test_the_numbers_are_those_of_the_prediction(story: Any, new_story: Any) -> None:
    report = with_past(story.cell(CELL, answers(2)), new_story).judge_one(**GATE)

    expected = predict(np.array([1 - failing / 40 for failing in PAST]))
    assert report.p_fail == pytest.approx(expected.p_lower(0.95))
    assert report.lower == pytest.approx(expected.bounds(0.95).lower)
    assert report.p_pass is None


def test_fewer_than_eight_passed_executions_are_noted(story: Any, new_story: Any) -> None:
    report = with_past(story.cell(CELL, answers(2)), new_story, PAST[:7]).judge_one(**GATE)

    assert (report.verdict, report.reason_code, report.blocks) == (
        "inconclusive",
        "no_baseline",
        False,
    )


def test_only_so_many_are_looked_at(story: Any, new_story: Any) -> None:
    with_past(story.cell(CELL, answers(2)), new_story, (39,) * 20 + PAST[:8])

    assert "by 8 passed executions" in story.judge_one(**{**GATE, "over": 8}).reason


@pytest.mark.parametrize(
    ("failing", "verdict"),
    [pytest.param(1, "passed", id="the same"), pytest.param(2, "inconclusive", id="not the same")],
)
def test_a_past_that_never_varied_knows_only_itself(
    story: Any, new_story: Any, failing: int, verdict: str
) -> None:
    report = with_past(story.cell(CELL, answers(failing)), new_story, (1,) * 9).judge_one(**GATE)

    assert report.verdict == verdict


def test_a_drift_of_the_past_is_noted(story: Any, new_story: Any) -> None:
    with_past(story.cell(CELL, answers(9)), new_story, (1, 2, 3, 4, 5, 6, 7, 8, 9))

    assert "the past executions drift downward" in story.judge_one(**GATE).reason


def test_executions_with_numbers_that_nobody_can_reckon_with_are_no_past(
    story: Any, new_story: Any
) -> None:
    past = [
        new_story().cell(CELL, {"c": [1.0 + n / 10], "d": [last]}, metric="latency")
        for n, last in enumerate([1.0] * 7 + [float("inf")] * 2)
    ]
    story.cell(CELL, {"c": [1.2], "d": [1.0]}, metric="latency").against(*past)

    report = story.judge_one(**{**GATE, "within_usual": "latency"})

    assert report.reason_code == "no_baseline"
    assert report.reason.startswith("7 passed executions so far")
