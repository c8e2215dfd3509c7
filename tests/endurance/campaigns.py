"""Ten campaigns, each with a trouble of its own, and the vendors that make it."""

from collections.abc import Mapping
from typing import Any

from tests.engine.campaigns import CHECKOUT, COTOOL, name_personas, write_campaign

GPT = "01ARZ3NDEKTSV4RRFFQ69G5FAW"
TROUBLED = "pE" + "T" * 20
"""A persona whose runs do not go well."""

SCENARIO: Mapping[str, Any] = {
    "failures": {
        "runs": [
            {"persona": TROUBLED, "outcome": "fails", "share": "50%"},
            {"persona": TROUBLED, "outcome": "vanishes", "after": "3s", "share": "20%"},
            {"persona": TROUBLED, "outcome": "never_finishes", "share": "20%"},
        ],
        "simulations": [{"share": "3%"}],
        "values": [{"share": "3%", "for": "20s"}],
    },
    "faults": [
        {"match": {"method": "POST", "path": "/v1/runs", "every": 13}, "do": {"reset": "after"}},
        {"match": {"method": "POST", "path": "/v1/runs", "every": 17}, "do": {"reset": "before"}},
        {
            "match": {"method": "POST", "path": "/v1/runs", "every": 19},
            "do": {"status": 502, "acted": True, "body": "html"},
        },
        {
            "match": {"method": "POST", "path": "/v1/runs", "every": 23},
            "do": {"status": 429, "retry_after": "2s"},
        },
        {"match": {"method": "POST", "path": "/v1/runs", "every": 29}, "do": {"status": 422}},
        {"match": {"method": "GET", "every": 97}, "do": {"reset": "after"}},
        {"match": {"method": "GET", "every": 101}, "do": {"status": 503}},
        {"match": {"method": "GET", "every": 103}, "do": {"garbage": "json"}},
        {"match": {"method": "GET", "every": 499}, "do": {"delay": "40s"}},
    ],
}


def write_campaigns(moments: int, receivers: str) -> Mapping[str, str]:
    """Write the texts of campaigns by name; each has so many moments a night, from 3:00 on."""
    minutes = ",".join(str(2 * n + 1) for n in range(moments))
    troubles: Mapping[str, Mapping[str, Any]] = {
        "plain": {},
        "two-cells": {"personas": name_personas(2)},
        "mutated": {
            "agents": {"checkout": {"coval": CHECKOUT, "mutations": ["models"]}},
            "mutations": {"models": {"gpt": GPT}},
        },
        "graded": {
            "agents": {"checkout": {"coval": CHECKOUT, "cotool": COTOOL}},
            "metrics": {"quality": {"cotool": "score"}},
            "gates": [{"mean": "quality", "at_least": 10}],
        },
        "failing": {"gates": [{"pass_rate": "resolved", "at_least": "100%"}]},
        "troubled": {
            "personas": {"troubled": TROUBLED},
            "retry": {"runs": 1},
            "limits": {"stall_timeout": "1m", "timeout": "5m"},
        },
        "shaky-receiver": _told_at(f"{receivers}/shaky"),
        "dead-receiver": _told_at("http://127.0.0.1:9/dead"),
        "waiting": {"overlap": "queue", "personas": name_personas(3)},
        "jittered": {},
    }
    line = {"cron": f"{minutes} 3 * * *"}
    return {
        name: write_campaign(
            name=name,
            schedule=[line | ({"jitter": "1m"} if name == "jittered" else {})],
            **(_told_at(f"{receivers}/steady") | dict(changes)),
        )
        for name, changes in troubles.items()
    }


def _told_at(url: str) -> dict[str, Any]:
    webhook = {"url": url, "secret": "ci-webhook", "events": ["started", "finished"]}
    return {"report": {"webhooks": [webhook]}}
