"""Forecasts of the gates that compare: with the base agent, a baseline, the past."""

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from campaignd.core.gates.foresight.compared import (
    Aim,
    Comparison,
    error_of_next,
    inside,
    noise_of,
)
from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.past import LIKENESS, FloatArray, Spread, spread_of
from campaignd.core.gates.foresight.shares import TOLERABLE
from campaignd.core.gates.foresight.terms import Question, unsized
from campaignd.core.gates.foresight.trials import (
    Numbers,
    OneTry,
    SeveralTries,
    Trial,
    Unmatched,
    cases_for,
)
from campaignd.core.gates.foresight.words import about
from campaignd.core.gates.margins import Scale, amount_of, scale_of
from campaignd.core.gates.mixing import FEWEST as FEWEST_FOR_A_MIX
from campaignd.core.statistics.history import FEWEST as FEWEST_EXECUTIONS
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.mean_power import (
    MeanDesign,
    Spreads,
    unmatched_design,
)
from campaignd.core.statistics.share_power import all_passing_size, power_each

if TYPE_CHECKING:
    from campaignd.core.gates.change_gate import ChangeGate

PASSING = 0.9
"""The share that is assumed to pass, where a comparison says nothing of it."""
REACTION = 0.1
"""By how much test cases are assumed to react differently: 10 points, or 10%."""
VARYING = 0.2
"""By how much the numbers of one test case are assumed to vary."""
ASSUMED = (
    "comparisons: 9 in 10 pass, two tries of a test case are half alike, and test cases react "
    "differently, by 10 points"
)
ASSUMED_NUMBERS = (
    "comparisons of numbers: tries of a test case vary by 20%, and test cases react differently, "
    "by 10%"
)
ASSUMED_MIX = "mixes: two outcomes, half of the test cases each"
_HALF = 0.5
_POINTS = Scale("share", 1)


def foresee_change(question: Question) -> Forecast:
    """Forecast `no_drop`, `not_worse` and `improves`."""
    gate = cast("ChangeGate", question.gate)
    promise = gate.promise_of(gate.scale_amount)
    aim = Aim(promise, scale_of(gate.margin, question.metric), gate.fewest, gate.kind == "improves")
    if question.is_about_these:
        question = replace(question, block=replace(question.block, cases=question.block.values))
    if not question.block.cases:
        return unsized(question.block)
    return _foresee_shares(question, aim) if aim.is_of_shares else _foresee_numbers(question, aim)


def foresee_same_mix(question: Question) -> Forecast:
    """Reckoned as if there were two outcomes, half of the cases each."""
    gate: Any = question.gate
    block, allowed = question.block, amount_of(gate.allow)
    if block.cases is None or block.cases <= 1:
        return unsized(block)
    design = unmatched_design((block.cases, _HALF), (block.cases, _HALF))
    detects = max(design.detectable(question.confidence), allowed)
    undecided = 1 - max(2 * design.chance_proven(allowed, question.confidence) - 1, 0.0)
    needs = Needs(_cases_for_mix(question, allowed)) if undecided > TOLERABLE else Needs()
    smallest = max(FEWEST_FOR_A_MIX, all_passing_size(1 - allowed, question.confidence))
    lacking = f"even if nothing changes, {smallest} test cases are needed"
    is_enough = block.cases >= smallest
    return Forecast(
        scope=block.scope,
        cases=block.cases,
        values=block.values,
        can_pass=is_enough,
        lacking="" if is_enough else f"{lacking}, and there are {block.cases}",
        detects=detects,
        notices=f"{about(detects, _POINTS)} shifted",
        false_alarm=min(2 * design.chance_proven(-allowed, question.confidence), undecided),
        undecided=undecided,
        needs=needs,
        assumed=ASSUMED_MIX,
    )


