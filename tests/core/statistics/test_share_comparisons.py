import numpy as np
import pytest

from campaignd.core.statistics.score_differences import farrington_manning, tango
from campaignd.core.statistics.share_comparisons import matched_shares, unmatched_shares
from campaignd.core.statistics.shares import Cases

BASE = np.array([1.0, 1.0, 0.0, 1.0])
NEW = np.array([1.0, 0.0, 1.0, 0.0])
MIXED = np.array([1.0, 2 / 3, 1.0, 0.0])


@pytest.mark.parametrize("each", [pytest.param(1, id="one each"), pytest.param(3, id="all alike")])
def test_cases_that_say_one_thing_each_are_single_items(each: int) -> None:
    base, new = Cases(BASE, 4 * each), Cases(NEW, 4 * each)

    assert matched_shares(base, new).bounds(0.95) == tango(1, 2, 4).bounds(0.95)
    assert unmatched_shares(base, new).bounds(0.95) == farrington_manning(3, 4, 2, 4).bounds(0.95)


@pytest.mark.parametrize("compare", [matched_shares, unmatched_shares])
def test_cases_that_disagree_with_themselves_are_clusters(compare: type) -> None:
    found = compare(Cases(BASE, 12), Cases(MIXED, 12))

    assert found.method == "square-and-add"
    assert found.estimate == pytest.approx(2 / 3 - 3 / 4)


def test_different_numbers_of_cases_are_not_matched() -> None:
    with pytest.raises(ValueError, match="4 and 2 cases are not matched"):
        matched_shares(Cases(BASE, 4), Cases(np.ones(2), 2))
