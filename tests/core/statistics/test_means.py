import numpy as np
import pytest

from campaignd.core.statistics.bounds import NO_BOUNDS
from campaignd.core.statistics.means import t_bounds


def test_the_t_bounds_of_the_sleep_data() -> None:
    # Student (1908), Biometrika 6, 1-25: extra hours of sleep, drug 2 minus drug 1. The two-sided
    # 95% interval is the one that R's documentation of `t.test` prints for its `sleep` data.
    extra = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])

    bounds = t_bounds(extra, 0.975)

    assert bounds.lower == pytest.approx(0.7001142, abs=1e-7)
    assert bounds.upper == pytest.approx(2.4598858, abs=1e-7)


@pytest.mark.parametrize(
    "values",
    [pytest.param([1.5], id="one case"), pytest.param([0.1 + 0.2, 0.3, 0.3], id="no spread")],
)
def test_without_spread_there_are_no_bounds(values: list[float]) -> None:
    assert t_bounds(np.round(np.array(values), 12)) == NO_BOUNDS
