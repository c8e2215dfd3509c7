"""What a comparison of matched test cases can tell."""

from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.shares import TOLERABLE
from campaignd.core.gates.foresight.terms import Question
from campaignd.core.gates.foresight.trials import (
    Trial,
    TrialAt,
    cases_for,
    detectable,
    tries_for,
)
from campaignd.core.gates.foresight.words import about
from campaignd.core.gates.margins import Scale
from campaignd.core.gates.model import Promise
from campaignd.core.statistics.difference_power import (
    Changes,
    agreeing_cases,
    chance_tango_proven,
)
from campaignd.core.statistics.inference import Claim
from campaignd.core.statistics.number_comparisons import FEWEST as FEWEST_CHANGES
from campaignd.core.statistics.share_power import power_each

_HALF = 0.5
_MOST_FOR_A_RISE = 1000


@dataclass(frozen=True, slots=True)
class Aim:
    """What passes and what fails a comparison, as claims about the change for the better.

    `fewest` matched cases are needed to pass. `is_rise` where an improvement is promised.
    """

    promise: Promise
    scale: Scale
    fewest: int
    is_rise: bool = False

    @property
    def is_of_shares(self) -> bool:
        return self.scale.kind == "share"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison at its size; `trial_at` makes it at other ones."""

    question: Question
    aim: Aim
    trial_at: TrialAt

    def forecast(self) -> Forecast:
        block = self.question.block
        size = Forecast(scope=block.scope, cases=block.cases, values=block.values)
        if not (self._can_pass or self._can_fail):
            return replace(size, **self._lacking(), can_fail=False)
        trial = self.trial_at(self._cases, block.tries)
        detects = self._detects(trial)
        told = "" if detects is None else about(detects, self.aim.scale)
        forecast = replace(
            size,
            detects=detects,
            notices=told and f"{told} {'better' if self.aim.is_rise else 'worse'}",
            can_fail=self._can_fail,
        )
        if not self.aim.is_rise:
            forecast = self._with_chances(forecast, trial)
        return forecast if self._can_pass else replace(forecast, **self._lacking())

    def _with_chances(self, forecast: Forecast, trial: Trial) -> Forecast:
        fails = trial.chance(self.aim.promise.fails, 0.0, self.question.strict)
        passes = trial.chance(self.aim.promise.passes, 0.0, self.question.confidence)
        undecided = max(1 - fails - (passes if self._can_pass else 0.0), 0.0)
        needs = Needs() if undecided <= TOLERABLE or self._takes_a_rise else self._needs()
        return replace(forecast, false_alarm=fails, undecided=undecided, needs=needs)

    def _detects(self, trial: Trial) -> float | None:
        claim = self.aim.promise.passes if self.aim.is_rise else self.aim.promise.fails
        return detectable(trial, claim, self.question.strict)

    def _needs(self) -> Needs:
        block, claim = self.question.block, self.aim.promise.passes
        aims = self.question.confidence, power_each(self.question.family)
        cases = cases_for(self.trial_at, block.tries, claim, aims)
        return Needs(
            cases=None if cases is None else max(cases, self._smallest),
            iterations=tries_for(self.trial_at, (self._cases, block.tries), claim, aims),
        )

    def _lacking(self) -> dict[str, Any]:
        extreme = "if all cases get better" if self._takes_a_rise else "if no case changes"
        least = f"even {extreme}, " if self._smallest > self.aim.fewest else ""
        words = f"{least}{self._smallest} test cases are needed, and there are {self._cases}"
        return {"can_pass": False, "lacking": words, "needs": Needs(cases=self._smallest)}

    @property
    def _cases(self) -> int:
        return self.question.block.cases or 0

    @property
    def _smallest(self) -> int:
        """How many cases pass at best: with none that changes, where no change is asked for."""
        if not self.aim.is_of_shares:
            return max(self.aim.fewest, FEWEST_CHANGES)
        claim, confidence = self.aim.promise.passes, self.question.confidence
        if self._takes_a_rise:
            sizes = range(1, _MOST_FOR_A_RISE)
            return next((n for n in sizes if _is_provable(n, claim, confidence)), 0)
        return max(self.aim.fewest, agreeing_cases(-claim.margin, confidence))

    @property
    def _takes_a_rise(self) -> bool:
        """Whether cases that stay the same cannot pass, however many they are."""
        return self.aim.promise.passes.margin >= 0

    @property
    def _can_pass(self) -> bool:
        if not self.aim.is_of_shares:
            return self._cases >= self._smallest
        claim, confidence = self.aim.promise.passes, self.question.confidence
        return self._cases >= self._smallest and _is_provable(self._cases, claim, confidence)

    @property
    def _can_fail(self) -> bool:
        if not self.aim.is_of_shares:
            return self._cases >= FEWEST_CHANGES
        return _is_provable(self._cases, self.aim.promise.fails, self.question.strict)


def _is_provable(cases: int, claim: Claim, confidence: float) -> bool:
    """Whether cases of which all changed, or none, prove a claim about shares."""
    extremes = (Changes(1.0, 0.0), Changes(0.0, 1.0), Changes(0.0, 0.0))
    chances = (chance_tango_proven(cases, claim, extreme, confidence) for extreme in extremes)
    return any(chance > _HALF for chance in chances)


def inside(share: float, seen: int) -> float:
    """A share that was seen, kept away from 0 and 1: so few values prove neither."""
    least = 1 / (seen + 2)
    return min(max(share, least), 1 - least)


def noise_of(share: float, likeness: float) -> float:
    """How many cases change by chance alone: two tries of one of them differ."""
    return 2 * share * (1 - share) * (1 - likeness)


def error_of_next(deviation: float, executions: int) -> float:
    """The standard error of the next execution, predicted from past ones."""
    return deviation * sqrt(1 + 1 / executions)
