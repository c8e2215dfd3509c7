from collections.abc import Mapping
from typing import Any

import pytest

CELL = "checkout/calm/smoke"
GATE: Mapping[str, Any] = {"same_mix": "outcome", "than": "baseline", "allow": "15 points"}


def outcomes(count: int, other: int, word: str = "moved") -> dict[str, list[str]]:
    return {f"c{n}": [word if n < other else "booked"] for n in range(count)}


@pytest.mark.parametrize(
    ("count", "other", "word", "verdict", "code"),
    [
        pytest.param(60, 5, "moved", "passed", None, id="as before"),
        pytest.param(60, 25, "moved", "failed", None, id="another mix"),
        pytest.param(60, 25, "FAILED", "failed", None, id="failing is an outcome"),
        pytest.param(60, 12, "moved", "inconclusive", "too_noisy", id="between"),
        pytest.param(8, 0, "moved", "inconclusive", "too_few", id="few test cases"),
        pytest.param(60, 10, "CANCELLED", "inconclusive", "missing_data", id="missing"),
    ],
)
def test_a_mix_is_compared(  # noqa: PLR0913, PLR0917  a table has columns
    story: Any, new_story: Any, count: int, other: int, word: str, verdict: str, code: str | None
) -> None:
    before = new_story().cell(CELL, outcomes(count, 4 if count > 8 else 0), metric="outcome")
    story.cell(CELL, outcomes(count, other, word), metric="outcome").against(before)

    report = story.judge_one(**GATE)

    assert (report.verdict, report.reason_code) == (verdict, code)
    assert report.method == "total variation, whole cases resampled"
    assert report.seed is not None


def test_the_same_data_give_the_same_numbers(story: Any, new_story: Any) -> None:
    story.cell(CELL, outcomes(30, 9), metric="outcome").against(
        new_story().cell(CELL, outcomes(30, 4), metric="outcome")
    )

    assert story.judge_one(**GATE) == story.judge_one(**GATE)


def test_numbers_are_compared_by_their_spread(story: Any, new_story: Any) -> None:
    before = new_story().cell(CELL, {f"c{n}": [float(n)] for n in range(60)}, metric="latency")
    after = {f"c{n}": [float(n + 40)] for n in range(60)}

    report = (
        story.cell(CELL, after, metric="latency")
        .against(before)
        .judge_one(**{**GATE, "same_mix": "latency"})
    )

    assert (report.verdict, report.estimate) == ("failed", pytest.approx(40 / 60))
    assert report.method.startswith("kolmogorov-smirnov")


def test_one_test_case_is_no_mix(story: Any, new_story: Any) -> None:
    story.cell(CELL, outcomes(1, 0), metric="outcome").against(
        new_story().cell(CELL, outcomes(1, 0), metric="outcome")
    )

    assert story.judge_one(**GATE).reason_code == "unmatched_cases"


@pytest.mark.parametrize(
    ("count", "verdict", "code"),
    [
        pytest.param(18, "inconclusive", "cannot_pass_at_this_size", id="18 might miss 15 points"),
        pytest.param(19, "passed", None, id="19 would have shown them"),
    ],
)
def test_cases_that_are_all_alike_rule_out_what_as_many_would_have_shown(
    story: Any, new_story: Any, count: int, verdict: str, code: str | None
) -> None:
    same = outcomes(count, 0)
    story.cell(CELL, same, metric="outcome").against(new_story().cell(CELL, same, metric="outcome"))

    report = story.judge_one(**GATE)

    assert (report.verdict, report.reason_code) == (verdict, code)
    assert report.upper == pytest.approx(1 - 0.05 ** (1 / count))


def test_a_shift_beyond_the_margin_seldom_passes(story: Any, new_story: Any) -> None:
    """11 points of 40 cases: by 0 or 1 of them it would pass 6 times in 100, by 0 it is 1."""
    story.cell(CELL, outcomes(40, 1), metric="outcome").against(
        new_story().cell(CELL, outcomes(40, 0), metric="outcome")
    )

    assert story.judge_one(**{**GATE, "allow": "10 points"}).verdict == "inconclusive"
