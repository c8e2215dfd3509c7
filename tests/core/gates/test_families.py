from typing import Any

import pytest

from campaignd.core.statistics.families import benjamini_hochberg, holm

CELL = "checkout/calm/smoke"
NAMES = ("fast-vad", "gpt-4o", "slow")


def family(story: Any, *fell: int, rose: int = 0) -> Any:
    def answers(failing: range) -> dict[str, list[str]]:
        return {f"c{n:02}": ["NO" if n in failing else "YES"] for n in range(40)}

    story.cell(CELL, answers(range(rose)), variants=("base", *NAMES[: len(fell)]))
    for name, count in zip(NAMES, fell, strict=False):
        story.cell(CELL, answers(range(20, 20 + count)), variant=name)
    return story


GATE: dict[str, Any] = {
    "no_drop": "resolved",
    "than": "base",
    "rule_out": "20 points",
    "per": "mutation",
}
ANY: dict[str, Any] = {
    "improves": "resolved",
    "than": "base",
    "by": "3 points",
    "per": "mutation",
    "need": "any",
}


def test_failures_of_a_family_are_corrected_by_holm(story: Any) -> None:
    reports = family(story, 5, 3, 0).judge(GATE)

    assert [r.p_adjusted for r in reports] == pytest.approx(holm([r.p_fail for r in reports]))
    assert [r.family_size for r in reports] == [3, 3, 3]


def test_a_result_that_would_be_proven_alone_says_so(story: Any) -> None:
    gate = {**GATE, "rule_out": "5 points"}
    alone, *_ = family(story, 3).judge(gate)
    assert alone.verdict == "failed"

    first, *_ = family(type(story)(), 3, 0, 0).judge(gate)

    assert first.verdict == "inconclusive"
    assert "By itself it would be proven, as one of 3 results it is not" in first.reason


def test_without_a_correction_it_fails(story: Any) -> None:
    first, *_ = family(story, 3, 0, 0).judge({**GATE, "correct": "none"})

    assert first.verdict == "failed"


def test_single_passes_are_marked_unless_all_pass(story: Any) -> None:
    failed, passed = family(story, 12, 0).judge(GATE)

    assert (failed.verdict, passed.verdict) == ("failed", "passed")
    assert passed.reason.endswith("; uncorrected: not all 2 results of this gate passed.")
    assert "uncorrected" not in family(type(story)(), 0, 0).judge(GATE)[0].reason


def test_of_any_one_that_passes_is_enough(story: Any) -> None:
    better, same = family(story, 0, 10, rose=10).judge(ANY)

    assert (better.verdict, better.blocks) == ("passed", True)
    assert (same.verdict, same.blocks) == ("inconclusive", False)
    assert "not counted: any of 2 was asked for, and 1 passed" in same.reason


def test_of_any_the_passes_are_corrected(story: Any) -> None:
    reports = family(story, 0, 5, 10, rose=10).judge(ANY)

    expected = benjamini_hochberg([r.p_pass for r in reports])
    assert [r.p_adjusted for r in reports] == pytest.approx(expected)


def test_of_any_what_might_have_passed_counts_before_what_failed(story: Any) -> None:
    failed, unsure = family(story, 20, 1).judge(ANY)

    assert (failed.verdict, failed.blocks) == ("failed", False)
    assert (unsure.verdict, unsure.blocks) == ("inconclusive", True)


def test_of_any_where_all_failed_all_count(story: Any) -> None:
    assert [r.blocks for r in family(story, 20, 20).judge(ANY)] == [True, True]


def test_an_unsure_gate_may_only_warn(story: Any) -> None:
    report, *_ = family(story, 8).judge({**GATE, "rule_out": "1 point", "when_unsure": "warn"})
    unsure, *_ = family(type(story)(), 1).judge(
        {**GATE, "rule_out": "1 point", "when_unsure": "warn"}
    )

    assert (report.verdict, report.blocks) == ("failed", True)
    assert (unsure.verdict, unsure.blocks) == ("inconclusive", False)
