import numpy as np
import pytest
from scipy.stats import binomtest

from campaignd.core.statistics.number_comparisons import (
    matched_change,
    matched_difference,
    unmatched_change,
    unmatched_difference,
)

DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.2, 4.4, 5.5, 1.6, 4.6, 3.4])
FLAT = np.full(40, 80.0)


def changed(*changes: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.concatenate((np.array(changes), np.zeros(40 - len(changes))))


def test_matched_numbers_are_compared_by_t() -> None:
    found = matched_difference(DRUG_1, DRUG_2, 20.0)

    assert found.method == "paired t"
    assert found.estimate == pytest.approx(float((DRUG_2 - DRUG_1).mean()))


def test_nine_differences_are_few_and_ten_are_not() -> None:
    few = matched_difference(FLAT, FLAT + changed(*[1.0] * 9), 100.0)
    enough = matched_difference(FLAT, FLAT + changed(*[1.0, 2.0] * 5), 100.0)

    assert few.method == "exact bound, few differences"
    assert enough.method == "paired t"


def test_few_differences_are_bounded_by_the_share_of_worse_cases_and_the_range() -> None:
    found = matched_difference(FLAT, FLAT + changed(-5, -5, 20), 100.0)
    bounds = found.bounds(0.95)
    worse = binomtest(2, 40).proportion_ci(0.9, method="exact").high
    better = binomtest(1, 40).proportion_ci(0.9, method="exact").high

    assert found.estimate == pytest.approx(0.25)
    assert bounds.lower == pytest.approx(-100 * worse)
    assert bounds.upper == pytest.approx(100 * better)
    assert found.p_above(-100 * worse) == pytest.approx(0.05)
    assert found.p_below(100 * better) == pytest.approx(0.05)


def test_few_differences_rule_out_and_never_prove() -> None:
    found = matched_difference(FLAT, FLAT + changed(*[-50.0] * 9), 100.0)

    assert found.p_below(0.0) == 1
    assert found.p_above(0.0) == 1


def test_a_relative_change_is_that_of_the_geometric_means() -> None:
    base = np.array([1.0, 2, 4, 1, 2, 4, 1, 2, 4, 3, 3, 3])
    factors = np.array([1.1, 1.2] * 6)
    found = matched_change(base, base * factors)
    bounds = found.bounds(0.95)
    assert bounds.lower is not None
    assert bounds.upper is not None

    assert found.estimate == pytest.approx((1.1 * 1.2) ** 0.5 - 1)
    assert found.method == bounds.method == "paired t on logs"
    assert found.p_above(bounds.lower) == pytest.approx(0.05)
    assert found.p_below(bounds.upper) == pytest.approx(0.05)


def test_a_relative_change_does_not_depend_on_the_unit() -> None:
    seconds = (np.array([1.0, 2.0, 4.0, 3.0]), np.array([1.5, 2.5, 4.0]))
    in_ms = unmatched_change(seconds[0] * 1000, seconds[1] * 1000)
    in_s = unmatched_change(*seconds)

    assert in_ms.bounds(0.9).lower == pytest.approx(in_s.bounds(0.9).lower)
    assert in_s.method == "welch on logs"


def test_relative_changes_of_nothing_are_ruled_out_by_the_range_of_the_values() -> None:
    alike = matched_change(FLAT, FLAT)
    found = matched_change(FLAT, FLAT * np.exp(changed(-0.5)))

    assert alike.estimate == 0
    assert alike.method == "exact bound, few differences on logs"
    assert found.p_above(-0.01) is not None
    assert found.p_above(-0.01) == pytest.approx(
        binomtest(1, 40, -np.log(0.99) / 0.5, alternative="less").pvalue
    )


def test_a_change_without_spread_says_nothing() -> None:
    found = matched_change(np.arange(1.0, 21), np.arange(1.0, 21) * 2)

    assert found.bounds(0.95).method in {None, "paired t on logs"}


@pytest.mark.parametrize("compare", [matched_change, unmatched_change])
def test_values_without_a_logarithm_are_refused(compare: type) -> None:
    with pytest.raises(ValueError, match="needs values above 0, and the lowest is 0: write"):
        compare(np.array([1.0, 2.0]), np.array([0.0, 1.0]))


def test_unmatched_numbers_are_compared_by_welch() -> None:
    assert unmatched_difference(DRUG_1, DRUG_2[:8]).method == "welch"
