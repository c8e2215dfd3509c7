"""Campaigns to drive."""

import json
from typing import Any

CHECKOUT = "gk3jK9mPq2xRt5vW8yZaBc"
RESOLVED = "jN6mN2pSt5aUv8xZ1bCeFf"
COTOOL = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


def write_campaign(**changes: Any) -> str:
    """Write a campaign of one cell with two simulations; a change of None leaves a key out."""
    plain: dict[str, Any] = {
        "version": 1,
        "name": "checkout-nightly",
        "agents": {"checkout": {"coval": CHECKOUT}},
        "personas": {"impatient": "hL4kL0nQr3ySt6vX9zAcDd"},
        "test_sets": {"smoke": {"id": "aB1cD2eF", "sample": {"size": 2, "seed": 1}}},
        "metrics": {"resolved": {"id": RESOLVED, "pass_when": {"equals": "YES"}}},
        "gates": [{"pass_rate": "resolved", "at_least": "50%"}],
    }
    kept = {key: value for key, value in (plain | changes).items() if value is not None}
    return json.dumps(kept)


def name_personas(count: int) -> dict[str, str]:
    """Make up personas, so that a campaign has as many cells."""
    return {f"caller{n}": f"pE{n:020}" for n in range(1, count + 1)}
