"""One execution, driven safely: expected trouble is handled below, bugs end here."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import structlog
from structlog.contextvars import bound_contextvars

from campaignd.core.campaign import Campaign
from campaignd.core.execution import Cause
from campaignd.core.verdicts import Verdict
from campaignd.engine.claim import Claim
from campaignd.engine.driver import Driver
from campaignd.engine.faults import OwnershipLost, StorageTrouble
from campaignd.engine.interruption import Interruption
from campaignd.engine.poller import Poller
from campaignd.engine.progress import Observer
from campaignd.engine.tools import Tools

log = structlog.get_logger()


class Daemon:
    """Drives executions of one process, which the store knows as `owner`."""

    def __init__(self, tools: Tools, poller: Poller, owner: str | None = None) -> None:
        self._tools = tools
        self._poller = poller
        self._owner = owner
        self._claims: dict[str, Claim] = {}

    async def drive(
        self, campaign: Campaign, execution: str, observer: Observer, *, taken_over: bool = False
    ) -> None:
        """Drive to the end. A bug is logged, its runs are ended and the execution errored.

        Raises OwnershipLost and StorageTrouble, which leave the execution to whoever comes next.
        """
        claim = self._claims[execution] = self._claim(execution)
        driver = Driver(self._tools, self._poller, campaign, claim, observer)
        with bound_contextvars(campaign=campaign.name, execution=execution):
            try:
                await driver.drive(taken_over=taken_over)
            except Exception as error:
                expected = _expected(error)
                if expected is not None:
                    raise expected from error
                log.exception("campaignd failed")
                await self._error(campaign, claim, _first(error))

    async def settle(self, campaign: Campaign, execution: str, observer: Observer) -> None:
        """Settle what a finished execution left on Coval. Raises what `drive` raises."""
        claim = self._claim(execution)
        with _unwrapped(), bound_contextvars(campaign=campaign.name, execution=execution):
            await Driver(self._tools, self._poller, campaign, claim, observer).settle()

    async def interrupt(self, campaign: Campaign, execution: str) -> None:
        """End an execution at once, whatever its driver was doing; the driver must have stopped.

        Raises what `drive` raises.
        """
        claim = self._claims.get(execution) or self._claim(execution)
        with _unwrapped(), bound_contextvars(campaign=campaign.name, execution=execution):
            await self._interruption(campaign, claim).end(
                Cause.INTERRUPTED, Verdict.CANCELLED, "interrupted"
            )

    async def _error(self, campaign: Campaign, claim: Claim, error: BaseException) -> None:
        reason = f"campaignd itself failed: {type(error).__name__}: {error}"
        with anyio.CancelScope(shield=True), _unwrapped():
            await self._interruption(campaign, claim).end(Cause.FAILURE, Verdict.ERRORED, reason)

    def _claim(self, execution: str) -> Claim:
        return Claim(self._tools.store.executions, execution, self._owner)

    def _interruption(self, campaign: Campaign, claim: Claim) -> Interruption:
        return Interruption(self._tools, campaign, claim)


@contextmanager
def _unwrapped() -> Iterator[None]:
    """Raise expected trouble without the task groups around it."""
    try:
        yield
    except BaseExceptionGroup as group:
        expected = _expected(group)
        if expected is None:
            raise
        raise expected from group


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _expected(error: BaseException) -> OwnershipLost | StorageTrouble | None:
    first = _first(error)
    return first if isinstance(first, OwnershipLost | StorageTrouble) else None
