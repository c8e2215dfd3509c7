from typing import Any

import pytest

from campaignd.core.report import CaseReport

CALM, ELDERLY = "checkout/calm/smoke", "checkout/elderly/smoke"


def test_the_worst_test_cases_come_first_and_no_more_than_ten(story: Any) -> None:
    values = {f"case-{n:02}": ["YES"] * n + ["NO"] * (12 - n) for n in range(13)}

    report = story.cell(CALM, values).rate("resolved", at_least="90%")

    assert [case.test_case for case in report.cases] == [f"case-{n:02}" for n in range(10)]
    assert [case.value for case in report.cases][:2] == [0, pytest.approx(1 / 12)]


def test_a_perfect_test_case_is_not_among_the_worst(story: Any) -> None:
    report = story.cell(CALM, {"a": ["YES"], "b": ["NO"]}).rate("resolved", at_least="10%")

    assert [case.test_case for case in report.cases] == ["b"]


def test_a_case_shows_its_worst_simulation_and_the_judge_s_words(story: Any) -> None:
    story.cell(CALM, {"a": ["YES", "YES"]}).cell(ELDERLY, {"a": ["YES", "NO"]})
    story.with_evidence(
        titles={"a": "Refund without receipt"},
        urls={"S0003": "https://app.coval.dev/s/S0003"},
        explanations={("S0003", "resolved"): "Never asked for the receipt."},
    )

    report = story.rate("resolved", at_least="90%")

    assert report.cases == (
        CaseReport(
            test_case="a",
            title="Refund without receipt",
            agent="checkout",
            persona="elderly",
            test_set="smoke",
            value=0.75,
            simulation_id="S0003",
            url="https://app.coval.dev/s/S0003",
            explanation="Never asked for the receipt.",
        ),
    )


@pytest.mark.parametrize(
    ("gate", "worst"),
    [
        pytest.param({"mean": "latency", "at_most": "1"}, ("b", 3.0), id="mean: the highest case"),
        pytest.param({"mean": "latency", "at_least": "1"}, ("c", 1.0), id="mean: the lowest case"),
        pytest.param({"p95": "latency", "at_most": "1"}, ("a", 5.0), id="p95: the highest value"),
        pytest.param({"min": "latency", "at_least": "1"}, ("a", 0.0), id="min: the lowest value"),
    ],
)
def test_the_side_of_the_bar_says_what_is_worst(
    story: Any, gate: dict[str, Any], worst: tuple[str, float]
) -> None:
    story.cell(CALM, {"a": [0.0, 5.0], "b": [3.0, 3.0], "c": [1.0, 1.0]}, metric="latency")

    first, *_ = story.judge_one(**gate).cases

    assert (first.test_case, first.value) == worst


def test_a_cotool_run_is_shown_by_its_title(story: Any) -> None:
    story.run(20.0).with_evidence(urls={"R0000": "https://app.cotool.ai/runs/R0000"})

    (case,) = story.judge_one(mean="quality", at_least="80").cases

    assert (case.test_case, case.title, case.value) == ("R0000", "Alert 0", 20.0)
    assert (case.url, case.explanation) == ("https://app.cotool.ai/runs/R0000", "Checked the logs.")


def test_many_values_are_looked_through_for_the_worst(story: Any) -> None:
    values = {f"case-{n}": [float(n)] * 50 for n in range(120)}

    report = story.cell(CALM, values, metric="latency").judge_one(max="latency", at_most="1")

    assert [case.value for case in report.cases] == [float(n) for n in range(119, 109, -1)]
