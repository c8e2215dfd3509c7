"""The values that one gate result is about, and what can be estimated from them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from campaignd.core.gates.model import Bar
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.means import MeasuredMean, measured_mean
from campaignd.core.statistics.quantiles import ORDER_STATISTICS, Distribution
from campaignd.core.statistics.shares import (
    KORN_GRAUBARD,
    Cases,
    MeasuredShare,
    effective_size,
    measured_share,
)

FloatArray = NDArray[np.float64]
_NEAR = 5000
"""How many items are looked through for the worst units."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Values with the unit each belongs to; nan where one is missing.

    Every unit counts once, with the mean of its values.
    """

    values: FloatArray
    units: NDArray[np.int64]

    @cached_property
    def is_there(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.values)

    @cached_property
    def n(self) -> int:
        """How many values are there."""
        return int(np.count_nonzero(self.is_there))

    @property
    def missing(self) -> int:
        return len(self.values) - self.n

    @cached_property
    def unit_means(self) -> FloatArray:
        """The mean of each unit that has a value."""
        return self._means[~np.isnan(self._means)]

    @property
    def cases(self) -> int:
        return len(self.unit_means)

    @property
    def mean(self) -> float:
        return float(self.unit_means.mean())

    def mean_if_missing_were(self, value: float) -> float:
        """The mean with every missing value taken to be this one."""
        return self.if_missing_were(value).mean if self.missing else self.mean

    def if_missing_were(self, value: float) -> "Sample":
        """The same items, with every missing value taken to be this one."""
        return Sample(np.where(self.is_there, self.values, value), self.units)

    @property
    def singly(self) -> "Sample":
        """The same values, every one of them counting once."""
        return Sample(self.values, np.arange(len(self.values)))

    @property
    def share(self) -> MeasuredShare:
        """The mean, of values that are 1 or 0."""
        return measured_share(Cases(self.unit_means, self.n))

    @property
    def measured_mean(self) -> MeasuredMean:
        return measured_mean(self.unit_means)

    def keeping(self, bar: Bar) -> "Sample":
        """The same items: 1 where the value keeps to the bar, else 0."""
        kept = self.values >= bar.number if bar.side == "at_least" else self.values <= bar.number
        shares = kept.astype(np.float64)
        shares[~self.is_there] = np.nan
        return Sample(shares, self.units)

    def quantile(self, share: float, side: str, confidence: float) -> tuple[float, Bounds]:
        """The value that this share stays within, seen from the side that a bar is on, and bounds.

        From `at_least`, values are counted from above, so that the quantile keeps to a bar
        exactly where enough values do.
        """
        if side == "at_least":
            estimate, bounds = Sample(-self.values, self.units).quantile(
                1 - share, "at_most", confidence
            )
            lower, upper = (None if b is None else -b for b in (bounds.upper, bounds.lower))
            return -estimate, Bounds(lower, upper, bounds.method)
        spread = self._spread()
        estimate = spread.quantile(share)
        bounds = spread.quantile_bounds(share, self._size_at(estimate, confidence), confidence)
        one_each = self.n == self.cases
        method = ORDER_STATISTICS if one_each else f"{ORDER_STATISTICS}, {KORN_GRAUBARD}"
        return estimate, Bounds(_finite(bounds.lower), _finite(bounds.upper), method)

    @property
    def total(self) -> float:
        return float(self._there[0].sum())

    @property
    def smallest(self) -> float:
        return float(self._there[0].min())

    @property
    def largest(self) -> float:
        return float(self._there[0].max())

    def lowest_units(self, count: int) -> Iterator[tuple[int, float]]:
        """The row of the lowest value, and the mean, of the units with the lowest means."""
        units = np.argsort(self._means, kind="stable")[: min(count, self.cases)]
        rows = np.flatnonzero(np.isin(self.units, units + self._first) & self.is_there)
        descending = rows[np.argsort(-self.values[rows], kind="stable")]
        numbers = (self.units[descending] - self._first).tolist()
        lowest = dict(zip(numbers, descending.tolist(), strict=True))
        return ((lowest[unit], float(self._means[unit])) for unit in units.tolist())

    def lowest_items(self, count: int) -> Iterator[tuple[int, float]]:
        """The row and value of the lowest item of each of the units with the lowest ones."""
        near = self._lowest_rows()
        _, first = np.unique(self.units[near], return_index=True)
        rows = near[np.sort(first)][:count].tolist()
        return ((row, float(self.values[row])) for row in rows)

    def _lowest_rows(self) -> NDArray[np.int64]:
        """Rows of low values, lowest first, enough of them to meet the worst units."""
        rows = np.flatnonzero(self.is_there)
        if len(rows) > _NEAR:
            limit = np.partition(self.values[rows], _NEAR)[_NEAR]
            below = rows[self.values[rows] < limit]
            rows = np.concatenate((below, rows[self.values[rows] == limit][:_NEAR]))
        return rows[np.argsort(self.values[rows], kind="stable")]

    def _size_at(self, value: float, confidence: float) -> float:
        """How many independent items this says as much as, about the share up to a value."""
        if self.n == self.cases:
            return float(self.n)
        reached = self.keeping(Bar("at_most", value, ""))
        return effective_size(reached.unit_means, self.n, confidence)

    def _spread(self) -> Distribution:
        values, units = self._there
        used = self._counts[self._counts > 0]
        if used.min() == used.max():
            return Distribution.evenly(values)
        return Distribution.of(values, 1 / (self._counts[units - self._first] * self.cases))

    @cached_property
    def _there(self) -> tuple[FloatArray, NDArray[np.int64]]:
        """The values that are there, and their units."""
        if not self.missing:
            return self.values, self.units
        return self.values[self.is_there], self.units[self.is_there]

    @cached_property
    def _first(self) -> int:
        """The lowest number of a unit: what is counted by unit begins here."""
        return int(self._there[1].min())

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """How many values each unit has."""
        return np.bincount(self._there[1] - self._first)

    @cached_property
    def _means(self) -> FloatArray:
        """The mean of each unit; nan where it has no value."""
        values, units = self._there
        sums = np.bincount(units - self._first, weights=values)
        means = np.full(len(sums), np.nan)
        np.divide(sums, self._counts, out=means, where=self._counts > 0)
        return means


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None
