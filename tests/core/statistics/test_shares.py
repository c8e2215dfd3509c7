import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, t
from scipy.stats import f as f_distribution
from tests.core.statistics.exact import clopper_pearson

from campaignd.core.statistics.shares import (
    Cases,
    beta_bounds,
    effective_size,
    measured_share,
)

TWO_SIDED_95 = 0.975


@pytest.mark.parametrize(
    ("passed", "n", "lower", "upper"),
    [
        pytest.param(81, 263, 0.2527, 0.3676, id="81 of 263"),
        pytest.param(15, 148, 0.0578, 0.1617, id="15 of 148"),
        pytest.param(0, 20, 0.0, 0.1684, id="0 of 20"),
        pytest.param(1, 29, 0.0009, 0.1776, id="1 of 29"),
    ],
)
def test_clopper_pearson_gives_the_published_bounds(
    passed: int, n: int, lower: float, upper: float
) -> None:
    # Newcombe, R. G. (1998), Statistics in Medicine 17, 857-872, table I, method 5.
    bounds = clopper_pearson(passed, n, TWO_SIDED_95)

    assert bounds.lower == pytest.approx(lower, abs=5e-5)
    assert bounds.upper == pytest.approx(upper, abs=5e-5)


@pytest.mark.parametrize("n", [1, 10, 59])
def test_when_all_pass_the_lower_bound_is_a_root(n: int) -> None:
    bounds = clopper_pearson(n, n)

    assert bounds.lower == pytest.approx(0.05 ** (1 / n))
    assert bounds.upper == 1


def test_korn_graubard_follows_the_published_formulas() -> None:
    # No published example: the paper's own form, with F quantiles, calculated here step by step.
    means = np.array([1.0, 1.0, 2 / 3, 1.0, 1 / 3, 1.0, 1.0, 1.0])
    n, cases, share = 24, 8, 7 / 8
    variance = sum((mean - share) ** 2 for mean in means) / (cases - 1) / cases
    degrees = (t.ppf(0.95, n - 1) / t.ppf(0.95, cases - 1)) ** 2
    size = min(n, share * (1 - share) / variance * degrees)
    x = share * size
    low_1, low_2 = 2 * x, 2 * (size - x + 1)
    high_1, high_2 = 2 * (x + 1), 2 * (size - x)
    low, high = f_distribution.ppf(0.05, low_1, low_2), f_distribution.ppf(0.95, high_1, high_2)

    bounds = measured_share(Cases(means, n)).bounds(0.95)

    assert bounds.lower == pytest.approx(low_1 * low / (low_2 + low_1 * low))
    assert bounds.upper == pytest.approx(high_1 * high / (high_2 + high_1 * high))
    assert bounds.method == "korn-graubard"


@pytest.mark.parametrize(
    ("means", "n", "size"),
    [
        pytest.param([1.0] * 12, 36, 12, id="all pass: the cases alone"),
        pytest.param([0.0] * 12, 36, 12, id="none passes"),
        pytest.param([0.5], 4, 1, id="one case"),
        pytest.param([0.5] * 12, 24, 24, id="every case the same"),
        pytest.param([0.0, 1.0] * 6, 36, 11.0 * 0.8841, id="cases that agree within"),
    ],
)
def test_the_effective_size_is_between_cases_and_items(
    means: list[float], n: int, size: float
) -> None:
    assert effective_size(np.array(means), n) == pytest.approx(size, rel=0.01)


def test_with_one_item_each_cases_are_not_clusters() -> None:
    bounds = measured_share(Cases(np.array([1.0, 0.0, 1.0, 1.0]), 4)).bounds(0.95)

    assert bounds == clopper_pearson(3, 4)


@settings(deadline=None)
@given(st.integers(1, 60), st.data())
def test_a_whole_effective_size_gives_clopper_pearson(n: int, data: st.DataObject) -> None:
    passed = data.draw(st.integers(0, n))
    exact = clopper_pearson(passed, n)

    assert beta_bounds(passed / n, n, 0.95) == pytest.approx((exact.lower, exact.upper), abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 60), st.integers(51, 99), st.integers(1, 99), st.data())
def test_bounds_and_p_values_are_those_of_scipy(
    n: int, percent: int, bar: int, data: st.DataObject
) -> None:
    passed = data.draw(st.integers(0, n))
    confidence, margin = percent / 100, bar / 100
    known = binomtest(passed, n, margin).proportion_ci(2 * confidence - 1, method="exact")
    share = measured_share(Cases(np.repeat([1.0, 0.0], [passed, n - passed]), n))

    bounds = share.bounds(confidence)

    assert (bounds.lower, bounds.upper) == pytest.approx((known.low, known.high), abs=1e-9)
    above = binomtest(passed, n, margin, alternative="greater").pvalue
    below = binomtest(passed, n, margin, alternative="less").pvalue
    assert share.p_above(margin) == pytest.approx(above, abs=1e-12)
    assert share.p_below(margin) == pytest.approx(below, abs=1e-12)


@pytest.mark.parametrize(
    ("passed", "margin", "p_above", "p_below"),
    [
        pytest.param([1.0, 1.0], 0.0, 0.0, 1.0, id="some pass, more than none"),
        pytest.param([0.0, 0.0], 0.0, 1.0, 1.0, id="none passes, more than none"),
        pytest.param([1.0, 1.0], 1.0, 1.0, 1.0, id="all pass, less than all"),
        pytest.param([0.0, 0.0], 1.1, 1.0, 0.0, id="a margin above all shares"),
        pytest.param([1.0, 1.0], -0.1, 0.0, 1.0, id="a margin below all shares"),
    ],
)
def test_at_the_ends_of_the_scale(
    passed: list[float], margin: float, p_above: float, p_below: float
) -> None:
    for items in (2, 6):
        share = measured_share(Cases(np.array(passed), items))

        assert (share.p_above(margin), share.p_below(margin)) == (p_above, p_below)


def test_what_no_size_could_explain_has_a_p_value_of_nothing() -> None:
    share = measured_share(Cases(np.array([1.0] * 299 + [2 / 3]), 900))

    assert share.p_above(0.01) < 1e-12
    assert share.p_below(0.01) > 0.99
