"""The state machines, as tables of legal moves.

Everything that can move an execution, a launch or a delivery stands here: a missing row is an
illegal move. A move is one compare-and-set in the store, with its event in the same transaction.
"""

from collections.abc import Mapping
from enum import StrEnum


class ExecutionState(StrEnum):
    """Where one go through a campaign stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SCORING = "scoring"
    JUDGING = "judging"
    CANCELLING = "cancelling"
    FINISHED = "finished"


class LaunchState(StrEnum):
    """Where one attempt to have Coval run a cell stands."""

    PLANNED = "planned"
    SENDING = "sending"
    UNRESOLVED = "unresolved"
    RUNNING = "running"
    ENDED = "ended"
    COLLECTED = "collected"
    FAILED = "failed"
    LOST = "lost"
    REFUSED = "refused"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """Where one webhook message to one address stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"


EXECUTION_MOVES: Mapping[ExecutionState, frozenset[ExecutionState]] = {
    ExecutionState.QUEUED: frozenset({ExecutionState.RUNNING, ExecutionState.CANCELLING}),
    ExecutionState.RUNNING: frozenset(
        {ExecutionState.SCORING, ExecutionState.JUDGING, ExecutionState.CANCELLING}
    ),
    ExecutionState.SCORING: frozenset({ExecutionState.JUDGING, ExecutionState.CANCELLING}),
    ExecutionState.JUDGING: frozenset({ExecutionState.FINISHED}),
    ExecutionState.CANCELLING: frozenset({ExecutionState.FINISHED}),
    ExecutionState.FINISHED: frozenset(),
}

LAUNCH_MOVES: Mapping[LaunchState, frozenset[LaunchState]] = {
    LaunchState.PLANNED: frozenset(
        {LaunchState.SENDING, LaunchState.RUNNING, LaunchState.REFUSED, LaunchState.CANCELLED}
    ),
    LaunchState.SENDING: frozenset(
        {
            LaunchState.RUNNING,
            LaunchState.PLANNED,
            LaunchState.UNRESOLVED,
            LaunchState.REFUSED,
        }
    ),
    LaunchState.UNRESOLVED: frozenset(
        {LaunchState.RUNNING, LaunchState.SENDING, LaunchState.CANCELLED, LaunchState.LOST}
    ),
    LaunchState.RUNNING: frozenset(
        {LaunchState.ENDED, LaunchState.FAILED, LaunchState.LOST, LaunchState.CANCELLING}
    ),
    LaunchState.ENDED: frozenset({LaunchState.COLLECTED, LaunchState.LOST}),
    LaunchState.CANCELLING: frozenset(
        {LaunchState.CANCELLED, LaunchState.ENDED, LaunchState.FAILED}
    ),
    LaunchState.COLLECTED: frozenset(),
    LaunchState.FAILED: frozenset(),
    LaunchState.LOST: frozenset(),
    LaunchState.REFUSED: frozenset(),
    LaunchState.CANCELLED: frozenset(),
}

DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset({DeliveryState.SENDING, DeliveryState.FAILED}),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.PENDING,
            DeliveryState.DELIVERED,
            DeliveryState.FAILED,
            DeliveryState.DISABLED,
        }
    ),
    DeliveryState.DELIVERED: frozenset(),
    DeliveryState.FAILED: frozenset({DeliveryState.PENDING}),
    DeliveryState.DISABLED: frozenset({DeliveryState.PENDING}),
}

EXECUTION_MEANINGS: Mapping[ExecutionState, str] = {
    ExecutionState.QUEUED: "Waits for its turn, or for Cotool agents to have to itself.",
    ExecutionState.RUNNING: "Launches, follows and collects Coval runs.",
    ExecutionState.SCORING: "All runs are done with; waits for Cotool's grades.",
    ExecutionState.JUDGING: "The evidence is frozen.",
    ExecutionState.CANCELLING: "Told to stop; ends its runs first.",
    ExecutionState.FINISHED: "Has its verdict. Launches may still be unsettled.",
}

LAUNCH_MEANINGS: Mapping[LaunchState, str] = {
    LaunchState.PLANNED: "Not sent.",
    LaunchState.SENDING: "The intent is stored and the POST may be on its way.",
    LaunchState.UNRESOLVED: "The POST may have launched a run or not: search first.",
    LaunchState.RUNNING: "Coval has the run; it has not ended.",
    LaunchState.ENDED: "The run completed; its results are to be collected.",
    LaunchState.COLLECTED: "All results are stored.",
    LaunchState.FAILED: "Coval ended the run as FAILED.",
    LaunchState.LOST: "The run vanished, was ended by others, or was left alone.",
    LaunchState.REFUSED: "Coval will not launch it, or launching was stopped.",
    LaunchState.CANCELLING: "Given up: the run is to be ended on Coval.",
    LaunchState.CANCELLED: "Given up, and nothing of it goes on.",
}

DELIVERY_MEANINGS: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: "Waits for its next attempt.",
    DeliveryState.SENDING: "A sender has it; two minutes later another one may.",
    DeliveryState.DELIVERED: "The receiver answered with a status of success.",
    DeliveryState.FAILED: "Given up: refused, or not accepted in time.",
    DeliveryState.DISABLED: "The receiver answered 410: it wants no more of this.",
}

LAUNCH_ENDS = frozenset(state for state, moves in LAUNCH_MOVES.items() if not moves)
"""States in which nothing of a launch is left to do."""

ON_COVAL = frozenset(
    {
        LaunchState.SENDING,
        LaunchState.UNRESOLVED,
        LaunchState.RUNNING,
        LaunchState.CANCELLING,
    }
)
"""States in which a run may be going on, so that it counts as in flight."""

UNDER_WAY = frozenset({DeliveryState.PENDING, DeliveryState.SENDING})
"""States of a message that nobody has to ask for again: it is sent, or will be."""

State = ExecutionState | LaunchState | DeliveryState


class IllegalMove(Exception):
    """A bug of ours: the tables know no such move."""

    def __init__(self, old: State, new: State) -> None:
        super().__init__(f"{type(old).__name__} cannot move from {old} to {new}")


def check_move(old: State, new: State) -> None:
    """Raise IllegalMove unless the tables allow it."""
    if type(old) is not type(new) or new not in moves_from(old):
        raise IllegalMove(old, new)


def moves_from(state: State) -> frozenset[State]:
    """Return what may follow a state. Members of different machines share words, never rows."""
    match state:
        case ExecutionState():
            return frozenset(EXECUTION_MOVES[state])
        case LaunchState():
            return frozenset(LAUNCH_MOVES[state])
        case DeliveryState():
            return frozenset(DELIVERY_MOVES[state])
