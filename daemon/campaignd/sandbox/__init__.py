"""A local Coval and Cotool, true to what both document, repeatable, and able to misbehave.

`World` holds the state and is told the time; `campaignd.sandbox.app` puts HTTP around it and
`campaignd.sandbox.server` a port.
"""

from campaignd.sandbox.failures import (
    CotoolFailure,
    Failures,
    MissingValues,
    RunFailure,
    SimulationFailure,
)
from campaignd.sandbox.faults import FaultAction, FaultMatch, FaultRule, RateLimit
from campaignd.sandbox.load import ScenarioInvalid, load_scenario
from campaignd.sandbox.population import (
    Population,
    SandboxAgent,
    SandboxCotoolAgent,
    SandboxMetric,
    SandboxMutation,
    SandboxPersona,
    SandboxTestSet,
    TargetCondition,
)
from campaignd.sandbox.scenario import ApiKeys, Effect, Lists, Scenario, Timing
from campaignd.sandbox.world import World

__all__ = [
    "ApiKeys",
    "CotoolFailure",
    "Effect",
    "Failures",
    "FaultAction",
    "FaultMatch",
    "FaultRule",
    "Lists",
    "MissingValues",
    "Population",
    "RateLimit",
    "RunFailure",
    "SandboxAgent",
    "SandboxCotoolAgent",
    "SandboxMetric",
    "SandboxMutation",
    "SandboxPersona",
    "SandboxTestSet",
    "Scenario",
    "ScenarioInvalid",
    "SimulationFailure",
    "TargetCondition",
    "Timing",
    "World",
    "load_scenario",
]
