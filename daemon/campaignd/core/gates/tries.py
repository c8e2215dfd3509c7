"""Test cases by the chance that several tries of each all pass."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from campaignd.core.gates.sample import Sample
from campaignd.core.gates.wording import number_of
from campaignd.core.statistics.inference import Measured
from campaignd.core.statistics.means import measured_mean
from campaignd.core.statistics.shares import Cases, MeasuredShare, measured_share
from campaignd.core.statistics.tries import all_tries

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tries:
    """Whether each try passed, and the test case in a cell (`places`) that it is of.

    `units` tells the test case of each place: personas are averaged.
    """

    sample: Sample
    places: NDArray[np.int64]
    units: NDArray[np.int64]
    k: int

    @cached_property
    def case_means(self) -> FloatArray:
        """The chance that k tries all pass, of each test case that has as many."""
        there = self.sample.is_there
        count = len(self.units)
        tried = np.bincount(self.places[there], minlength=count)
        passed = np.bincount(self.places[there], self.sample.values[there], minlength=count)
        chances = all_tries(passed.astype(np.int64), tried, self.k)
        known = ~np.isnan(chances)
        cases, of_place = np.unique(self.units[known], return_inverse=True)
        sums = np.bincount(of_place, weights=chances[known], minlength=len(cases))
        means: FloatArray = sums / np.bincount(of_place, minlength=len(cases))
        return means

    @property
    def cases(self) -> int:
        return len(self.case_means)

    @property
    def mean(self) -> float:
        return float(self.case_means.mean())

    @property
    def about_short(self) -> str:
        """A note on test cases that were tried less often, and so say nothing."""
        there = np.bincount(self.places, minlength=len(self.units))
        enough = np.unique(self.units[there >= self.k])
        short = len(np.unique(self.units)) - len(enough)
        if not short:
            return ""
        return f"; {number_of(short, 'test case')} with fewer tries left out"

    @property
    def is_of_one_kind(self) -> bool:
        """Whether all tries of all test cases pass, or all those of none."""
        return self.mean in {0.0, 1.0}

    @property
    def share(self) -> MeasuredShare:
        """The mean as the share of test cases that are 1, where they are of one kind."""
        return measured_share(Cases(self.case_means, self.cases))

    @property
    def measured(self) -> Measured:
        """The mean of case means; where all are 1, or all 0, the exact bound of as many cases.

        A value between 0 and 1 is at most as often 1 as a yes or no of the same mean, so that
        Clopper and Pearson's bound holds there, where Student's has no width.
        """
        if self.is_of_one_kind:
            return self.share
        return measured_mean(self.case_means)

    def if_missing_were(self, value: float) -> "Tries":
        return of_sample(self.sample.if_missing_were(value), self)


def tries_of(group: "Group", k: int) -> Tries:
    """The tries of a group, iterations of a test case in a cell together."""
    span = len(group.frame.unit_names)
    codes = group.arm_numbers * span + group.units
    known, places = np.unique(codes, return_inverse=True)
    return Tries(group.passes, places, known % span, k)


def of_sample(sample: Sample, tries: Tries) -> Tries:
    """The same tries with other values."""
    return Tries(sample, tries.places, tries.units, tries.k)
