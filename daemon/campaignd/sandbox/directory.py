"""Who answers to which id: the built-in world, the scenario's, and (unless strict) strangers."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from campaignd.sandbox import chance
from campaignd.sandbox.builtin import BUILT_IN, LATENCY, RESOLVED
from campaignd.sandbox.population import (
    SandboxAgent,
    SandboxCotoolAgent,
    SandboxMetric,
    SandboxMutation,
    SandboxPersona,
    SandboxTestSet,
)
from campaignd.sandbox.scenario import Scenario
from campaignd.sandbox.terms import LONG_ID, SET_ID, ULID, UUID_TEXT
from campaignd.sandbox.trials import Case

_Resident = TypeVar("_Resident")
_UNLINKED = BUILT_IN.cotool["7d1f5e2a-93b6-4c08-a4de-5b60f1c2e387"]


class Directory:
    """Finds residents by id; None where there is no such thing."""

    def __init__(self, scenario: Scenario) -> None:
        self.known = BUILT_IN.joined_by(scenario.world)
        self._strict = scenario.strict
        self._seed = scenario.seed
        self._cases: dict[str, tuple[Case, ...]] = {}

    def agent(self, agent_id: str) -> SandboxAgent | None:
        return self._find(
            self.known.agents, agent_id, LONG_ID, lambda: SandboxAgent(name=f"Agent {agent_id}")
        )

    def persona(self, persona_id: str) -> SandboxPersona | None:
        return self._find(
            self.known.personas,
            persona_id,
            LONG_ID,
            lambda: SandboxPersona(name=f"Persona {persona_id}"),
        )

    def test_set(self, test_set_id: str) -> SandboxTestSet | None:
        return self._find(
            self.known.test_sets,
            test_set_id,
            SET_ID,
            lambda: SandboxTestSet(name=f"Test set {test_set_id}"),
        )

    def metric(self, metric_id: str) -> SandboxMetric | None:
        return self._find(
            self.known.metrics,
            metric_id,
            LONG_ID,
            lambda: SandboxMetric(name=f"Metric {metric_id}"),
        )

    def cotool_agent(self, agent_id: str) -> SandboxCotoolAgent | None:
        return self._find(
            self.known.cotool,
            agent_id,
            UUID_TEXT,
            lambda: _UNLINKED.model_copy(update={"name": f"Agent {agent_id[:8]}"}),
        )

    def mutation(self, agent_id: str, mutation_id: str) -> SandboxMutation | None:
        agent = self.agent(agent_id)
        if agent is None or self._belongs_elsewhere(agent_id, mutation_id):
            return None
        return self._find(
            agent.mutations,
            mutation_id,
            ULID,
            lambda: SandboxMutation(name=f"Mutation {mutation_id}"),
        )

    def metrics_of(self, agent_id: str) -> tuple[str, ...]:
        """Return the metrics of a launch that names none."""
        agent = self.agent(agent_id)
        return (agent.metrics if agent else ()) or (RESOLVED, LATENCY)

    def cases(self, test_set_id: str) -> tuple[Case, ...]:
        """Return the test cases of a set, their difficulties spread evenly over the bell curve."""
        if test_set_id not in self._cases:
            test_set = self.test_set(test_set_id)
            count = test_set.cases if test_set else 0
            self._cases[test_set_id] = self._make_cases(test_set_id, count)
        return self._cases[test_set_id]

    def case(self, test_set_id: str, case_id: str) -> Case | None:
        """Find a case of a set. Sets that are strangers accept any well-formed id."""
        for case in self.cases(test_set_id):
            if case.case_id == case_id:
                return case
        if test_set_id in self.known.test_sets or not LONG_ID.fullmatch(case_id):
            return None
        difficulty = chance.bell(self._seed, "difficulty", case_id)
        return Case(case_id, test_set_id, 0, difficulty)

    def find_case(self, case_id: str) -> Case | None:
        """Find a case in the sets that are known or were asked for, else as one of a stranger."""
        met = {*self.known.test_sets, *self._cases}
        cases = (case for test_set_id in met for case in self.cases(test_set_id))
        found = next((case for case in cases if case.case_id == case_id), None)
        if found is None and not self._strict and LONG_ID.fullmatch(case_id):
            return Case(case_id, "", 0, 0.0)
        return found

    def _make_cases(self, test_set_id: str, count: int) -> tuple[Case, ...]:
        ids = [chance.token(22, "case", test_set_id, place + 1) for place in range(count)]
        by_ease = sorted(ids, key=lambda case_id: chance.share(self._seed, "ease", case_id))
        difficulties = {
            case_id: chance.quantile((rank + 0.5) / count) for rank, case_id in enumerate(by_ease)
        }
        return tuple(
            Case(case_id, test_set_id, place, difficulties[case_id])
            for place, case_id in enumerate(ids, 1)
        )

    def _belongs_elsewhere(self, agent_id: str, mutation_id: str) -> bool:
        owners = {
            owner for owner, agent in self.known.agents.items() if mutation_id in agent.mutations
        }
        return bool(owners) and agent_id not in owners

    def _find(
        self,
        known: Mapping[str, _Resident],
        identifier: str,
        form: re.Pattern[str],
        invent: Callable[[], _Resident],
    ) -> _Resident | None:
        if identifier in self.known.deleted:
            return None
        if identifier in known:
            return known[identifier]
        return None if self._strict or not form.fullmatch(identifier) else invent()
