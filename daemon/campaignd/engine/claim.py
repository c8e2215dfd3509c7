"""What one process holds of an execution: the epoch in which it began to drive it."""

from campaignd.engine.faults import OwnershipLost
from campaignd.engine.ports import ExecutionStore
from campaignd.engine.records import Stored


class Claim:
    """Reads one execution for as long as it is ours.

    Whoever takes an execution over raises its epoch. A driver that went on with the epoch it
    reads would pass for the new owner, so the first one counts.
    """

    def __init__(self, store: ExecutionStore, execution: str) -> None:
        self.execution = execution
        self._store = store
        self._epoch: int | None = None

    async def load(self) -> Stored:
        """Read the execution. Raises OwnershipLost once somebody else has taken it over."""
        stored = await self._store.load(self.execution)
        if self._epoch is None:
            self._epoch = stored.execution.epoch
        if stored.execution.epoch != self._epoch:
            raise OwnershipLost(self.execution)
        return stored
