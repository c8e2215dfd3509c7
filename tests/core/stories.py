"""An execution in the small, for the tests of what is decided about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from campaignd.core.campaign import Campaign
from campaignd.core.execution import Execution
from campaignd.core.states import ExecutionState

EXECUTION = "01ARYZ6S41TSV4RRFFQ69G5FAV"
COTOOL = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
START = datetime(2026, 11, 2, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_campaign(retries: int = 0, **limits: Any) -> Campaign:
    """A campaign of four cells, whose agent is scored as well."""
    return Campaign.model_validate(
        {
            "version": "1",
            "name": "nightly",
            "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc", "cotool": COTOOL}},
            "personas": {"calm": "hL4kL0nQr3ySt6vX9zAcDd"},
            "test_sets": {f"set{n}": {"id": f"set{n}0000", "cases": "12"} for n in range(1, 5)},
            "limits": limits,
            "retry": {"runs": str(retries)},
        }
    )


def an_execution(state: ExecutionState = ExecutionState.RUNNING, **changes: Any) -> Execution:
    execution = Execution(
        id=EXECUTION,
        campaign="nightly",
        trigger="cli",
        revision="0" * 64,
        source=None,
        inputs={},
        labels={},
        state=state,
        epoch=1,
        owner="me",
        created_at=START,
        deadline=START + timedelta(hours=24),
    )
    return replace(execution, **changes)
