"""What a simulation tries, apart from when and in which run it happened to be tried."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One agent with one persona on one test set: what a run is about."""

    agent_id: str
    persona_id: str
    test_set_id: str

    @property
    def key(self) -> str:
        return f"{self.agent_id}/{self.persona_id}/{self.test_set_id}"


@dataclass(frozen=True, slots=True)
class Case:
    """A test case. `position` counts from 1, 0 if the sandbox does not know its test set.

    `difficulty` is a standard normal number, higher for harder cases.
    """

    case_id: str
    test_set_id: str
    position: int
    difficulty: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One conversation to be had. `mutation_id` None is the base agent."""

    cell: Cell
    mutation_id: str | None
    case: Case
    iteration: int

    @property
    def key(self) -> str:
        variant = self.mutation_id or "base"
        return f"{self.cell.key}/{variant}/{self.case.case_id}/{self.iteration}"
