"""Gates on a page: in which order, which of them in words, and how each was judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from campaignd.adapters.reporters.html_folding import Folded, fold_smooth
from campaignd.adapters.reporters.html_picture import Picture, draw
from campaignd.adapters.reporters.notation import measured, sized
from campaignd.adapters.reporters.selection import by_urgency, explained, is_passed, with_inner
from campaignd.core.quantities import format_exact_share, format_quantity
from campaignd.core.report import GateReport


@dataclass(frozen=True, slots=True)
class GateEntry:
    """A row of the table; `number` names its place on the page, `depth` how deep it is inside."""

    number: int
    depth: int
    gate: GateReport
    picture: Picture | None
    is_explained: bool


def fold_gates(gates: Sequence[GateReport]) -> Folded[GateEntry]:
    """Number gates, the most urgent first; fold those that passed if they are many."""
    ordered = by_urgency(gates)
    shown, folded = fold_smooth(ordered, sum(map(is_passed, ordered)))
    entries = list(_entries(ordered))
    cut = sum(1 for _ in with_inner(shown))
    return Folded(entries[:cut], entries[cut:] if folded else [])


def _entries(gates: Sequence[GateReport]) -> Iterator[GateEntry]:
    in_words = {id(gate) for gate in explained(gates)}
    for number, (depth, gate) in enumerate(with_inner(gates), start=1):
        yield GateEntry(number, depth, gate, draw(gate), id(gate) in in_words)


def method_of(gate: GateReport) -> Iterator[tuple[str, str]]:
    """Say how a gate was judged, each fact with its name."""
    proven = "what is proven" if gate.decide == "proven" else "the measured value"
    yield "Decided by", proven
    if gate.method:
        yield "Method", gate.method
    if gate.confidence is not None:
        yield "Bounds", f"one-sided, each at {format_exact_share(gate.confidence)}"
    if not gate.gates:
        yield "Results", _results(gate)
    yield from _p_values(gate)
    if gate.detectable is not None:
        yield "Smallest difference it can detect", measured(gate, gate.detectable)
    if gate.reason_code:
        yield "Reason code", gate.reason_code


def _results(gate: GateReport) -> str:
    of_cases = f" from {sized(gate.cases_n, 'test case')}" if gate.cases_n else ""
    return f"{gate.n}{of_cases}, {gate.missing} missing"


def _p_values(gate: GateReport) -> Iterator[tuple[str, str]]:
    if gate.p_pass is not None:
        yield "p value of “the promise is broken”", format_quantity(gate.p_pass)
    if gate.p_fail is not None:
        yield "p value of “the promise is kept”", format_quantity(gate.p_fail)
    if gate.p_adjusted is not None:
        family = f", for a family of {gate.family_size}" if gate.family_size else ""
        yield "p value, adjusted", f"{format_quantity(gate.p_adjusted)}{family}"
