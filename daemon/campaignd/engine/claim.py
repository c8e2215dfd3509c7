"""What one process holds of an execution: the epoch in which it began to drive it."""

from campaignd.engine.faults import OwnershipLost
from campaignd.engine.ports import ExecutionStore
from campaignd.engine.records import Stored


class Claim:
    """Reads one execution for as long as it is ours.

    Whoever takes an execution over raises its epoch. A driver that went on with the epoch it
    reads would pass for the new owner, so the first one counts, and only if the execution is then
    `owner`'s: it may have been lost before the first look. Without an owner it is anybody's.
    """

    def __init__(self, store: ExecutionStore, execution: str, owner: str | None = None) -> None:
        self.execution = execution
        self._store = store
        self._owner = owner
        self._epoch: int | None = None
        self._known: Stored | None = None

    async def load(self) -> Stored:
        """Read the execution. Raises OwnershipLost once somebody else has taken it over."""
        stored = await self._store.load(self.execution, self._known)
        if self._epoch is None and self._owner in {None, stored.execution.owner}:
            self._epoch = stored.execution.epoch
        if stored.execution.epoch != self._epoch:
            raise OwnershipLost(self.execution)
        self._known = stored
        return stored
