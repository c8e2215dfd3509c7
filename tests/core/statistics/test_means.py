import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from campaignd.core.statistics.bounds import NO_BOUNDS
from campaignd.core.statistics.means import measured_mean, paired_mean, welch

DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_the_t_bounds_of_the_sleep_data() -> None:
    # Student (1908), Biometrika 6, 1-25: extra hours of sleep, drug 2 minus drug 1. The two-sided
    # 95% interval is the one that R's documentation of `t.test` prints for its `sleep` data.
    extra = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])

    bounds = measured_mean(extra).bounds(0.975)

    assert bounds.lower == pytest.approx(0.7001142, abs=1e-7)
    assert bounds.upper == pytest.approx(2.4598858, abs=1e-7)


@pytest.mark.parametrize(
    "values",
    [pytest.param([1.5], id="one case"), pytest.param([0.1 + 0.2, 0.3, 0.3], id="no spread")],
)
def test_without_spread_there_are_no_bounds(values: list[float]) -> None:
    assert measured_mean(np.round(np.array(values), 12)).bounds(0.95) == NO_BOUNDS


def test_the_paired_test_of_the_sleep_data() -> None:
    # As above: R's documentation gives t = -4.0621 with 9 degrees of freedom, p = 0.002833.
    extra = paired_mean(DRUG_2 - DRUG_1)

    assert extra.estimate == pytest.approx(1.58)
    assert extra.estimate / extra.error == pytest.approx(4.0621, abs=5e-5)
    assert extra.p_above(0.0) == pytest.approx(0.002833 / 2, abs=5e-7)
    assert extra.method == "paired t"


def test_welchs_test_of_the_sleep_data() -> None:
    # R's documentation of `t.test`: t = -1.8608, df = 17.776, p = 0.07939, interval -3.3654832 to
    # 0.2054832 for drug 1 minus drug 2.
    difference = welch(DRUG_2, DRUG_1)
    bounds = difference.bounds(0.975)

    assert difference.estimate / difference.error == pytest.approx(-1.8608, abs=5e-5)
    assert difference.degrees == pytest.approx(17.776, abs=5e-4)
    assert difference.p_below(0.0) == pytest.approx(0.07939 / 2, abs=5e-6)
    assert bounds.lower == pytest.approx(-3.3654832, abs=1e-7)
    assert bounds.upper == pytest.approx(0.2054832, abs=1e-7)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
@pytest.mark.parametrize("margin", [-1.0, 0.3])
def test_bounds_and_p_values_are_those_of_scipy(confidence: float, margin: float) -> None:
    one, two = measured_mean(DRUG_2), welch(DRUG_1, DRUG_2[:7])
    known = [
        (one, ttest_1samp(DRUG_2, margin), ttest_1samp(DRUG_2, margin, alternative="less")),
        (
            two,
            ttest_ind(DRUG_2[:7] - margin, DRUG_1, equal_var=False),
            ttest_ind(DRUG_2[:7] - margin, DRUG_1, equal_var=False, alternative="less"),
        ),
    ]
    for measured, both_sides, less in known:
        interval = both_sides.confidence_interval(2 * confidence - 1)
        shift = 0.0 if measured is one else margin
        bounds = measured.bounds(confidence)

        assert bounds.lower == pytest.approx(interval.low + shift)
        assert bounds.upper == pytest.approx(interval.high + shift)
        assert measured.p_below(margin) == pytest.approx(less.pvalue)
        assert measured.p_above(margin) == pytest.approx(1 - less.pvalue)


@pytest.mark.parametrize(
    ("base", "new"),
    [
        pytest.param([1.0], [1.0, 2.0], id="one case"),
        pytest.param([1.0, 1.0], [2.0, 2.0], id="no spread"),
    ],
)
def test_welch_says_nothing_without_spread(base: list[float], new: list[float]) -> None:
    difference = welch(np.array(base), np.array(new))

    assert difference.bounds(0.95) == NO_BOUNDS
    assert (difference.p_above(0.0), difference.p_below(0.0)) == (None, None)


def test_welch_takes_a_side_without_spread() -> None:
    assert welch(np.array([1.0, 1.0]), np.array([2.0, 3.0, 4.0])).degrees == 2
