from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from campaignd.core.statistics.score_differences import farrington_manning, tango

TWO_SIDED_95 = 0.975


@pytest.mark.parametrize(
    ("table", "confidence", "lower", "upper"),
    [
        # Tango, T. (1998), Statistics in Medicine 17, 891-908: the cross-over trial, and the
        # disinfection of soft contact lenses.
        pytest.param((4, 9, 3, 16), TWO_SIDED_95, -0.027, 0.390, id="cross-over trial"),
        pytest.param((43, 0, 1, 0), 0.95, -0.096, 0.037, id="contact lenses"),
        # Agresti, A. and Min, Y. (2005), Statistics in Medicine 24, 729-740.
        pytest.param((53, 16, 8, 9), TWO_SIDED_95, -0.020, 0.207, id="agresti and min"),
        # Fagerland, M. W., Lydersen, S. and Laake, P. (2014), Statistics in Medicine 33, 2850-2875.
        pytest.param((1, 1, 7, 12), TWO_SIDED_95, -0.517, -0.026, id="airways"),
        # Tang, M.-L. et al. (2010), as the tests of the R package `ratesci` quote it.
        pytest.param((8, 3, 1, 2), TWO_SIDED_95, -0.167, 0.433, id="tang"),
    ],
)
def test_tangos_interval_is_the_published_one(
    table: tuple[int, int, int, int], confidence: float, lower: float, upper: float
) -> None:
    _, rose, fell, _ = table
    bounds = tango(rose, fell, sum(table)).bounds(confidence)

    assert bounds.lower == pytest.approx(lower, abs=5e-4)
    assert bounds.upper == pytest.approx(upper, abs=5e-4)
    assert bounds.method == "tango"


@pytest.mark.parametrize(
    ("base", "new", "lower", "upper"),
    [
        # Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, table II, method 5 (Mee's
        # interval: what Farrington and Manning's test does not reject).
        pytest.param((48, 80), (56, 70), 0.0533, 0.3377, id="a"),
        pytest.param((3, 10), (9, 10), 0.1821, 0.8370, id="b"),
        pytest.param((2, 7), (6, 7), 0.0544, 0.8478, id="c"),
        pytest.param((0, 29), (5, 56), -0.0313, 0.1926, id="d"),
        pytest.param((0, 20), (0, 10), -0.1611, 0.2775, id="e"),
        pytest.param((0, 10), (0, 10), -0.2775, 0.2775, id="f"),
        pytest.param((0, 20), (10, 10), 0.7225, 1.0, id="g"),
        pytest.param((0, 10), (10, 10), 0.6777, 1.0, id="h"),
    ],
)
def test_the_unpaired_interval_is_the_published_one(
    base: tuple[int, int], new: tuple[int, int], lower: float, upper: float
) -> None:
    bounds = farrington_manning(*base, *new).bounds(TWO_SIDED_95)

    assert bounds.lower == pytest.approx(lower, abs=5.1e-5)
    assert bounds.upper == pytest.approx(upper, abs=5.1e-5)
    assert bounds.method == "farrington-manning"


@pytest.mark.parametrize(
    ("rose", "fell", "n"),
    [
        pytest.param(0, 0, 20, id="nothing changed"),
        pytest.param(0, 0, 1, id="one pair"),
        pytest.param(20, 0, 20, id="all rose"),
        pytest.param(0, 20, 20, id="all fell"),
        pytest.param(10, 10, 20, id="all changed"),
    ],
)
def test_bounds_at_the_edges_are_sound(rose: int, fell: int, n: int) -> None:
    difference = tango(rose, fell, n)
    bounds = difference.bounds(0.95)
    assert bounds.lower is not None
    assert bounds.upper is not None

    assert -1 <= bounds.lower <= difference.estimate <= bounds.upper <= 1
    assert bounds.upper - bounds.lower > 0.01
    assert difference.p_above(-1.5) == 0
    assert difference.p_above(1.5) == 1


def test_where_nothing_changed_the_bound_has_a_closed_form() -> None:
    # With no discordant pair Tango's score is solved by z² / (n + z²).
    squared = norm.ppf(0.95) ** 2

    assert tango(0, 0, 52).bounds(0.95).upper == pytest.approx(squared / (52 + squared))
    assert tango(0, 0, 52).p_above(0.0) == pytest.approx(0.5)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 30), st.integers(-60, 60), st.data())
def test_tangos_score_uses_the_most_likely_table(n: int, points: int, data: st.DataObject) -> None:
    # Brute force: the likelihood of the discordant shares is maximized with a numerical search.
    rose = data.draw(st.integers(0, n))
    fell = data.draw(st.integers(0, n - rose))
    margin = points / 100

    def unlikely(share_fell: float) -> float:
        shares = (share_fell + margin, share_fell, 1 - 2 * share_fell - margin)
        counts = (rose, fell, n - rose - fell)
        return -sum(c * log(max(s, 1e-300)) for c, s in zip(counts, shares, strict=True) if c)

    ends = (max(0.0, -margin), (1 - margin) / 2)
    found = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-12}).x
    best = min((*ends, found), key=unlikely)
    variance = n * (2 * best + margin - margin**2)
    if variance < 1e-6:
        return
    deviate = (rose - fell - n * margin) / variance**0.5

    assert tango(rose, fell, n).p_above(margin) == pytest.approx(norm.sf(deviate), abs=2e-4)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(-60, 60), st.data())
def test_farrington_and_mannings_score_uses_the_most_likely_shares(
    n_base: int, n_new: int, points: int, data: st.DataObject
) -> None:
    # Brute force, as above.
    base = data.draw(st.integers(0, n_base))
    new = data.draw(st.integers(0, n_new))
    margin = points / 100

    def unlikely(share: float) -> float:
        counts = (new, n_new - new, base, n_base - base)
        shares = (share, 1 - share, share - margin, 1 - share + margin)
        return -sum(c * log(max(s, 1e-300)) for c, s in zip(counts, shares, strict=True) if c)

    ends = (max(0.0, margin), min(1.0, 1 + margin))
    found = minimize_scalar(unlikely, bounds=ends, method="bounded", options={"xatol": 1e-12}).x
    best = min((*ends, found), key=unlikely)
    variance = best * (1 - best) / n_new
    variance += (best - margin) * (1 - best + margin) / n_base
    if variance < 1e-6:
        return
    deviate = (new / n_new - base / n_base - margin) / variance**0.5

    measured = farrington_manning(base, n_base, new, n_new)
    assert measured.p_above(margin) == pytest.approx(norm.sf(deviate), abs=2e-4)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200), st.data())
def test_swapping_base_and_new_turns_everything_round(n: int, data: st.DataObject) -> None:
    rose = data.draw(st.integers(0, n))
    fell = data.draw(st.integers(0, n - rose))
    margin = data.draw(st.floats(-0.99, 0.99))
    one, other = tango(rose, fell, n), tango(fell, rose, n)

    assert one.bounds(0.9).lower == pytest.approx(-np.float64(other.bounds(0.9).upper), abs=1e-8)
    assert one.p_above(margin) == pytest.approx(other.p_below(-margin), abs=1e-8)
