from typing import Any

import pytest

from campaignd.core.evidence import CellOutcome
from campaignd.core.gates import parse_gate
from campaignd.core.gates.references import Needed, References, needed_references
from campaignd.core.gates.than import BASELINE, Than, parse_than
from campaignd.core.verdicts import Verdict, judge_execution, may_become_baseline

CELL = "checkout/calm/smoke"
AGAINST: dict[str, Any] = {"no_drop": "resolved", "than": "baseline", "rule_out": "20 points"}
RATE: dict[str, Any] = {"pass_rate": "resolved", "at_least": "90%"}
GOOD = {f"c{n}": ["YES"] for n in range(12)}
BAD = {f"c{n}": ["NO"] for n in range(12)}


@pytest.mark.parametrize(
    ("written", "than"),
    [
        pytest.param("baseline", BASELINE, id="a word"),
        pytest.param({"execution": "01J"}, Than("execution", "01J"), id="an execution"),
        pytest.param({"file": "a.csv"}, Than("file", "a.csv"), id="a file"),
    ],
)
def test_what_to_compare_with_is_read(written: object, than: Than) -> None:
    assert parse_than(written) == than
    assert parse_than(than) is than


@pytest.mark.parametrize(
    ("written", "message"),
    [
        pytest.param("basline", "did you mean 'baseline'?", id="a typo"),
        pytest.param("yesterday", "write base, baseline, ", id="no such thing"),
        pytest.param({"execution": ["x"]}, "the id of an execution, found a list", id="a list"),
        pytest.param({"file": " "}, "the path of a file", id="no path"),
        pytest.param({"run": "x"}, "nothing to compare with", id="another key"),
    ],
)
def test_what_is_nothing_to_compare_with_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=r"compare with|is the") as caught:
        parse_than(written)

    assert message in str(caught.value)


def test_what_gates_need_is_gathered_from_all_of_them() -> None:
    usual = {"within_usual": "resolved", "over": 20}
    other = {**AGAINST, "than": {"execution": "01J"}}
    gates = [parse_gate({"all": [usual, AGAINST]}), parse_gate(other), parse_gate(RATE)]

    assert needed_references(gates) == Needed(True, frozenset({Than("execution", "01J")}), 20)


def test_the_base_agent_needs_nothing_else() -> None:
    assert needed_references([parse_gate({**AGAINST, "than": "base"})]) == Needed()


@pytest.mark.parametrize(
    ("values", "gates", "verdict", "may"),
    [
        pytest.param(GOOD, [AGAINST], Verdict.INCONCLUSIVE, True, id="nothing but a baseline"),
        pytest.param(GOOD, [AGAINST, RATE], Verdict.PASSED, True, id="the rest passed"),
        pytest.param(BAD, [AGAINST, RATE], Verdict.FAILED, False, id="the rest failed"),
        pytest.param(GOOD, [RATE], Verdict.PASSED, False, id="no doubt at all"),
        pytest.param(
            GOOD,
            [{**AGAINST, "without_baseline": "block"}],
            Verdict.INCONCLUSIVE,
            True,
            id="even where it counts",
        ),
        pytest.param(GOOD, [{"all": [AGAINST, RATE]}], Verdict.PASSED, False, id="within all"),
        pytest.param(BAD, [{"all": [AGAINST, RATE]}], Verdict.FAILED, False, id="all, failing"),
        pytest.param(BAD, [{"any": [AGAINST, RATE]}], Verdict.INCONCLUSIVE, True, id="within any"),
        pytest.param(
            GOOD,
            [{"all": [{**AGAINST, "without_baseline": "block"}, RATE]}],
            Verdict.INCONCLUSIVE,
            True,
            id="within all, where it counts",
        ),
    ],
)
def test_a_missing_baseline_is_never_a_deadlock(
    story: Any, values: Any, gates: list[Any], verdict: Verdict, may: bool
) -> None:
    reports = story.cell(CELL, values).judge(*gates)

    assert judge_execution(reports)[0] is verdict
    assert may_become_baseline(reports) is may


@pytest.mark.parametrize(
    "before",
    [
        pytest.param({"variant": "m1", "variants": ("base", "m1")}, id="no such mutation then"),
        pytest.param(
            {"variant": "m2", "variants": ("base", "m2"), "metric": "latency"}, id="not measured"
        ),
    ],
)
def test_what_is_new_since_the_baseline_is_no_deadlock(
    story: Any, new_story: Any, before: dict[str, Any]
) -> None:
    then = new_story().cell(CELL, GOOD, **before)
    story.cell(CELL, GOOD, variants=("base", "m2"), variant="m2").against(then)
    story.cell(CELL, GOOD)

    split, rate = story.judge({**AGAINST, "per": "mutation"}, RATE)

    assert (split.verdict, split.reason_code, split.blocks) == (
        "inconclusive",
        "no_baseline",
        False,
    )
    assert "the baseline, has nothing of resolved of mutation m2: noted" in split.reason
    assert may_become_baseline([split, rate])


@pytest.mark.parametrize(
    ("outcome", "verdict", "code"),
    [
        pytest.param(CellOutcome.LOST, Verdict.ERRORED, "cell_lost", id="lost"),
        pytest.param(CellOutcome.TIMED_OUT, Verdict.TIMED_OUT, "timed_out", id="timed out"),
    ],
)
def test_what_lost_a_cell_does_not_become_a_baseline(
    story: Any, outcome: CellOutcome, verdict: Verdict, code: str
) -> None:
    story.cell(CELL, GOOD).cell("checkout/hasty/smoke", outcome=outcome, cases_planned=12)

    reports = story.judge(AGAINST)

    assert (judge_execution(reports)[0], reports[0].reason_code) == (verdict, code)
    assert not may_become_baseline(reports)


def test_a_baseline_that_was_chosen_and_is_gone_is_an_error_and_no_pass(story: Any) -> None:
    story.cell(CELL, GOOD)
    story.references = References(absent={BASELINE: "there is no execution 01J in this database"})

    reports = story.judge(AGAINST, RATE)

    assert judge_execution(reports)[0] is Verdict.ERRORED
    assert "there is no execution 01J" in reports[0].reason
    assert not may_become_baseline(reports)
