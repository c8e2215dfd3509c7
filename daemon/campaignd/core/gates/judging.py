"""Judges the gates of a campaign on frozen evidence. It needs numpy: import it late."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence
from campaignd.core.gates.data import Data
from campaignd.core.gates.frames import Frames, build_frames
from campaignd.core.gates.kinds.errors import ErrorsGate
from campaignd.core.gates.kinds.together import AllGate
from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.references import NOTHING, References, needed_references
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.gates.waivers import NO_WAIVERS, Waivers
from campaignd.core.metrics import SIMULATIONS, Metric
from campaignd.core.report import GateReport
from campaignd.core.verdicts import judge_execution

__all__ = ["judge_execution", "judge_gates"]


def judge_gates(
    gates: Sequence[GateModel],
    evidence: Evidence,
    metrics: Mapping[str, Metric],
    references: References = NOTHING,
    waivers: Waivers = NO_WAIVERS,
) -> tuple[GateReport, ...]:
    """Judge all gates, in their order; a split gate has one result per group, in plan order.

    The gates fit the metrics and the campaign (`check_gates`), and `references` holds what they
    are compared with (`needed_references`), or says why not. Never raises for bad data: a gate
    that cannot be judged is `errored` and says why.
    """
    coverers = tuple(_coverers(gates))
    lost = (cell for cell in evidence.cells if cell.outcome is CellOutcome.LOST)
    data = Data(
        own=build_frames(evidence, metrics, waivers.holding),
        metrics=metrics,
        tolerated=frozenset(cell.key for cell in lost if _is_covered(cell, coverers)),
        references=references,
        others=_others(gates, metrics, references, waivers),
        past=_past(gates, metrics, references, waivers),
        waivers=waivers,
    )
    return tuple(report for gate in gates for report in gate.judge(data))


def _others(
    gates: Sequence[GateModel],
    metrics: Mapping[str, Metric],
    references: References,
    waivers: Waivers,
) -> Mapping[Than, Frames]:
    """Frames of what some gates are compared with, with the metrics that these gates are on."""
    comparing = [gate for gate in _all_of(gates) if gate.compared_with]
    used = _metrics_of(comparing, metrics)
    known = dict(references.others)
    if references.baseline and needed_references(comparing).baseline:
        known[BASELINE] = references.baseline
    return {
        than: build_frames(reference.evidence, used, waivers.holding)
        for than, reference in known.items()
    }


def _past(
    gates: Sequence[GateModel],
    metrics: Mapping[str, Metric],
    references: References,
    waivers: Waivers,
) -> tuple[Frames, ...]:
    looking_back = [gate for gate in _all_of(gates) if gate.past_executions]
    used = _metrics_of(looking_back, metrics)
    return tuple(
        build_frames(evidence, used, waivers.holding)
        for evidence in (references.past if looking_back else ())
    )


def _all_of(gates: Iterable[GateModel]) -> Iterator[GateModel]:
    for gate in gates:
        yield gate
        yield from _all_of(gate.inner)


def _metrics_of(gates: Iterable[GateModel], metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    named = {gate.metric for gate in gates if isinstance(gate, MetricGate)}
    return {name: metrics[name] for name in named - {SIMULATIONS}}


def _coverers(gates: Sequence[GateModel]) -> Iterator[ErrorsGate]:
    """The `errors` gates that must hold for the execution to pass."""
    for gate in gates:
        if isinstance(gate, ErrorsGate) and gate.blocks:
            yield gate
        elif isinstance(gate, AllGate) and gate.blocks:
            yield from _coverers(gate.gates)


def _is_covered(cell: CellEvidence, coverers: Sequence[ErrorsGate]) -> bool:
    return any(gate.covers(cell) for gate in coverers)
