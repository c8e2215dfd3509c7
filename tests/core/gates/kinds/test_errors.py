from typing import Any

import pytest

from campaignd.core.evidence import CellOutcome
from campaignd.core.verdicts import GateVerdict

CALM, ELDERLY = "checkout/calm/smoke", "checkout/elderly/smoke"


@pytest.fixture
def retried(story: Any) -> Any:
    story.cell(CALM, attempts=3, attempts_lost=1)
    return story.cell(ELDERLY, attempts=1, attempts_lost=1, outcome=CellOutcome.LOST)


@pytest.mark.parametrize(
    ("at_most", "verdict"),
    [pytest.param("50%", "passed", id="at the bar"), pytest.param("49%", "failed", id="above it")],
)
def test_every_attempt_counts(retried: Any, at_most: str, verdict: str) -> None:
    report = retried.judge_one(errors="runs", at_most=at_most)

    assert (report.verdict, report.estimate, report.n) == (verdict, 0.5, 4)
    assert report.reason == (
        f"2 of 4 launches failed or were lost (50%), at most {at_most} was asked."
    )
    assert (report.kind, report.threshold) == ("errors", f"at most {at_most}")


def test_launches_are_split_like_anything_else(retried: Any) -> None:
    reports = retried.judge({"errors": "runs", "at_most": "40%", "per": ["persona", "agent"]})

    assert [(report.scope, report.verdict) for report in reports] == [
        ({"persona": "calm", "agent": "checkout"}, "passed"),
        ({"persona": "elderly", "agent": "checkout"}, "failed"),
    ]


def test_launches_are_narrowed_like_anything_else(retried: Any) -> None:
    report = retried.judge_one(errors="runs", at_most="40%", where={"personas": "calm"})

    assert (report.verdict, report.n) == (GateVerdict.PASSED, 3)


@pytest.mark.parametrize("per", [pytest.param([], id="pooled"), pytest.param(["cell"], id="split")])
def test_nothing_launched_is_no_pass(story: Any, per: list[str]) -> None:
    gate = {"errors": "runs", "at_most": "40%"} | ({"per": per} if per else {})

    (report,) = story.judge(gate)

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "no_data")
