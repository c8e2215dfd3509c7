from datetime import date
from typing import Any

from campaignd.core.campaign import Waive
from campaignd.core.gates.waivers import waivers_on

CELL = "checkout/calm/smoke"
RATE: dict[str, Any] = {"pass_rate": "resolved", "at_least": "90%"}
CASE = "Tc6Jk1Lz8Xc3Vb9Nm4Qw2E"


def test_a_waived_test_case_is_left_out_and_said_so(story: Any) -> None:
    story.cell(CELL, {"bad": ["NO"], "good": ["YES"]})

    report = story.waiving("bad", "2026-11-02").judge_one(**RATE)

    assert (report.verdict, report.n, report.cases) == ("passed", 1, ())
    assert report.reason.endswith("; test case bad is waived (BUG-12).")


def test_an_expired_waiver_is_loud_and_the_case_counts_again(story: Any) -> None:
    story.cell(CELL, {"bad": ["NO"], "good": ["YES"]})

    report = story.waiving("bad", "2026-11-01").judge_one(**RATE)

    assert (report.verdict, report.n) == ("failed", 2)
    assert report.reason.endswith(
        "; the waiver of test case bad (BUG-12) ran out on 2026-11-01: it counts again."
    )


def test_the_baseline_is_left_without_it_too(story: Any, new_story: Any) -> None:
    cases = {f"c{n}": ["YES"] for n in range(40)}
    before = new_story().cell(CELL, cases | {"bad": ["YES"]})
    story.cell(CELL, cases | {"bad": ["NO"]}).against(before).waiving("bad", "2026-12-31")

    report = story.judge_one(no_drop="resolved", than="baseline", rule_out="20 points")

    assert (report.estimate, report.cases_n) == (0.0, 40)


def test_a_gate_with_nothing_but_waived_test_cases_is_not_passed(story: Any) -> None:
    report = story.cell(CELL, {"bad": ["NO"]}).waiving("bad", "2026-12-31").judge_one(**RATE)

    assert (report.verdict, report.reason_code) == ("errored", "no_data")


def test_waivers_are_told_for_the_execution() -> None:
    waive = Waive(test_case=CASE, until=date(2026, 12, 31), because="BUG-12")

    assert waivers_on([waive], date(2026, 12, 31)).notes() == (
        f"test case {CASE} is waived until 2026-12-31: BUG-12",
    )
    assert waivers_on([waive], date(2027, 1, 1)).notes() == (
        f"the waiver of test case {CASE} (BUG-12) ran out on 2026-12-31: it counts again",
    )
