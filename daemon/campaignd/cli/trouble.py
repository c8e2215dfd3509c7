"""What a person is told when a command cannot do what it was asked, and with which status."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from campaignd.engine.faults import VendorFault

T = TypeVar("T")
INVALID = 2
TROUBLE = 4


class NoSuchExecution(Exception):
    """An execution that the database does not have."""

    def __init__(self, wanted: str, like: tuple[str, ...] = ()) -> None:
        candidates = f" alone; it could be {', '.join(like)}" if like else "; see `campaignd list`"
        super().__init__(f"no execution {wanted or repr(wanted)}{candidates}")


class NoSuchCampaign(Exception):
    """A campaign that the database has no execution of."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        from campaignd.core.mistakes import suggest

        hint = suggest(wanted, known) or "see `campaignd list`"
        super().__init__(f"no execution of a campaign {wanted!r}; {hint}")


@dataclass(frozen=True, slots=True)
class Explained:
    """Lines for a person and the exit status."""

    lines: tuple[str, ...]
    status: int


def execute(work: Callable[[], Awaitable[T]]) -> T:
    """Run asynchronous work to its end; of several failures at once the first is raised."""
    import anyio

    try:
        return anyio.run(work)
    except BaseExceptionGroup as group:
        raise _first(group) from group


@contextmanager
def unheard_is_fine() -> Iterator[None]:
    """Let what is printed go nowhere once nobody reads it any more."""
    try:
        yield
    except BrokenPipeError:
        # Or the interpreter would fail when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explain(error: BaseException) -> Explained | None:
    """Explain an expected failure; None for a bug of ours."""
    from campaignd.adapters.remote.faults import ServiceAway, ShutOut
    from campaignd.core.mistakes import CampaignInvalid
    from campaignd.engine.faults import OwnershipLost, StorageTrouble, TableInvalid, VendorFault
    from campaignd.web.listening import CannotListen
    from campaignd.wiring.continuing import StillDriven

    match error:
        case CampaignInvalid():
            return Explained((str(error), _count(len(error.mistakes))), INVALID)
        case TableInvalid():
            return Explained((str(error), "nothing was judged, and nothing launched"), INVALID)
        case VendorFault():
            lines = (str(error), *_advise(error), *getattr(error, "__notes__", ()))
            return Explained(lines, TROUBLE)
        case ServiceAway():
            known = "" if isinstance(error, ShutOut) else "no contact with the service: "
            return Explained((f"{known}{error}", *getattr(error, "__notes__", ())), TROUBLE)
        case StorageTrouble() | OwnershipLost() | StillDriven() | CannotListen():
            return Explained((str(error),), TROUBLE)
        case _:
            is_refused = isinstance(error, _refusals())
            return Explained((str(error),), INVALID) if is_refused else None


def _refusals() -> tuple[type[Exception], ...]:
    """What says by itself why nothing is done, and what to ask instead."""
    from campaignd.adapters.remote.faults import ServiceRefused
    from campaignd.adapters.reporters.files import ReportUnwritable
    from campaignd.adapters.store.backup import BackupRefused
    from campaignd.core.comparison.refusal import Unrankable
    from campaignd.engine.faults import ValuesPruned
    from campaignd.sandbox import ScenarioInvalid
    from campaignd.settings import SettingsInvalid
    from campaignd.wiring.baselines import Unpinnable
    from campaignd.wiring.continuing import AnotherAccount
    from campaignd.wiring.deliveries import AlreadyDelivered, NoSuchDelivery
    from campaignd.wiring.judging_again import NotJudged
    from campaignd.wiring.planning import BudgetExceeded
    from campaignd.wiring.scheduling import NotScheduled
    from campaignd.wiring.storage import NoDatabase
    from campaignd.wiring.tokens import NameTaken, NoSuchToken

    return (
        AlreadyDelivered,
        AnotherAccount,
        BackupRefused,
        BudgetExceeded,
        NameTaken,
        NoDatabase,
        NoSuchCampaign,
        NoSuchDelivery,
        NoSuchExecution,
        NoSuchToken,
        NotJudged,
        NotScheduled,
        ReportUnwritable,
        ScenarioInvalid,
        ServiceRefused,
        SettingsInvalid,
        Unpinnable,
        Unrankable,
        ValuesPruned,
    )


def _advise(fault: "VendorFault") -> Iterator[str]:
    from campaignd.engine.faults import AnswerUnusable, NotSent, RemoteUnavailable

    base_url = f"CAMPAIGND_{fault.vendor.upper()}__BASE_URL"
    if isinstance(fault, NotSent):
        yield f"Is the network up, and {base_url} right?"
    elif isinstance(fault, AnswerUnusable):
        yield f"Is {base_url} right, and no proxy or login page in between?"
    elif isinstance(fault, RemoteUnavailable):
        yield "Try again later."


def log_trace(error: BaseException) -> Explained:
    """Write the trace of a bug to the log and tell where it is."""
    import structlog

    from campaignd.cli.logs import current_log

    structlog.get_logger().error("campaignd failed", exc_info=error)
    where = current_log()
    return Explained(
        (
            f"campaignd itself failed: {type(error).__name__}: {error}",
            f"The full trace is in {where}." if where else "The full trace is above.",
            "Nothing paid is launched again: `campaignd resume` continues what was begun.",
        ),
        TROUBLE,
    )


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _count(mistakes: int) -> str:
    return f"{mistakes} mistake{'s' if mistakes > 1 else ''}; nothing was launched"
