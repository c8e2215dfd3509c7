"""Known trouble with single test cases, left out for a while."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from campaignd.core.evidence import Evidence


class Waiver(Protocol):
    """One entry of `waive`: it holds up to the end of `until`."""

    @property
    def test_case(self) -> str: ...
    @property
    def until(self) -> date: ...
    @property
    def because(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Waivers:
    """Those that hold on the day of the execution, and those that ran out, by test case."""

    holding: Mapping[str, Waiver] = field(default_factory=dict)
    expired: Mapping[str, Waiver] = field(default_factory=dict)

    def notes(self, seen: Collection[str] | None = None) -> tuple[str, ...]:
        """For the report of the execution: what is left out, and what counts again.

        `seen` are the test cases that there are; a waiver of any other one leaves nothing out.
        """
        left_out = (
            f"test case {waiver.test_case} is waived until {waiver.until}: {waiver.because}"
            + ("" if seen is None or case in seen else "; there is no such test case here")
            for case, waiver in self.holding.items()
        )
        return (*(expiry_of(waiver) for waiver in self.expired.values()), *left_out)


def cases_of(evidence: Evidence) -> frozenset[str]:
    """The test cases that were seen."""
    return frozenset(each.test_case for each in evidence.simulations if each.test_case)


NO_WAIVERS = Waivers()


def waivers_on(waivers: Iterable[Waiver], today: date) -> Waivers:
    """Sort waivers by whether they hold on a day. A test case is waived by the last to run out."""
    by_end = {waiver.test_case: waiver for waiver in sorted(waivers, key=lambda each: each.until)}
    return Waivers(
        holding={case: waiver for case, waiver in by_end.items() if waiver.until >= today},
        expired={case: waiver for case, waiver in by_end.items() if waiver.until < today},
    )


def expiry_of(waiver: Waiver) -> str:
    return (
        f"the waiver of test case {waiver.test_case} ({waiver.because}) ran out on "
        f"{waiver.until}: it counts again"
    )
