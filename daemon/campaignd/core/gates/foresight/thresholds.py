"""Forecasts of the gates against a threshold."""

from dataclasses import replace
from math import comb, floor, sqrt
from statistics import fmean
from typing import Any

import numpy as np

from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.past import Spread, Tries, spread_of
from campaignd.core.gates.foresight.shares import Promise, foresee_share
from campaignd.core.gates.foresight.terms import Question, unsized
from campaignd.core.gates.foresight.words import percent
from campaignd.core.gates.model import Bar
from campaignd.core.quantities import format_exact
from campaignd.core.statistics.share_power import chance_observed_above

BREAKING = 0.01
ASSUMED_BREAKING = "runs: 1% of them come to nothing by themselves"
_SLACK = 1e-9
_SEVERAL = 2


def foresee_pass_rate(question: Question) -> Forecast:
    gate: Any = question.gate
    return _foresee_passing(question, spread_of(question.past.passing(gate.metric, question.block)))


def foresee_quantile(question: Question) -> Forecast:
    gate: Any = question.gate
    share: float = gate.share
    return _foresee_within(question, share if gate.bar.side == "at_most" else 1 - share)


def foresee_extreme(question: Question) -> Forecast:
    gate: Any = question.gate
    if (gate.kind == "max") != (gate.bar.side == "at_most"):
        block = question.block
        return unsized(block)
    return _foresee_within(question, 1.0)


def foresee_all_tries(question: Question) -> Forecast:
    gate: Any = question.gate
    block, k = question.block, int(gate.k)
    if block.values and block.tries < k:
        lacking = f"each test case is tried {_times(block.tries)} and {k} tries are asked for"
        return Forecast(
            scope=block.scope,
            cases=block.cases,
            values=block.values,
            can_pass=False,
            can_fail=False,
            lacking=lacking,
            needs=Needs(iterations=k),
        )
    spread = _all_of(question.past.passing(gate.metric, block), k)
    question = replace(question, block=replace(block, values=block.cases))
    return _foresee_passing(question, spread)


def foresee_count(question: Question) -> Forecast:
    gate: Any = question.gate
    bar: Bar = gate.bar
    block = question.block
    tries = question.past.passing(gate.metric, block)
    rate = float((1 - tries.values).mean()) if len(tries.values) else None
    runs = block.cases
    false_alarm = None
    if rate is not None and runs and bar.side == "at_most":
        false_alarm = chance_observed_above(runs, min(bar.number / runs, 1.0), rate)
    return Forecast(
        scope=block.scope,
        cases=runs,
        values=block.values,
        notices=f"{bar.number + 1:g} or more" if bar.side == "at_most" else "",
        detects=bar.number + 1 if bar.side == "at_most" else None,
        truth=rate,
        truly="" if rate is None else f"{percent(rate)} of runs",
        false_alarm=false_alarm,
    )


def foresee_errors(question: Question) -> Forecast:
    gate: Any = question.gate
    bar: float = gate.at_most
    launches = len({cell for cell, _ in question.block.arms})
    fewest = floor(bar * launches + _SLACK) + 1
    past = _breaking(question)
    rate = past or BREAKING
    return Forecast(
        scope=question.block.scope,
        assumed="" if past else ASSUMED_BREAKING,
        values=launches,
        detects=fewest / launches,
        notices=f"{fewest} of {launches} run{'' if launches == 1 else 's'} lost",
        truth=rate,
        truly=percent(rate),
        false_alarm=chance_observed_above(launches, bar, rate),
    )


def _breaking(question: Question) -> float:
    cells = [cell for past in question.past.executions for cell in past.cells]
    attempts = sum(cell.attempts for cell in cells)
    lost = sum(cell.attempts_lost for cell in cells)
    return lost / attempts if attempts else 0.0


def _foresee_passing(question: Question, spread: Spread | None) -> Forecast:
    gate: Any = question.gate
    bar: Bar = gate.bar
    if bar.side == "at_least":
        promise = Promise(bar.number, lambda share: f"{percent(share)} or less", percent)
        return foresee_share(question, promise, spread)
    promise = Promise(
        1 - bar.number, lambda kept: f"{percent(1 - kept)} or more", lambda kept: percent(1 - kept)
    )
    return _turned(foresee_share(question, promise, spread and _opposite(spread)))


def _foresee_within(question: Question, share: float) -> Forecast:
    gate: Any = question.gate
    metric = question.design.metrics.get(gate.metric)
    bar: Bar = gate.bar
    limit = format_exact(bar.number, metric.unit if metric else None)
    tries = question.past.keeping(gate.metric, question.block, lambda values: _holds(bar, values))
    promise = Promise(
        share,
        lambda kept: f"{percent(1 - kept)} {_beyond(bar)} {limit}",
        lambda kept: f"{percent(1 - kept)} {_beyond(bar)}",
    )
    return foresee_share(question, promise, spread_of(tries))


def _holds(bar: Bar, values: Any) -> Any:
    return values >= bar.number if bar.side == "at_least" else values <= bar.number


def _beyond(bar: Bar) -> str:
    return "above" if bar.side == "at_most" else "below"


def _opposite(spread: Spread) -> Spread:
    return Spread(1 - spread.mean, spread.cases, spread.tries, spread.seen)


def _turned(forecast: Forecast) -> Forecast:
    detects, truth = forecast.detects, forecast.truth
    return replace(
        forecast,
        detects=None if detects is None else 1 - detects,
        truth=None if truth is None else 1 - truth,
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _all_of(tries: Tries, k: int) -> Spread | None:
    """The share of past cases of which k tries pass, by all choices of k of them."""
    shares = []
    for case in np.unique(tries.cases):
        passed = tries.values[tries.cases == case]
        if len(passed) >= k:
            shares.append(comb(int(passed.sum()), k) / comb(len(passed), k))
    if len(shares) < _SEVERAL:
        return None
    share = fmean(shares)
    return Spread(share, sqrt(share * (1 - share)), 0.0, len(shares))
