import numpy as np
import pytest
from scipy.stats import kendalltau

from campaignd.core.statistics.bounds import NO_BOUNDS
from campaignd.core.statistics.history import Prediction, drift, predict


def test_the_published_prediction_interval() -> None:
    # Hahn, G. J. and Meeker, W. Q. (1991), Statistical Intervals, chapter 4: voltages of five
    # circuit packs, mean 50.10, deviation 1.31; the next is within 46.1 and 54.1 at 95%.
    volts = np.array([50.3, 48.3, 49.6, 50.4, 51.9])
    bounds = Prediction(float(volts.mean()), float(volts.std(ddof=1)), 5).bounds(0.975)

    assert volts.mean() == pytest.approx(50.10)
    assert volts.std(ddof=1) == pytest.approx(1.31, abs=5e-3)
    assert bounds.lower == pytest.approx(46.1, abs=0.05)
    assert bounds.upper == pytest.approx(54.1, abs=0.05)


def test_a_value_at_the_bound_has_the_p_value_of_the_bound() -> None:
    expected = predict(np.array([90.0, 92, 91, 89, 90, 93, 88, 91]))
    bounds = expected.bounds(0.95)
    assert bounds.lower is not None
    assert bounds.upper is not None

    assert expected.p_lower(bounds.lower) == pytest.approx(0.05)
    assert expected.p_higher(bounds.upper) == pytest.approx(0.05)


def test_seven_executions_are_too_few() -> None:
    with pytest.raises(ValueError, match="7 executions are too few to predict from: 8"):
        predict(np.arange(7.0))


def test_executions_that_never_differed_predict_nothing() -> None:
    expected = predict(np.full(12, 0.1 + 0.2))

    assert expected.bounds(0.95) == NO_BOUNDS
    assert (expected.p_lower(0.0), expected.p_higher(1.0)) == (None, None)


def test_a_drift_is_told_with_its_slope() -> None:
    # Every step goes up: tau is 1, its exact p value is 2 / n!; the slope is the median of the
    # slopes of all pairs.
    found = drift(np.array([1.0, 2.0, 3.0, 10.0]))

    assert found.p == pytest.approx(2 / 24)
    assert found.slope == pytest.approx(np.median([1, 1, 3, 1, 4, 7]))


def test_noise_does_not_drift() -> None:
    values = np.random.default_rng(3).normal(size=30)

    assert drift(values).p == kendalltau(np.arange(30), values).pvalue
    assert drift(np.full(9, 4.0)).p == 1
