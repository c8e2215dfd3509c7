"""The exit statuses of `run`."""

from collections.abc import Callable
from typing import Any

import pytest

WORSE = [{"metric": "jN6mN2pSt5aUv8xZ1bCeFf", "factor": 0.1}]


def test_a_campaign_whose_gates_hold_exits_with_0(campaignd: Any, brisk: Any) -> None:
    done = campaignd("run", "smoke.yaml", "--json")
    assert done.status == 0
    assert done.json["verdict"] == "passed"
    assert done.json["exit_status"] == 0
    assert brisk.launches == 2


def test_a_gate_that_fails_exits_with_1_and_says_why(
    campaignd: Any, home: Any, vendors: Callable[..., Any]
) -> None:
    home.environment |= vendors({**BRISK, "effects": WORSE}).environment
    done = campaignd("run", "smoke.yaml")
    assert done.status == 1
    assert "✗ failed  smoke" in done.out
    assert "Calls get resolved" in done.out
    assert "at least 50% was asked" in done.out
