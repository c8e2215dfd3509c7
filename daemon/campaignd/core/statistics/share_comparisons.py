"""Comparisons of shares: which method a comparison takes."""

import numpy as np

from campaignd.core.statistics.composed_differences import paired_square_and_add, square_and_add
from campaignd.core.statistics.inference import Measured
from campaignd.core.statistics.score_differences import farrington_manning, tango
from campaignd.core.statistics.shares import Cases


def matched_shares(base: Cases, new: Cases) -> Measured:
    """The difference of shares, new minus base, of matched cases in the same order.

    Tango's score interval where cases have one item each, or several that agree throughout and
    so say no more than one; else square-and-add with the correlation of the case means.
    ValueError where the two are not of the same cases.
    """
    if len(base.means) != len(new.means):
        raise ValueError(
            f"{len(base.means)} and {len(new.means)} cases are not matched: compare them unmatched"
        )
    if not (_is_one_each(base) and _is_one_each(new)):
        return paired_square_and_add(base, new)
    rose = int(np.count_nonzero(new.means > base.means))
    fell = int(np.count_nonzero(new.means < base.means))
    return tango(rose, fell, len(base.means))


def unmatched_shares(base: Cases, new: Cases) -> Measured:
    """The difference of shares, new minus base, of cases that do not belong together.

    Farrington and Manning's score where cases have one item each, or several that agree
    throughout, else square-and-add.
    """
    if not (_is_one_each(base) and _is_one_each(new)):
        return square_and_add(base, new)
    passed_base, passed_new = (round(float(side.means.sum())) for side in (base, new))
    return farrington_manning(passed_base, len(base.means), passed_new, len(new.means))


def _is_one_each(cases: Cases) -> bool:
    return cases.has_one_each or bool(np.isin(cases.means, (0.0, 1.0)).all())
