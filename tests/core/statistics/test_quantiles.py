import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from campaignd.core.statistics.quantiles import Distribution

VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=40)


def evenly(values: list[float]) -> Distribution:
    return Distribution.evenly(np.array(values))


@settings(deadline=None)
@given(VALUES, st.integers(1, 99), st.floats(-100, 100))
def test_a_quantile_is_within_a_bar_exactly_where_enough_values_are(
    values: list[float], percent: int, bar: float
) -> None:
    share = percent / 100
    enough = sum(value <= bar for value in values) / len(values) >= share - 1e-9

    assert (evenly(values).quantile(share) <= bar) == enough


def test_weights_count() -> None:
    spread = Distribution.of(np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.25, 0.25]))

    assert [spread.quantile(share) for share in (0.25, 0.5, 0.51, 1.0)] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("n", "is_bounded"), [pytest.param(58, False, id="58"), pytest.param(59, True, id="59")]
)
def test_it_takes_59_values_to_bound_a_95th_percentile(n: int, is_bounded: bool) -> None:
    # Wilks, S. S. (1941), Annals of Mathematical Statistics 12, 91-96.
    bounds = evenly([float(value) for value in range(n)]).quantile_bounds(0.95, n)

    assert bounds.upper == (n - 1 if is_bounded else None)


@settings(deadline=None)
@given(st.integers(1, 80), st.integers(1, 99))
def test_bounds_are_the_order_statistics_of_the_binomial_tails(n: int, percent: int) -> None:
    # Conover (1999), Practical Nonparametric Statistics, section 3.2.
    share = percent / 100
    values = range(1, n + 1)
    above = [rank for rank in values if binom.cdf(rank - 1, n, share) >= 0.95]
    below = [rank for rank in values if binom.cdf(rank - 1, n, share) <= 0.05]

    bounds = evenly([float(rank) for rank in values]).quantile_bounds(share, n)

    assert bounds.upper == (above[0] if above else None)
    assert bounds.lower == (below[-1] if below else None)


@settings(deadline=None)
@given(VALUES, st.integers(1, 99))
def test_equal_weights_are_as_good_as_none(values: list[float], percent: int) -> None:
    weights = np.full(len(values), 1 / len(values))
    weighted = Distribution.of(np.array(values), weights)

    assert weighted.quantile(percent / 100) == evenly(values).quantile(percent / 100)
