"""Judges the gates of a campaign on frozen evidence. It needs numpy: import it late."""

from collections.abc import Iterator, Mapping, Sequence

from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence
from campaignd.core.frame import Frame, build_frame, build_score_frame
from campaignd.core.gates.data import Data
from campaignd.core.gates.kinds.errors import ErrorsGate
from campaignd.core.gates.kinds.together import AllGate
from campaignd.core.gates.model import GateModel
from campaignd.core.metrics import SIMULATIONS, CotoolMetric, Metric
from campaignd.core.report import GateReport
from campaignd.core.verdicts import judge_execution

__all__ = ["judge_execution", "judge_gates"]


def judge_gates(
    gates: Sequence[GateModel], evidence: Evidence, metrics: Mapping[str, Metric]
) -> tuple[GateReport, ...]:
    """Judge all gates, in their order; a split gate has one result per group, in plan order.

    The gates fit the metrics and the campaign (`check_gates`). Never raises for bad data: a gate
    that cannot be judged is `errored` and says why.
    """
    coverers = tuple(_coverers(gates))
    lost = (cell for cell in evidence.cells if cell.outcome is CellOutcome.LOST)
    data = Data(
        evidence=evidence,
        metrics=metrics,
        frames=_frames(evidence, metrics),
        tolerated=frozenset(cell.key for cell in lost if _is_covered(cell, coverers)),
    )
    return tuple(report for gate in gates for report in gate.judge(data))


def _frames(evidence: Evidence, metrics: Mapping[str, Metric]) -> dict[str, Frame]:
    simulations = build_frame(evidence, metrics)
    frames = {SIMULATIONS: simulations}
    for name, metric in metrics.items():
        if isinstance(metric, CotoolMetric):
            frames[name] = build_score_frame(evidence, name, metric)
        else:
            frames[name] = simulations
    return frames


def _coverers(gates: Sequence[GateModel]) -> Iterator[ErrorsGate]:
    """The `errors` gates that must hold for the execution to pass."""
    for gate in gates:
        if isinstance(gate, ErrorsGate) and gate.blocks:
            yield gate
        elif isinstance(gate, AllGate) and gate.blocks:
            yield from _coverers(gate.gates)


def _is_covered(cell: CellEvidence, coverers: Sequence[ErrorsGate]) -> bool:
    return any(gate.covers(cell) for gate in coverers)
