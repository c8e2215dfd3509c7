"""Looks at an execution beside the passed ones before it."""

from collections.abc import Sequence
from dataclasses import replace
from math import isclose
from typing import TYPE_CHECKING

import numpy as np

from campaignd.core.frame import Kind
from campaignd.core.gates.findings import (
    MISSING_DATA,
    NO_DATA,
    TOO_FEW,
    TOO_NOISY,
    Doubt,
    Finding,
    errored,
    unsure,
)
from campaignd.core.gates.proofs import Conclusions, Proof
from campaignd.core.gates.threshold_proofs import bounds_of, forbidding
from campaignd.core.gates.wording import items, number_of, number_range, share_range
from campaignd.core.quantities import format_quantity, format_share
from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.history import FEWEST, PREDICTION, Drift, Prediction, drift, predict
from campaignd.core.statistics.inference import Inference
from campaignd.core.verdicts import NO_BASELINE, GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.kinds.within_usual import WithinUsualGate
    from campaignd.core.gates.sample import Sample

_ROUNDED = 12
_CLOSE = 1e-9
_WORSE = {"down": "low", "up": "high", "both": "far off"}


def find_usual(gate: "WithinUsualGate", group: "Group") -> Finding:
    """Compare the execution's value with what the past predicts of the next one."""
    sample = _sample(gate, group)
    if not sample.n:
        return errored(NO_DATA, f"no result of {gate.metric} can be used")
    past = np.array([mean for each in group.past if (mean := _mean(gate, each)) is not None])
    if len(past) < FEWEST:
        found = number_of(len(past), "passed execution")
        noted = "it is asked for" if gate.must_have_baseline else "noted, and not counted"
        return unsure(NO_BASELINE, f"{found} so far, and {FEWEST} are needed: {noted}")
    prediction = predict(past.round(_ROUNDED))
    return _compare(gate, group, sample, (prediction, drift(past)))


def _sample(gate: "WithinUsualGate", group: "Group") -> "Sample":
    return group.passes if gate.is_share(group.metric) else group.numbers()


def _mean(gate: "WithinUsualGate", past: "Group") -> float | None:
    sample = _sample(gate, past)
    return sample.mean if sample.n and Kind.ENDLESS not in past.kinds else None


def _compare(
    gate: "WithinUsualGate", group: "Group", sample: "Sample", past: tuple[Prediction, Drift]
) -> Finding:
    prediction, drifting = past
    way, is_share = gate.way_of(group.metric), gate.is_share(group.metric)
    matters = is_share and sample.missing and not (group.is_cotool and group.is_graded_enough(gate))
    values = [sample.mean]
    values += [sample.mean_if_missing_were(end) for end in (0.0, 1.0)] if matters else []
    inferences = [_infer(gate, prediction, value, way) for value in values]
    if prediction.spread == 0:
        return _never_varied(gate, group, sample, prediction)
    said = format_share(sample.mean) if is_share else format_quantity(sample.mean, group.unit)
    bounds = bounds_of(inferences[0])
    usual = _usual(gate, group, bounds)
    proof = Proof(
        there=inferences[0],
        guarded=replace(inferences[0], p_fail=max(_p_values(inferences))),
        confidence=gate.confidence,
        conclusions=Conclusions("within the usual", f"unusually {_WORSE[way]}", "cannot be told"),
        stem=f"{gate.metric}{group.about} was {said} over {items(group, sample)}",
        spread=f"usual is {usual}, by {prediction.executions} passed executions",
        tail=_about_drift(drifting, gate.confidence),
        least_p=min(_p_values(inferences)),
        doubt=Doubt(TOO_NOISY),
        barred=forbidding(gate, group, None if is_share else sample),
        missing=Doubt(MISSING_DATA, f"{number_of(sample.missing, 'missing result')} could decide"),
    )
    return Finding(
        GateVerdict.INCONCLUSIVE,
        proof.stem,
        estimate=sample.mean,
        bounds=bounds,
        sample=sample,
        perfect=1.0 if is_share and way != "up" else None,
        proof=proof,
        unit="share" if is_share else group.unit,
    )


def _usual(gate: "WithinUsualGate", group: "Group", bounds: Bounds) -> str:
    if gate.is_share(group.metric):
        return share_range(bounds, gate.confidence)
    return number_range(bounds, group.unit, gate.confidence)


def _infer(gate: "WithinUsualGate", prediction: Prediction, value: float, way: str) -> Inference:
    """The p value of "nothing changed". Whatever is not unusual is within the usual."""
    low, high = prediction.p_lower(value), prediction.p_higher(value)
    p = {"down": low, "up": high, "both": _twice(low, high)}[way]
    bounds = prediction.bounds(gate.confidence if way != "both" else (1 + gate.confidence) / 2)
    return Inference(
        estimate=value,
        lower=bounds.lower,
        upper=bounds.upper,
        p_pass=None,
        p_fail=p,
        method=PREDICTION,
    )


def _twice(low: float | None, high: float | None) -> float | None:
    return None if low is None or high is None else min(2 * min(low, high), 1.0)


def _p_values(inferences: Sequence[Inference]) -> list[float]:
    return [each.p_fail for each in inferences if each.p_fail is not None]


def _never_varied(
    gate: "WithinUsualGate", group: "Group", sample: "Sample", prediction: Prediction
) -> Finding:
    """Where all past executions were the same, only the same again is known to be usual."""
    write = format_share if gate.is_share(group.metric) else format_quantity
    said, usual = write(sample.mean), write(prediction.mean)
    is_same = isclose(sample.mean, prediction.mean, abs_tol=_CLOSE) and not sample.missing
    reason = (
        f"{gate.metric}{group.about} was {said}, and {usual} in all {prediction.executions} passed "
        "executions before"
    )
    if is_same:
        return Finding(GateVerdict.PASSED, reason, estimate=sample.mean, sample=sample)
    reason += ": where nothing ever varied, nobody knows what is usual; no_drop would tell"
    return Finding(GateVerdict.INCONCLUSIVE, reason, TOO_FEW, estimate=sample.mean, sample=sample)


def _about_drift(drifting: Drift, confidence: float) -> str:
    if drifting.p > 1 - confidence:
        return ""
    way = "upward" if drifting.slope > 0 else "downward"
    return f"; the past executions drift {way}, by {abs(drifting.slope):.2g} each"