def _cases_for_mix(question: Question, allowed: float) -> int | None:
    """How many test cases rule a shift out to both sides 4 times in 5."""

    def trial_at(cases: int, tries: int) -> Trial:
        del tries
        return Unmatched(cases, _HALF)

    aims = question.confidence, (1 + power_each(question.family)) / 2
    return cases_for(trial_at, 1, Claim(Side.ABOVE, -allowed), aims)


def foresee_within_usual(question: Question) -> Forecast:
    gate: Any = question.gate
    block, metric = question.block, question.metric
    is_share = gate.is_share(metric)
    read = question.past.passing if is_share else question.past.numbers
    past = read(gate.metric, block).by_execution()[-gate.past_executions :]
    deviation = float(np.std(past, ddof=1)) if len(past) >= FEWEST_EXECUTIONS else 0.0
    if not deviation:
        note = _too_few(len(past))
        return unsized(block, note)
    design = MeanDesign(error_of_next(deviation, len(past)), len(past) - 1)
    detects = design.detectable(question.confidence)
    unit = metric.unit if metric else None
    told = about(detects, _POINTS if is_share else Scale("number", 1, unit))
    way = {"down": "lower", "up": "higher"}.get(gate.way_of(metric), "away")
    alarm = 1 - question.confidence
    return Forecast(
        scope=block.scope,
        cases=block.cases,
        values=block.values,
        detects=detects,
        notices=f"{told} {way}",
        false_alarm=2 * alarm if way == "away" else alarm,
    )


def _too_few(executions: int) -> str:
    if executions < FEWEST_EXECUTIONS:
        return f"judged once {FEWEST_EXECUTIONS} executions have passed; {executions} have so far"
    return f"the last {executions} executions were all the same: what is usual cannot be told"


def _foresee_shares(question: Question, aim: Aim) -> Forecast:
    gate: Any = question.gate
    past = spread_of(question.past.passing(gate.metric, question.block))
    share = inside(past.mean, past.seen) if past else PASSING
    likeness = past.likeness if past else LIKENESS
    reaction = question.past.reaction(gate.metric, question.block, "passes")
    noise, reaction = noise_of(share, likeness), REACTION if reaction is None else reaction

    def trial_at(cases: int, tries: int) -> Trial:
        if question.block.agents:
            return Unmatched(cases, sqrt(share * (1 - share)))
        if tries == 1:
            return OneTry(cases, noise)
        return SeveralTries(cases, tries, share, likeness, reaction)

    forecast = Comparison(question, aim, trial_at).forecast()
    return replace(forecast, assumed="" if past else ASSUMED)


def _foresee_numbers(question: Question, aim: Aim) -> Forecast:
    gate: Any = question.gate
    block, is_relative = question.block, aim.scale.kind == "relative"
    read = _logs if is_relative else np.array
    past = spread_of(question.past.numbers(gate.metric, block, read))
    if past is None and not is_relative:
        note = "how its numbers spread is not known before a first passed execution"
        return unsized(block, note)
    varying = past.tries if past else VARYING
    spreads = Spreads(_reaction_of_numbers(question, aim, past), varying)

    def trial_at(cases: int, tries: int) -> Trial:
        if question.block.agents:
            return Unmatched(cases, past.of_means(1) if past else varying)
        return Numbers(cases, tries, spreads)

    forecast = Comparison(question, aim, trial_at).forecast()
    return replace(forecast, assumed="" if past else ASSUMED_NUMBERS)


def _reaction_of_numbers(question: Question, aim: Aim, past: Spread | None) -> float:
    gate: Any = question.gate
    if aim.scale.kind == "relative" or past is None:
        return REACTION
    seen = question.past.reaction(gate.metric, question.block, "numbers")
    return REACTION * abs(past.mean) if seen is None else seen


def _logs(values: FloatArray) -> FloatArray:
    """The logarithms of numbers above 0; of others there is none."""
    logs = np.full(len(values), np.nan)
    np.log(values, out=logs, where=values > 0)
    return logs
