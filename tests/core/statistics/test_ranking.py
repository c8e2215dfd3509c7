import numpy as np
import pytest

from campaignd.core.statistics.inference import Measured
from campaignd.core.statistics.means import paired_mean
from campaignd.core.statistics.number_comparisons import matched_difference
from campaignd.core.statistics.ranking import rank
from campaignd.core.statistics.score_differences import tango

CASES = np.random.default_rng(4).normal(size=30)
NOISE = np.random.default_rng(5).normal(scale=0.3, size=(4, 30))
VALUES = [CASES + level + NOISE[number] for number, level in enumerate((0.0, 1.0, 0.95, -1.0))]


def compare(other: int, one: int) -> Measured:
    return matched_difference(VALUES[other], VALUES[one], 10.0)


def test_variants_are_ranked_by_their_distance_from_the_best_of_the_others() -> None:
    ranked = rank(4, compare)
    means = [values.mean() for values in VALUES]

    assert {ranked[0].variant, ranked[1].variant} == {1, 2}
    assert [one.variant for one in ranked[2:]] == [0, 3]
    assert ranked[3].estimate == pytest.approx(means[3] - max(means[:3]))
    assert ranked[0].method == "paired t, bonferroni, comparisons with the best"


def test_what_cannot_be_distinguished_from_the_best_may_be_it() -> None:
    may_be_best = {one.variant for one in rank(4, compare) if one.may_be_best}

    assert may_be_best == {1, 2}


def test_intervals_reach_to_zero_on_the_side_that_is_not_proven() -> None:
    found = {one.variant: one for one in rank(4, compare)}

    assert found[3].upper == 0
    assert found[3].lower is not None
    assert found[3].lower < found[3].estimate < 0
    assert found[1].upper is not None
    assert found[1].upper > 0
    assert found[1].lower is not None
    assert found[1].lower < 0


def test_two_variants_need_no_correction() -> None:
    best, other = rank(2, lambda one, two: tango(*((20, 0) if two else (0, 20)), 40))

    assert (best.variant, best.lower, best.may_be_best) == (1, 0, True)
    assert best.upper == pytest.approx(tango(20, 0, 40).bounds(0.95).upper)
    assert other.lower == pytest.approx(tango(0, 20, 40).bounds(0.95).lower)
    assert not other.may_be_best


def test_what_cannot_be_told_leaves_everybody_in() -> None:
    ranked = rank(3, lambda one, two: paired_mean(np.full(4, float(two - one))))

    assert [one.variant for one in ranked] == [2, 1, 0]
    assert all(one.may_be_best and one.lower is None and one.upper is None for one in ranked)


@pytest.mark.slow
def test_the_best_is_kept_as_often_as_promised() -> None:
    # Four variants, three of them equally best: the hardest case.
    rng = np.random.default_rng(6)
    rounds, kept = 1500, 0
    for _ in range(rounds):
        drawn = rng.normal(size=(4, 20)) + rng.normal(size=20) - np.array([[0], [0], [0], [2]])
        found = rank(4, lambda one, two, drawn=drawn: paired_mean(drawn[two] - drawn[one]))
        kept += next(one for one in found if one.variant == 0).may_be_best

    assert kept / rounds >= 0.935
