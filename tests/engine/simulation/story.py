"""What a seed has in store: a campaign, vendors, a network, and processes that come to an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from tests.engine.campaigns import CHECKOUT, COTOOL, name_personas, write_campaign
from tests.engine.simulation.network import Climate, Outage

SLOW = {
    "queue": "20s",
    "simulation": ["10s", "90s"],
    "simulations_within": None,
    "metric_lag": "15s",
}
PAID = ("POST /v1/runs", "answer to POST /v1/runs")
"""Instants at which more lives end than chance would have it."""
End = Literal["death", "freeze", "interrupt"]
GPT = "01ARZ3NDEKTSV4RRFFQ69G5FAW"
HOOK = {"url": "https://ci.example.com/hook", "secret": "ci-webhook"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A campaign and what the vendors make of it, trouble on the way apart."""

    campaign: Mapping[str, Any]
    scenario: Mapping[str, Any]

    def text(self) -> str:
        limits = {"timeout": "30d"} | dict(self.campaign.get("limits", {}))
        report = {"webhooks": [HOOK | {"events": ["started", "finished"]}]}
        return write_campaign(**(self.campaign | {"limits": limits, "report": report}))


SHAPES: Mapping[str, Shape] = {
    "two cells": Shape({"personas": name_personas(2)}, {}),
    "one at a time, with a mutation": Shape(
        {
            "personas": name_personas(3),
            "agents": {"checkout": {"coval": CHECKOUT, "mutations": ["models"]}},
            "mutations": {"models": {"gpt": GPT}},
            "limits": {"runs_in_flight": 1},
        },
        {},
    ),
    "runs that fail at first": Shape(
        {"personas": name_personas(2), "retry": {"runs": 2}},
        {"failures": {"runs": [{"outcome": "fails", "first": 1}]}},
    ),
    "a cell that always fails": Shape(
        {
            "personas": name_personas(2),
            "gates": [
                {"pass_rate": "resolved", "at_least": "20%"},
                {"errors": "runs", "at_most": 0},
            ],
        },
        {"failures": {"runs": [{"outcome": "fails", "persona": name_personas(1)["caller1"]}]}},
    ),
    "calls that fail, values that come late": Shape(
        {"personas": name_personas(2), "gates": [{"pass_rate": "resolved", "at_least": "80%"}]},
        {
            "failures": {
                "simulations": [{"share": "30%"}],
                "values": [{"share": "50%", "for": "70s"}],
            }
        },
    ),
    "graded on Cotool": Shape(
        {
            "agents": {"checkout": {"coval": CHECKOUT, "cotool": COTOOL}},
            "metrics": {"quality": {"cotool": "score"}},
            "cotool": {"grading_deadline": "12h"},
            "gates": [{"mean": "quality", "at_least": 10}],
        },
        {},
    ),
}


@dataclass(frozen=True, slots=True)
class Life:
    """A process. At its n-th instant of a kind it ends; `away` seconds later the next one comes.

    What is frozen thaws `asleep` seconds after that. `restores` puts an older copy of the database
    in place before the next one comes.
    """

    instants: int
    near: str
    end: End
    away: float
    asleep: float
    restores: bool


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happens. `stopped_at` is the second at which somebody cancels, if so."""

    shape: Shape
    lists: Mapping[str, Any]
    skew: str
    climate: Climate
    lives: tuple[Life, ...]
    stopped_at: float | None

    @property
    def is_given_up(self) -> bool:
        """Whether somebody may have stopped it before its verdict."""
        return self.stopped_at is not None or any(life.end == "interrupt" for life in self.lives)

    def scenario(self) -> dict[str, Any]:
        timing = SLOW | {"clock_skew": self.skew}
        return dict(self.shape.scenario) | {"timing": timing, "lists": self.lists}


def tell_story(seed: int) -> Story:
    """Make up what happens under a seed."""
    dice = Random(f"story {seed}")  # noqa: S311  # a schedule, no secret
    shape = dice.choice(list(SHAPES.values()))
    freezes, stops = dice.random() < 0.5, dice.random() < 0.15
    fragile = [*PAID, "DELETE"] if stops else PAID
    count = dice.choice([0, 1, 2, 3, 5, 8])
    return Story(
        shape=shape,
        lists={
            "lag": dice.choice(["0s", "10s", "35s"]),
            "tag_filter": dice.choice(["works", "works", "works", "finds_nothing", "refused"]),
            "items": dice.choice(["full", "full", "summary"]),
        },
        skew=dice.choice(["0s", "0s", "-7m", "6m"]),
        # What a repeated launch says to the agent is graded on Cotool like all the rest.
        climate=_climate(dice, repeats=shape is not SHAPES["graded on Cotool"]),
        lives=tuple(_life(dice, fragile, freezes=freezes) for _ in range(count)),
        stopped_at=dice.uniform(0, 400) if stops else None,
    )


def _climate(dice: Random, *, repeats: bool) -> Climate:
    outages = []
    for _ in range(dice.choice([0, 0, 1, 2])):
        begin, length = dice.uniform(0, 600), dice.choice([20.0, 200.0, 900.0])
        mishap = dice.choice(["refused", "unavailable", "silence", "too many"])
        outages.append(Outage(begin, begin + length, mishap))
    return Climate(dice.choice([0.0, 0.03, 0.12, 0.3]), tuple(outages), repeats)


def _life(dice: Random, fragile: Sequence[str], *, freezes: bool) -> Life:
    end: End = "freeze" if freezes and dice.random() < 0.5 else "death"
    if dice.random() < 0.03:
        end = "interrupt"
    near = dice.choice(["", *fragile])
    away = dice.choice([0.0, 0.0, 5.0, 45.0, 100.0, 4000.0])
    return Life(
        instants=dice.randint(1, 3) if near else 1 + int(dice.expovariate(1 / 40)),
        near=near,
        end=end,
        away=away,
        asleep=dice.choice([0.5, 5.0, 50.0, 200.0]),
        restores=not freezes and end == "death" and away > 60 and dice.random() < 0.4,
    )
