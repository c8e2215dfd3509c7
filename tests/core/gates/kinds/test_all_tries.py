from typing import Any

import pytest

CELL = "checkout/calm/smoke"
GATE: dict[str, Any] = {"all_tries": "resolved", "k": 3, "at_least": "80%"}


def tries(count: int, failing: int = 0, each: int = 3) -> dict[str, list[str]]:
    return {
        f"c{n}": ["NO", *["YES"] * (each - 1)] if n < failing else ["YES"] * each
        for n in range(count)
    }


def test_all_ways_to_pick_the_tries_count(story: Any) -> None:
    report = story.cell(CELL, tries(10, failing=5, each=4)).judge_one(**GATE)

    # one failing of four: of the four ways to pick three, one has no failing try
    assert report.estimate == pytest.approx((5 * 0.25 + 5) / 10)
    assert (report.verdict, report.method, report.unit) == ("failed", "one-sample t", "share")


@pytest.mark.parametrize(
    ("cases", "failing", "verdict", "code"),
    [
        pytest.param(20, 0, "passed", None, id="all pass: as exact as a share"),
        pytest.param(20, 9, "failed", None, id="far below"),
        pytest.param(20, 2, "inconclusive", "too_noisy", id="chance"),
        pytest.param(9, 0, "inconclusive", "too_few", id="nine test cases"),
    ],
)
def test_it_can_be_proven(
    story: Any, cases: int, failing: int, verdict: str, code: str | None
) -> None:
    gate = {**GATE, "at_least": "80%" if cases > 9 else "50%", "decide": "proven"}

    report = story.cell(CELL, tries(cases, failing)).judge_one(**gate)

    assert (report.verdict, report.reason_code) == (verdict, code)


def test_too_few_iterations_are_named(story: Any) -> None:
    report = story.cell(CELL, tries(20, each=2)).judge_one(**GATE)

    assert (report.verdict, report.reason_code) == ("errored", "no_data")
    assert "raise `iterations` to 3" in report.reason


def test_missing_tries_are_bracketed(story: Any) -> None:
    values = tries(20) | {f"m{n}": ["YES", "YES", "CANCELLED"] for n in range(6)}

    report = story.cell(CELL, values).judge_one(**GATE)

    assert (report.verdict, report.reason_code) == ("inconclusive", "missing_data")


def test_tries_of_personas_are_not_mixed(story: Any) -> None:
    story.cell(CELL, tries(10, each=2)).cell("checkout/elderly/smoke", tries(10, each=2))

    assert story.judge_one(**GATE).reason_code == "no_data"


def test_cases_with_fewer_tries_are_told(story: Any) -> None:
    story.cell(CELL, tries(10))
    story.cell("checkout/calm/long", tries(4, each=2))

    report = story.judge_one(**GATE)

    assert "; 4 test cases with fewer tries left out" in report.reason


def test_the_bounds_of_a_share_of_tries_are_shares(story: Any) -> None:
    values = tries(10) | {"m": ["YES", "YES", "CANCELLED"]}

    report = story.cell(CELL, values).judge_one(**{**GATE, "decide": "proven"})

    assert report.upper == 1.0
    assert report.reason_code == "cannot_pass_at_this_size"
    assert "takes 14 test cases, all of them passing" in report.reason
