"""What a starter file is written from, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from campaignd.core.cotool import CotoolAgent
from campaignd.core.coval import MetricResource, Resource, TargetCondition

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for, each by id or name; what is empty is chosen for them."""

    agent: str | None = None
    personas: tuple[str, ...] = ()
    test_sets: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Things of one kind: those that the file uses, and those that it shows as comments."""

    used: tuple[T, ...] = ()
    others: tuple[T, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What the vendors list. Every id fits the campaign format.

    `agents.used` has the one agent, `cotool.used` at most the one that belongs to it. `thresholds`
    are the organization's thresholds of used metrics without a target of their own, by metric id.
    `notes` say what could not be asked.
    """

    agents: Choice[Resource]
    personas: Choice[Resource]
    test_sets: Choice[Resource]
    metrics: Choice[MetricResource] = Choice()
    thresholds: Mapping[str, TargetCondition] = field(default_factory=dict)
    mutations: Choice[Resource] = Choice()
    cotool: Choice[CotoolAgent] = Choice()
    notes: tuple[str, ...] = ()

    @property
    def agent(self) -> Resource:
        return self.agents.used[0]
