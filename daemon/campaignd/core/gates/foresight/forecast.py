"""What a gate can tell at a size, as numbers and in the words of a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Literal


@dataclass(frozen=True, slots=True)
class Needs:
    """What would be enough, each by itself; None where it is not known or would not help."""

    cases: int | None = None
    iterations: int | None = None

    def __bool__(self) -> bool:
        return self.cases is not None or self.iterations is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One result of a gate, before anything is launched. Chances are between 0 and 1.

    `cases` and `values` (tries and personas of cases counted singly) are None where nobody knows
    the size. `detects` is what it fails at 4 times in 5, in the unit of the gate, and `notices`
    the same in words. `false_alarm` and `undecided` are the chances to fail and to stay
    inconclusive while nothing is wrong; `truth` is what that was reckoned with, `truly` in words.
    `lacking` says why it cannot pass or fail, `note` what else to know, `assumed` what was taken
    for want of a past.
    """

    scope: Mapping[str, str] = field(default_factory=dict)
    cases: int | None = None
    values: int | None = None
    detects: float | None = None
    notices: str = ""
    truth: float | None = None
    truly: str = ""
    false_alarm: float | None = None
    undecided: float | None = None
    can_pass: bool = True
    can_fail: bool = True
    lacking: str = ""
    needs: Needs = Needs()
    note: str = ""
    assumed: str = ""

    @property
    def is_known(self) -> bool:
        """Whether anything but the size is known."""
        return bool(self.notices) or self.false_alarm is not None


Together = Literal["groups_all", "groups_any", "all", "any"]
"""What makes a gate pass: all of its groups, one of them, all inner gates, one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateForecast:
    """A gate with its groups, or with its inner gates. `number` counts gates from 0."""

    name: str
    kind: str
    number: int = 0
    blocks: bool = True
    together: Together = "groups_all"
    groups: tuple[Forecast, ...] = ()
    gates: "tuple[GateForecast, ...]" = ()

    @property
    def can_pass(self) -> bool:
        able = [part.can_pass for part in self._parts]
        return any(able) if self._is_any else all(able)

    @property
    def can_fail(self) -> bool:
        able = [part.can_fail for part in self._parts]
        return all(able) if self._is_any else any(able)

    @property
    def is_hopeless(self) -> bool:
        """Whether it can neither pass nor fail: whatever is measured, it decides nothing."""
        return bool(self._parts) and not (self.can_pass or self.can_fail)

    @property
    def is_refused(self) -> bool:
        """Whether nothing is launched because of it."""
        return self.blocks and self.is_hopeless

    @property
    def false_alarm(self) -> float | None:
        """The chance that one of the parts, or enough of them, fails while nothing is wrong."""
        return self._together([part.false_alarm for part in self._parts])

    @property
    def undecided(self) -> float | None:
        """The chance that the gate stays inconclusive while nothing is wrong."""
        return self._together([part.undecided for part in self._parts])

    @property
    def worst(self) -> Forecast | None:
        """The group that can tell least: one that cannot decide, else the smallest."""
        return min(self.groups, key=_ability, default=None)

    @property
    def _parts(self) -> "tuple[Forecast | GateForecast, ...]":
        return (*self.groups, *self.gates)

    @property
    def _is_any(self) -> bool:
        return self.together in {"any", "groups_any"}

    def _together(self, chances: list[float | None]) -> float | None:
        known = [chance for chance in chances if chance is not None]
        if not known or (self._is_any and len(known) < len(chances)):
            return None
        return float(prod(known) if self._is_any else 1 - prod(1 - chance for chance in known))


def _ability(forecast: Forecast) -> tuple[bool, bool, float, float, float]:
    return (
        forecast.can_pass or forecast.can_fail,
        forecast.can_pass,
        -(forecast.undecided or 0),
        -(forecast.false_alarm or 0),
        forecast.cases or 0,
    )
