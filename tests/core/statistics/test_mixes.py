import numpy as np
import pytest
from scipy.stats import ks_2samp

from campaignd.core.statistics.mixes import (
    MeasuredDistance,
    matched_distance,
    number_profiles,
    text_profiles,
    unmatched_distance,
)

ONE_EACH = np.arange(40)
YES, NO, MAYBE = 0, 1, 2


def mix(yes: int, no: int, maybe: int = 0) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.repeat([YES, NO, MAYBE], [yes, no, maybe])


def test_total_variation_is_half_the_sum_of_the_differences() -> None:
    profiles = text_profiles(mix(20, 20), ONE_EACH, mix(24, 10, 6), ONE_EACH)

    assert unmatched_distance(profiles, 1, 99).estimate == pytest.approx(0.25)


def test_each_case_counts_once_however_many_items_it_has() -> None:
    cases = np.array([0, 0, 0, 1])
    profiles = text_profiles(np.array([0, 0, 0, 1]), cases, np.array([0, 0, 0, 0]), cases)

    assert profiles.base.tolist() == [[1, 0], [0, 1]]
    assert matched_distance(profiles, 1, 99).estimate == pytest.approx(0.5)


@pytest.mark.parametrize("size", [pytest.param(40, id="few values"), pytest.param(2000, id="many")])
def test_the_distance_of_numbers_is_that_of_kolmogorov_and_smirnov(size: int) -> None:
    rng = np.random.default_rng(2)
    base, new = rng.normal(size=size), rng.normal(0.3, size=size)
    profiles = number_profiles(base, np.arange(size), new, np.arange(size))

    found = unmatched_distance(profiles, 1, 19)
    assert found.estimate == pytest.approx(ks_2samp(base, new).statistic, abs=4 / 512)
    assert found.method == "kolmogorov-smirnov, whole cases resampled"


def test_the_seed_gives_the_same_numbers_again() -> None:
    profiles = text_profiles(mix(20, 20), ONE_EACH, mix(30, 10), ONE_EACH)
    one, again, other = (unmatched_distance(profiles, seed, 199) for seed in (7, 7, 8))

    assert (one.p_same, one.bounds(0.9)) == (again.p_same, again.bounds(0.9))
    assert one.resampled.tolist() != other.resampled.tolist()
    assert one.seed == 7


def test_the_permutation_test_is_fishers_where_that_is_exact() -> None:
    # Fisher's tea (1935): 3 of 4 cups told right on each side; all 70 ways are tried. Of them 2
    # are as far apart as 4 to 0, 32 more as far as 3 to 1: p = 34 / 70.
    cups = np.arange(4)
    profiles = text_profiles(np.array([YES, YES, YES, NO]), cups, np.array([NO, NO, NO, YES]), cups)

    assert unmatched_distance(profiles, 1, 1999).p_same == pytest.approx(34 / 70)


def test_matched_cases_change_sides_in_pairs() -> None:
    # Six pairs that all changed the same way: of the 64 ways to swap within pairs, 2 are as far.
    six = np.arange(6)
    profiles = text_profiles(np.full(6, YES), six, np.full(6, NO), six)

    assert matched_distance(profiles, 1, 1999).p_same == pytest.approx(2 / 64)


def test_a_distance_below_the_margin_is_never_proven_above_it() -> None:
    profiles = text_profiles(mix(40, 0), ONE_EACH, mix(30, 10), ONE_EACH)
    found = unmatched_distance(profiles, 3)

    assert found.p_above(0.2) == found.p_same < 0.05
    assert found.p_above(0.3) == 1


def test_the_bound_is_where_the_p_value_says() -> None:
    found = MeasuredDistance(0.1, "by hand", 1, 0.5, np.arange(1, 100) / 100)
    bounds = found.bounds(0.95)

    assert bounds.upper == pytest.approx(0.95)
    assert found.p_below(0.951) == pytest.approx(0.05)
    assert found.p_below(0.95) > 0.05
    assert found.p_below(0.1) == 1
    assert bounds.lower is None


def test_too_few_resamples_bound_nothing() -> None:
    found = MeasuredDistance(0.1, "by hand", 1, 0.5, np.full(9, 0.2))

    assert found.bounds(0.95).upper is None


def test_sides_that_do_not_match_are_refused() -> None:
    profiles = text_profiles(mix(2, 1), np.arange(3), mix(1, 1), np.arange(2))

    with pytest.raises(ValueError, match="3 and 2 cases are not matched"):
        matched_distance(profiles, 1, 9)


def test_one_case_is_no_sample() -> None:
    profiles = text_profiles(mix(1, 0), np.arange(1), mix(1, 1), np.arange(2))

    with pytest.raises(ValueError, match="two"):
        unmatched_distance(profiles, 1, 9)
