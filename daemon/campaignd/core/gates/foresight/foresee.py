"""What each gate of a campaign can tell at a size. It needs numpy: import it late."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from campaignd.core.gates.foresight import comparisons, means, thresholds
from campaignd.core.gates.foresight.design import Block, Design, blocks_of
from campaignd.core.gates.foresight.forecast import Forecast, GateForecast
from campaignd.core.gates.foresight.past import Past
from campaignd.core.gates.foresight.terms import Question, unsized
from campaignd.core.gates.model import GateModel

_PERCENTILES = ("median", *(f"p{number}" for number in range(1, 100)))
_KINDS: Mapping[str, Callable[[Question], Forecast]] = {
    "pass_rate": thresholds.foresee_pass_rate,
    "all_tries": thresholds.foresee_all_tries,
    "min": thresholds.foresee_extreme,
    "max": thresholds.foresee_extreme,
    "count": thresholds.foresee_count,
    "errors": thresholds.foresee_errors,
    "mean": means.foresee_mean,
    **dict.fromkeys(("no_drop", "not_worse", "improves"), comparisons.foresee_change),
    "same_mix": comparisons.foresee_same_mix,
    "within_usual": comparisons.foresee_within_usual,
    **dict.fromkeys(_PERCENTILES, thresholds.foresee_quantile),
}
"""Of a kind that is not here nothing is known beforehand but its size."""


def foresee(gates: Sequence[GateModel], design: Design, past: Past) -> tuple[GateForecast, ...]:
    """Forecast all gates, in their order. The gates fit the design (`check_gates`)."""
    return tuple(_foresee_gate(gate, number, design, past) for number, gate in enumerate(gates))


def _foresee_gate(gate: GateModel, number: int, design: Design, past: Past) -> GateForecast:
    inner = foresee(gate.inner, design, past)
    groups = () if inner else tuple(_foresee_groups(gate, design, past))
    return GateForecast(
        name=gate.title,
        kind=gate.kind,
        number=number,
        blocks=gate.blocks,
        together=_together(gate),
        groups=groups,
        gates=inner,
    )


def _foresee_groups(gate: GateModel, design: Design, past: Past) -> Iterator[Forecast]:
    blocks = blocks_of(gate, design)
    for block in blocks:
        sized = _as_in_the_past(block, past)
        question = Question(gate, sized, design, past, family=len(blocks))
        reckon = _KINDS.get(gate.kind, _only_the_size)
        yield reckon(question)


def _as_in_the_past(block: Block, past: Past) -> Block:
    """A block whose Cotool runs nobody announced, with as many as there were."""
    from dataclasses import replace

    if block.cases is not None or not block.agents:
        return block
    runs = past.runs(block.agents)
    return replace(block, cases=runs, values=runs)


def _only_the_size(question: Question) -> Forecast:
    return unsized(question.block)


def _together(gate: Any) -> Literal["groups_all", "groups_any", "all", "any"]:
    if gate.inner:
        return "any" if gate.kind == "any" else "all"
    return "groups_any" if getattr(gate, "need", None) == "any" else "groups_all"
