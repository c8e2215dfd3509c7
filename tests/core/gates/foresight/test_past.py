from typing import Any

import numpy as np
import pytest

from campaignd.core.gates.foresight.design import Block
from campaignd.core.gates.foresight.past import LIKENESS, Past, Tries, spread_of

CALM = "checkout/calm/smoke"
BASE = Block({}, frozenset({(CALM, "base")}))
MUTATED = Block({}, frozenset({(CALM, "gpt-4o")}))


def tries(*cases: list[float]) -> Tries:
    values = np.array([value for case in cases for value in case])
    numbers = np.repeat(np.arange(len(cases)), [len(case) for case in cases])
    return Tries(values, numbers, np.zeros(len(values), np.int64))


def test_the_variance_of_a_published_table_is_shared_out() -> None:
    # Snedecor, G. W. and Cochran, W. G. (1967), Statistical Methods, 6th edition, table 10.13.1:
    # calcium of four turnip leaves, four determinations each. 0.0066 within, 0.0724 between.
    leaves = (
        [3.28, 3.09, 3.03, 3.03],
        [3.52, 3.48, 3.38, 3.38],
        [2.88, 2.80, 2.81, 2.76],
        [3.34, 3.38, 3.23, 3.26],
    )
    spread = spread_of(tries(*leaves))
    assert spread is not None
    assert spread.tries**2 == pytest.approx(0.0066, abs=5e-5)
    assert spread.cases**2 == pytest.approx(0.0724, abs=5e-5)
    assert spread.mean == pytest.approx(3.166, abs=5e-4)
    assert spread.of_means(4) ** 2 == pytest.approx(0.0724 + 0.0066 / 4, abs=1e-4)


def test_tries_that_always_agree_are_alike_and_those_of_chance_are_not() -> None:
    alike = spread_of(tries([1, 1], [0, 0], [1, 1]))
    unlike = spread_of(tries([1, 0], [0, 1], [1, 0]))
    assert alike is not None
    assert unlike is not None
    assert (alike.likeness, unlike.likeness) == (1.0, 0.0)


def test_one_try_each_tells_nothing_of_how_alike_they_are() -> None:
    spread = spread_of(tries([1.0], [2.0], [3.0]))
    assert spread is not None
    assert spread.likeness == pytest.approx(LIKENESS)
    assert spread.of_means(1) == pytest.approx(1.0)


def test_one_case_has_no_spread() -> None:
    assert spread_of(tries([1.0, 0.0])) is None
    assert spread_of(tries()) is None


def test_tries_of_a_case_are_gathered_from_all_executions(new_story: Any, metrics: Any) -> None:
    nights = [
        new_story().cell(CALM, {"a": ["YES"], "b": [value]}).evidence for value in ("YES", "NO")
    ]
    past = Past(nights, metrics)
    found = past.passing("resolved", BASE)
    assert found.by_execution() == (1.0, 0.5)
    spread = spread_of(found)
    assert spread is not None
    assert (spread.mean, spread.seen) == (0.75, 4)


def test_failed_simulations_pass_nothing_and_lost_ones_are_left_out(
    story: Any, metrics: Any
) -> None:
    story.cell(CALM, {"a": ["YES"], "b": ["FAILED"], "c": ["CANCELLED"]})
    past = Past([story.evidence], metrics)
    assert sorted(past.passing("resolved", BASE).values) == [0.0, 1.0]
    kept = past.keeping("latency", BASE, lambda values: values <= 1)
    assert sorted(kept.values) == [0.0]
    assert len(past.numbers("latency", BASE).values) == 0


def test_other_variants_and_cells_are_left_out(story: Any, metrics: Any) -> None:
    story.cell(CALM, {"a": ["YES"]}, variants=("base", "gpt-4o"))
    story.cell(CALM, {"a": ["NO"]}, variant="gpt-4o")
    story.cell("checkout/elderly/smoke", {"a": ["NO"]})
    past = Past([story.evidence], metrics)
    assert past.passing("resolved", BASE).values.tolist() == [1.0]
    assert past.passing("resolved", MUTATED).values.tolist() == [0.0]


def test_how_differently_cases_react_is_what_chance_does_not_explain(
    story: Any, metrics: Any
) -> None:
    variants = ("base", "gpt-4o")
    base = {"a": ["YES", "YES"], "b": ["YES", "YES"], "c": ["NO", "YES"]}
    changed = {"a": ["NO", "NO"], "b": ["YES", "YES"], "c": ["NO", "YES"]}
    story.cell(CALM, base, variants=variants).cell(CALM, changed, variant="gpt-4o")
    past = Past([story.evidence], metrics)
    # Differences -1, 0, 0 vary by 1/3; the tries of c by 1/2 in one case of three, on both sides.
    noise = 2 * (0.5 / 3 / 2)
    assert past.reaction("resolved", MUTATED, "passes") == pytest.approx((1 / 3 - noise) ** 0.5)
    assert past.reaction("resolved", BASE, "passes") is None


def test_without_a_past_nothing_is_known(metrics: Any) -> None:
    past = Past((), metrics)
    assert spread_of(past.passing("resolved", BASE)) is None
    assert past.runs(frozenset({"ops"})) is None


def test_the_runs_of_cotool_are_those_there_were(story: Any, metrics: Any) -> None:
    story.run(80.0).run(90.0).run(10.0, agent="desk")
    past = Past([story.evidence], metrics)
    assert past.runs(frozenset({"ops"})) == 2
    block = Block({}, agents=frozenset({"ops"}))
    assert sorted(past.numbers("quality", block).values) == [80.0, 90.0]
