"""The rows of a table's cells, gathered one by one, and the evidence they make."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from campaignd.adapters.table.columns import COMPLETED, FAILED, LOST, TIMED_OUT
from campaignd.core.coval import Aggregate, RunStatus, Value
from campaignd.core.evidence import BASE, CellEvidence, CellOutcome, SimulationEvidence

STATUS_OF = {
    COMPLETED: RunStatus.COMPLETED,
    FAILED: RunStatus.FAILED,
    LOST: RunStatus.CANCELLED,
}
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Tables know the order of iterations, and no times."""


@lru_cache(maxsize=4096)
def moment(number: int) -> datetime:
    """A time that is later for a higher number."""
    return _BEGINNING + timedelta(seconds=number)


class VariantRows:
    """One variant of a cell. `unseen`: iterations that were planned and never seen, by metric."""

    def __init__(self) -> None:
        self.simulations: dict[tuple[str | None, int], SimulationEvidence] = {}
        self.unseen: dict[str, list[int]] = defaultdict(list)
        self._given: Counter[tuple[str, str | None]] = Counter()

    def next_iteration(self, metric: str, test_case: str | None) -> int:
        """Number rows that bear no iteration in the order they stand."""
        self._given[metric, test_case] += 1
        return self._given[metric, test_case]

    @property
    def count_unseen(self) -> int:
        return max(map(len, self.unseen.values()), default=0)


class CellRows:
    """One cell. `test_set` is as in the table, with the number of a further chunk."""

    def __init__(self, agent: str, persona: str, test_set: str) -> None:
        self.agent, self.persona, self.test_set = agent, persona, test_set
        self.key = f"{agent}/{persona}/{test_set}"
        self.variants: dict[str, VariantRows] = {}
        self.launches: list[tuple[str, Value]] = []
        self.aggregates: dict[str, Aggregate] = {}

    def variant(self, name: str) -> VariantRows:
        rows = self.variants.get(name)
        if rows is None:
            rows = self.variants[name] = VariantRows()
        return rows

    def evidence(self) -> CellEvidence:
        iterations = self._iterations()
        return CellEvidence(
            key=self.key,
            agent=self.agent,
            persona=self.persona,
            test_set=self.test_set.partition("#")[0],
            variants=tuple(self.variants),
            cases_planned=self._cases(iterations),
            iterations=iterations,
            outcome=self._outcome(),
            attempts=len(self.launches) or 1,
            attempts_lost=self._attempts_lost(),
            aggregates=self.aggregates,
        )

    def simulations(self) -> Iterator[SimulationEvidence]:
        """By variant, test case and iteration, as evidence that was stored stands."""
        for name in sorted(self.variants, key=lambda name: "" if name == BASE else name):
            rows = self.variants[name].simulations
            for place in sorted(rows, key=lambda place: (place[0] or "", place[1])):
                yield rows[place]

    def _iterations(self) -> int:
        unseen = [n for v in self.variants.values() for each in v.unseen.values() for n in each]
        seen = (n for v in self.variants.values() for _, n in v.simulations)
        return max(unseen) if unseen else max(seen, default=1)

    def _cases(self, iterations: int) -> int:
        """The most that was lacking something, else the fewest: nothing missing is invented."""
        lacking = [v for v in self.variants.values() if v.unseen]
        if lacking:
            sizes = [len(v.simulations) + v.count_unseen for v in lacking]
            return -(-max(sizes) // iterations)
        return min((len(v.simulations) for v in self.variants.values()), default=0) // iterations

    def _outcome(self) -> CellOutcome:
        status, value = self.launches[-1] if self.launches else (self._seen_status(), None)
        if status == COMPLETED:
            return CellOutcome.COLLECTED
        return CellOutcome.TIMED_OUT if value == TIMED_OUT else CellOutcome.LOST

    def _seen_status(self) -> str:
        seen = self.aggregates or any(v.simulations for v in self.variants.values())
        return COMPLETED if seen else FAILED

    def _attempts_lost(self) -> int:
        statuses = [status for status, _ in self.launches] or [self._seen_status()]
        return statuses.count(FAILED)


def simulate(
    cell: str, variant: str, place: tuple[str | None, int], status: str, line: int
) -> SimulationEvidence:
    """Make a simulation whose values are filled in as its rows come."""
    return SimulationEvidence(
        cell=cell,
        variant=variant,
        test_case=place[0],
        simulation_id=f"line {line}",
        created_at=moment(place[1]),
        status=STATUS_OF[status],
        values={},
    )
