"""The state machines as a page of documentation: diagrams in Mermaid, and tables."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from campaignd.core.states import (
    DELIVERY_MEANINGS,
    DELIVERY_MOVES,
    EXECUTION_MEANINGS,
    EXECUTION_MOVES,
    LAUNCH_MEANINGS,
    LAUNCH_MOVES,
)

S = TypeVar("S", bound=StrEnum)

_INTRODUCTION = """\
# The states, and what may follow what

An execution, its launches and its webhook deliveries move by these tables and by nothing else. A
move is one compare-and-set in the database, with its line in the log (`campaignd show --log`) in
the same transaction, so what is stored is always one of these states.

This page is made from `daemon/campaignd/core/states.py`: change it there, then run `make docs`.
"""


@dataclass(frozen=True, slots=True)
class _Machine(Generic[S]):
    """One state machine; the first row of its table is where everything begins."""

    title: str
    moves: Mapping[S, frozenset[S]]
    meanings: Mapping[S, str]

    def after(self, state: S) -> list[S]:
        """Return what may follow a state, in the order of the table."""
        return [following for following in self.moves if following in self.moves[state]]


def states_page() -> str:
    """Return `docs/states.md`, whole."""
    sections = [
        *_section(_Machine("Execution", EXECUTION_MOVES, EXECUTION_MEANINGS)),
        *_section(_Machine("Launch", LAUNCH_MOVES, LAUNCH_MEANINGS)),
        *_section(_Machine("Delivery", DELIVERY_MOVES, DELIVERY_MEANINGS)),
    ]
    return "\n".join([_INTRODUCTION, *sections])


def _section(machine: _Machine[S]) -> Iterator[str]:
    yield f"## {machine.title}\n"
    yield "```mermaid"
    yield from _diagram(machine)
    yield "```\n"
    yield from _table(machine)
    yield ""


def _diagram(machine: _Machine[S]) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {next(iter(machine.moves))}"
    for state in machine.moves:
        yield from (f"    {state} --> {following}" for following in machine.after(state))
        if not machine.moves[state]:
            yield f"    {state} --> [*]"


def _table(machine: _Machine[S]) -> Iterator[str]:
    yield "| state | meaning | may be followed by |"
    yield "| --- | --- | --- |"
    for state in machine.moves:
        yield f"| `{state}` | {machine.meanings[state]} | {_listed(machine.after(state))} |"


def _listed(states: Iterable[StrEnum]) -> str:
    return ", ".join(f"`{state}`" for state in states) or "nothing"
