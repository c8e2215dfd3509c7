"""What gates on a share can tell: of what passes, of what stays within a number."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.past import LIKENESS, Spread
from campaignd.core.gates.foresight.terms import Question, unsized
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.share_power import (
    POWER,
    all_passing_size,
    chance_observed_below,
    chance_proven,
    detectable_share,
    effective_items,
    power_each,
    proving_count,
)

WRONG_SIDE = "the last passed executions were on the wrong side of it"
FEWEST = 10
"""Test cases with several tries each below which nothing passes by proof."""
ASSUMED = (
    "shares: the truth lies a fifth of the way from the threshold to all, and two tries of a test "
    "case are half alike"
)
TOLERABLE = 0.2
"""A greater chance of no answer is worth advice."""
_ALL_BUT = 0.99
_MARGIN = 0.2
_MOST_CASES = 20_000
_MOST_TRIES = 50
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Promise:
    """At least `bar` of all keep to something. `tell` and `tell_truth` write a share of keepers."""

    bar: float
    tell: Callable[[float], str]
    tell_truth: Callable[[float], str]

    @property
    def assumed(self) -> float:
        """What is taken for the truth where nothing is known: a fifth of the way up to all."""
        return self.bar + (1 - self.bar) * _MARGIN if self.bar < 1 else _ALL_BUT


def foresee_share(question: Question, promise: Promise, spread: Spread | None) -> Forecast:
    """Forecast a gate that asks a share of keepers; `spread` is that of past ones."""
    if not question.block.cases or not question.block.values:
        return unsized(question.block)
    likeness = LIKENESS if spread is None else spread.likeness
    sized = _Sized(question, promise, likeness)
    truth = promise.assumed if spread is None else spread.mean
    forecast = sized.proven(truth) if question.is_proven else sized.observed(truth)
    return replace(forecast, assumed="" if spread else ASSUMED)


@dataclass(frozen=True, slots=True)
class _Sized:
    question: Question
    promise: Promise
    likeness: float

    @property
    def cases(self) -> int:
        return self.question.block.cases or 0

    @property
    def values(self) -> int:
        return self.question.block.values or 0

    def observed(self, truth: float) -> Forecast:
        from scipy.special import bdtri

        n, bar = self.worth(self.cases, self.question.block.tries), self.promise.bar
        most = ceil(bar * n - _SLACK) - 1
        return self._forecast(
            truth, float(bdtri(most, n, POWER)), chance_observed_below(n, bar, truth), None
        )

    def proven(self, truth: float) -> Forecast:
        n, confidence = self.worth(self.cases, self.question.block.tries), self.question.confidence
        above, below = (Claim(side, self.promise.bar) for side in (Side.ABOVE, Side.BELOW))
        fails = chance_proven(n, below, truth, self.question.strict)
        passes = chance_proven(n, above, truth, confidence) if self._can_pass else 0.0
        detects = detectable_share(n, below, self.question.strict)
        undecided = max(1 - passes - fails, 0.0)
        return self._forecast(truth, detects, fails, undecided)

    def worth(self, cases: int, tries: int) -> int:
        """How many independent items the tries of some cases are worth."""
        if self.question.is_about_these:
            return self.values
        return max(effective_items(cases, tries, self.likeness), 1)

    def _forecast(
        self, truth: float, detects: float | None, false_alarm: float, undecided: float | None
    ) -> Forecast:
        is_kept = truth >= self.promise.bar
        can_pass = not self.question.is_proven or self._can_pass
        return Forecast(
            scope=self.question.block.scope,
            cases=self.cases,
            values=self.values,
            detects=detects,
            notices="" if detects is None else self.promise.tell(detects),
            truth=truth,
            truly=self.promise.tell_truth(truth),
            false_alarm=false_alarm,
            undecided=undecided,
            can_pass=can_pass,
            can_fail=not self.question.is_proven or self._can_fail,
            lacking="" if can_pass else self._lacking(),
            needs=self._needs(truth) if undecided and undecided > TOLERABLE else Needs(),
            note="" if is_kept else WRONG_SIDE,
        )

    @property
    def _alike(self) -> int:
        """What items that all agree count as: their cases."""
        return self.values if self.question.is_about_these else self.cases

    @property
    def _fewest(self) -> int:
        return FEWEST if self.values != self.cases and not self.question.is_about_these else 1

    @property
    def _can_pass(self) -> bool:
        claim = Claim(Side.ABOVE, self.promise.bar)
        enough = proving_count(self._alike, claim, self.question.confidence) is not None
        return enough and self.cases >= self._fewest

    @property
    def _can_fail(self) -> bool:
        claim = Claim(Side.BELOW, self.promise.bar)
        return proving_count(self._alike, claim, self.question.strict) is not None

    @property
    def _smallest(self) -> int | None:
        """How many test cases pass where all of them keep the promise."""
        if self.promise.bar >= 1:
            return None
        return max(all_passing_size(self.promise.bar, self.question.confidence), self._fewest)

    def _lacking(self) -> str:
        needed = self._smallest
        if needed is None:
            return "no number of test cases proves that all pass: `decide: observed` can hold"
        what = "simulations" if self.question.is_about_these else "test cases"
        return (
            f"even if all pass, {needed} {what} are needed for a proof, and there are {self._alike}"
        )

    def _needs(self, truth: float) -> Needs:
        if not self._can_pass:
            return Needs(cases=self._smallest)
        if truth <= self.promise.bar or self.question.is_about_these:
            return Needs()
        return Needs(cases=self._cases_needed(truth), iterations=self._tries_needed(truth))

    def _cases_needed(self, truth: float) -> int | None:
        low, high = self.cases, _MOST_CASES + 1
        while low < high:
            middle = (low + high) // 2
            decides = self._decides(middle, self.question.block.tries, truth)
            low, high = (low, middle) if decides else (middle + 1, high)
        return low if low <= _MOST_CASES else None

    def _tries_needed(self, truth: float) -> int | None:
        several = range(self.question.block.tries + 1, _MOST_TRIES + 1)
        if not self._decides(self.cases, _MOST_TRIES, truth):
            return None
        return next((tries for tries in several if self._decides(self.cases, tries, truth)), None)

    def _decides(self, cases: int, tries: int, truth: float) -> bool:
        claim = Claim(Side.ABOVE, self.promise.bar)
        chance = _chance(self.worth(cases, tries), claim, truth, self.question.confidence)
        return chance >= power_each(self.question.family)


@lru_cache(maxsize=4096)
def _chance(n: int, claim: Claim, truth: float, confidence: float) -> float:
    return chance_proven(n, claim, truth, confidence)
