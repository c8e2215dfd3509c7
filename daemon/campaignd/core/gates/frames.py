"""The frames of one execution's evidence, without the test cases that are waived."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from campaignd.core.evidence import Evidence
from campaignd.core.frame import Frame, build_frame, build_score_frame
from campaignd.core.metrics import SIMULATIONS, CotoolMetric, Metric


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """`by_metric` holds the frame of each metric, `simulations` among them.

    `waived` are the waived test cases that each arm of the simulations would have.
    """

    evidence: Evidence
    by_metric: Mapping[str, Frame]
    waived: Mapping[int, tuple[str, ...]]


def build_frames(
    evidence: Evidence, metrics: Mapping[str, Metric], waived: Collection[str] = ()
) -> Frames:
    """Lay out the values of some metrics."""
    whole = build_frame(evidence, metrics)
    units = _waived_units(whole, waived)
    simulations = _without(whole, units) if units else whole
    frames = {SIMULATIONS: simulations}
    for name, metric in metrics.items():
        if isinstance(metric, CotoolMetric):
            frames[name] = build_score_frame(evidence, name, metric)
        else:
            frames[name] = simulations
    return Frames(evidence, frames, _waived_of_arms(whole, units))


def _waived_units(frame: Frame, waived: Collection[str]) -> dict[int, str]:
    if not waived:
        return {}
    items = ((number, unit.item) for number, unit in enumerate(frame.unit_names))
    return {number: item for number, item in items if item is not None and item in waived}


def _waived_of_arms(frame: Frame, units: Mapping[int, str]) -> dict[int, tuple[str, ...]]:
    if not units:
        return {}
    spans = zip(frame.starts[:-1].tolist(), frame.starts[1:].tolist(), strict=True)
    present = [np.unique(frame.units[start:end]).tolist() for start, end in spans]
    return {
        arm: tuple(units[unit] for unit in known if unit in units)
        for arm, known in enumerate(present)
    }


def _without(frame: Frame, units: Mapping[int, str]) -> Frame:
    kept = ~np.isin(frame.units, np.array([*units], dtype=np.int64))
    before = np.concatenate(([0], np.cumsum(kept)))
    rows = np.flatnonzero(kept)
    return replace(
        frame,
        starts=before[frame.starts],
        units=frame.units[rows],
        iteration=frame.iteration[rows],
        status=frame.status[rows],
        source=frame.source[rows],
        columns={name: column.take(rows) for name, column in frame.columns.items()},
    )
