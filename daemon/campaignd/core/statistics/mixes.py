"""Whether two sets of cases have the same mix of texts, or the same spread of numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Distance = Callable[[FloatArray, FloatArray], FloatArray]
TOTAL_VARIATION = "total variation, whole cases resampled"
KOLMOGOROV_SMIRNOV = "kolmogorov-smirnov, whole cases resampled"
RESAMPLES = 1999
_POINTS = 512
_AT_ONCE = 4_000_000
"""How many weights are held at once."""
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredDistance:
    """A distance between 0 and 1 of two mixes; `resampled` are its values in the bootstrap.

    `p_same` is the permutation test's p value of "both come from one mix". It proves a distance
    above 0 and no more, so above a margin there is proof only where the estimate is above it
    too; where the truth is at the margin itself, that happens about every other time. `seed`
    makes the same numbers again.
    """

    estimate: float
    method: str
    seed: int
    p_same: float
    resampled: FloatArray

    def bounds(self, confidence: float) -> Bounds:
        """The percentile bound above, if there are resamples enough; there is none below."""
        beyond = int((1 - confidence) * (len(self.resampled) + 1) + _SLACK)
        if not beyond:
            return Bounds(None, None, self.method)
        upper = float(np.partition(self.resampled, -beyond)[-beyond])
        return Bounds(None, max(upper, self.estimate), self.method)

    def p_above(self, margin: float) -> float:
        return self.p_same if self.estimate > margin else 1.0

    def p_below(self, margin: float) -> float:
        """The share of resampled distances that reach the margin."""
        if margin <= self.estimate:
            return 1.0
        reached = int(np.count_nonzero(self.resampled >= margin))
        return (reached + 1) / (len(self.resampled) + 1)


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """One row per case, each of them counting once, and the distance between mean rows.

    Rows are the shares of each text, or the cumulative shares up to each of some numbers.
    """

    base: FloatArray
    new: FloatArray
    distance: Distance
    method: str


def text_profiles(
    base: IntArray, base_cases: IntArray, new: IntArray, new_cases: IntArray
) -> Profiles:
    """Profiles of texts, told as numbers from 0 up, each with its case (shapes: items).

    The distance is the total variation: half the sum of the differences of all shares.
    """
    kinds = int(max(base.max(), new.max())) + 1
    return Profiles(
        _shares(base, base_cases, kinds),
        _shares(new, new_cases, kinds),
        _total_variation,
        TOTAL_VARIATION,
    )


def number_profiles(
    base: FloatArray, base_cases: IntArray, new: FloatArray, new_cases: IntArray
) -> Profiles:
    """Profiles of numbers, each with its case (shapes: items).

    The distance is the largest difference of the cumulative shares, looked for at all values or,
    where they are many, at 512 of their quantiles.
    """
    points = np.unique(np.concatenate((base, new)))
    if len(points) > _POINTS:
        points = points[np.linspace(0, len(points) - 1, _POINTS).round().astype(np.int64)]
    return Profiles(
        _reached(base, base_cases, points),
        _reached(new, new_cases, points),
        _largest,
        KOLMOGOROV_SMIRNOV,
    )


def matched_distance(profiles: Profiles, seed: int, resamples: int = RESAMPLES) -> MeasuredDistance:
    """The distance of matched cases, in the same order: pairs change sides.

    ValueError where there are fewer than two of them, or not as many on both sides.
    """
    sizes = len(profiles.base), len(profiles.new)
    if sizes[0] != sizes[1]:
        raise ValueError(f"{sizes[0]} and {sizes[1]} cases are not matched: compare them unmatched")
    return _measure(profiles, _Resampling("samples", seed, resamples))


def unmatched_distance(
    profiles: Profiles, seed: int, resamples: int = RESAMPLES
) -> MeasuredDistance:
    """The distance of cases that do not belong together: cases change sides.

    ValueError where there are fewer than two on either side.
    """
    return _measure(profiles, _Resampling("independent", seed, resamples))


@dataclass(frozen=True, slots=True)
class _Resampling:
    kind: str
    seed: int
    resamples: int


def _measure(profiles: Profiles, how: _Resampling) -> MeasuredDistance:
    """Permute and resample cases by number. Efron and Tibshirani (1993), chapters 13 and 15."""
    from scipy.stats import bootstrap, permutation_test

    everything = np.concatenate((profiles.base, profiles.new))
    rows = np.arange(len(everything))
    sides = rows[: len(profiles.base)], rows[len(profiles.base) :]

    def statistic(base: IntArray, new: IntArray, axis: int = -1) -> FloatArray:
        picked = (np.moveaxis(side, axis, -1) for side in (base, new))
        return profiles.distance(*(_mean_rows(everything, side) for side in picked))

    batch = max(1, _AT_ONCE // len(everything))
    permuted, drawn = np.random.default_rng(how.seed).spawn(2)
    common = {"n_resamples": how.resamples, "vectorized": True, "batch": batch, "axis": -1}
    test = permutation_test(
        sides,
        statistic,
        permutation_type=how.kind,
        alternative="greater",
        rng=permuted,
        **common,
    )
    resampled = bootstrap(
        sides,
        statistic,
        paired=how.kind == "samples",
        method="percentile",
        rng=drawn,
        **common,
    )
    return MeasuredDistance(
        float(test.statistic),
        profiles.method,
        how.seed,
        float(test.pvalue),
        resampled.bootstrap_distribution,
    )


def _mean_rows(everything: FloatArray, picked: IntArray) -> FloatArray:
    """The mean of the picked rows, by how often each is picked: no copies of rows."""
    flat = picked.reshape(-1, picked.shape[-1])
    total = len(everything)
    places = (flat + total * np.arange(len(flat))[:, None]).ravel()
    counts = np.bincount(places, minlength=total * len(flat)).reshape(len(flat), total)
    means: FloatArray = counts.astype(np.float64) @ everything / picked.shape[-1]
    return means.reshape(*picked.shape[:-1], everything.shape[1])


def _shares(codes: IntArray, cases: IntArray, kinds: int) -> FloatArray:
    """The share of each kind in each case (shape: cases, kinds)."""
    _, row = np.unique(cases, return_inverse=True)
    counts = np.bincount(row * kinds + codes, minlength=(int(row.max()) + 1) * kinds)
    table: FloatArray = counts.reshape(-1, kinds).astype(np.float64)
    table /= table.sum(axis=1, keepdims=True)
    return table


def _reached(values: FloatArray, cases: IntArray, points: FloatArray) -> FloatArray:
    """The share of each case's values that each point reaches (shape: cases, points)."""
    places = np.searchsorted(points, values)
    return np.cumsum(_shares(places, cases, len(points) + 1), axis=1)[:, :-1]


def _total_variation(base: FloatArray, new: FloatArray) -> FloatArray:
    return np.asarray(np.abs(new - base).sum(axis=-1) / 2)


def _largest(base: FloatArray, new: FloatArray) -> FloatArray:
    return np.asarray(np.abs(new - base).max(axis=-1))
