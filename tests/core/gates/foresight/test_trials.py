import numpy as np
import pytest

from campaignd.core.gates.foresight.trials import (
    Numbers,
    OneTry,
    SeveralTries,
    Trial,
    Unmatched,
    cases_for,
    detectable,
    tries_for,
)
from campaignd.core.statistics.difference_power import cases_to_rule_out, detectable_drop
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.mean_power import Spreads, iterations_needed
from campaignd.core.statistics.share_comparisons import matched_shares
from campaignd.core.statistics.shares import Cases

DROP = Claim(Side.BELOW, 0.0)
NO_DROP = Claim(Side.ABOVE, -0.2)


def one_try(cases: int, tries: int) -> Trial:
    assert tries == 1
    return OneTry(cases, 0.1)


def test_one_try_each_detects_what_the_exact_test_does() -> None:
    expected = detectable_drop(40, 0.1)
    assert detectable(OneTry(40, 0.1), DROP, 0.95) == pytest.approx(expected, abs=1e-3)


def test_an_improvement_is_detected_as_a_drop_is() -> None:
    rise = detectable(OneTry(40, 0.1), Claim(Side.ABOVE, 0.0), 0.95)
    assert rise == pytest.approx(detectable_drop(40, 0.1), abs=1e-3)


def test_what_no_outcome_proves_is_not_detectable() -> None:
    assert detectable(OneTry(2, 0.1), DROP, 0.95) is None


def test_so_many_cases_decide_where_nothing_changed() -> None:
    assert cases_for(one_try, 1, NO_DROP, (0.95, 0.8)) == cases_to_rule_out(0.2, 0.1) == 23
    assert cases_for(one_try, 1, Claim(Side.ABOVE, -0.001), (0.95, 0.8)) is None


def test_of_a_family_each_needs_more() -> None:
    needed = [cases_for(one_try, 1, NO_DROP, (0.95, 0.8 ** (1 / size))) for size in (1, 5)]
    assert needed == [23, cases_to_rule_out(0.2, 0.1, power=0.8**0.2)]
    assert (needed[1] or 0) > 23


def test_numbers_take_the_iterations_that_the_noncentral_t_asks_for() -> None:
    spreads = Spreads(cases=0.1, tries=1.0)
    needed = tries_for(
        lambda cases, tries: Numbers(cases, tries, spreads),
        (40, 1),
        Claim(Side.ABOVE, -0.4),
        (0.95, 0.8),
    )
    assert needed == iterations_needed(40, 0.4, spreads)


def test_where_cases_differ_too_much_no_iterations_help() -> None:
    spreads = Spreads(cases=0.6, tries=1.0)
    needed = tries_for(
        lambda cases, tries: Numbers(cases, tries, spreads),
        (40, 1),
        Claim(Side.ABOVE, -0.2),
        (0.95, 0.8),
    )
    assert needed is None


def test_unmatched_items_have_the_power_of_two_groups() -> None:
    # R's documentation of `power.t.test(n = 20, delta = 1, sd = 1)`: power = 0.8689528.
    power = Unmatched(20, 1.0).chance(Claim(Side.ABOVE, 0.0), 1.0, 0.975)
    assert power == pytest.approx(0.8689528, abs=5e-8)


def test_a_number_far_on_the_wrong_side_proves_nothing() -> None:
    assert Numbers(40, 1, Spreads(0.0, 1e-3)).chance(NO_DROP, -5.0, 0.95) == pytest.approx(0)


@pytest.mark.slow
@pytest.mark.parametrize(("cases", "tries"), [(12, 3), (20, 5), (40, 3)])
@pytest.mark.parametrize("drop", [0.0, 0.1, 0.2, 0.3])
def test_several_tries_come_out_as_in_a_simulation(cases: int, tries: int, drop: float) -> None:
    trial = SeveralTries(cases, tries, share=0.9, likeness=0.5, reaction=0.1)
    fails, passes = simulate(cases, tries, drop)

    assert trial.chance(DROP, -drop, 0.95) == pytest.approx(fails, abs=0.15)
    assert trial.chance(NO_DROP, -drop, 0.95) == pytest.approx(passes, abs=0.2)


def simulate(cases: int, tries: int, drop: float, times: int = 400) -> tuple[float, float]:
    """How often square-and-add proves a drop, and rules 20 points out, of likely cases."""
    chance = np.random.default_rng([cases, tries, round(drop * 100)])
    failed = passed = 0
    for _ in range(times):
        truth = chance.beta(0.9, 0.1, cases)
        reaction = np.clip(1 - drop / 0.9 + chance.normal(0, 0.1, cases) * (drop > 0), 0, 1)
        base, new = (
            Cases(chance.binomial(tries, share) / tries, cases * tries)
            for share in (truth, truth * reaction)
        )
        difference = matched_shares(base, new)
        failed += (difference.p_below(0.0) or 0.0) <= 0.05
        passed += (difference.p_above(-0.2) or 0.0) <= 0.05
    return failed / times, passed / times
