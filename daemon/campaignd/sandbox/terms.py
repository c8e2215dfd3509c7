"""Terms that all sections of a scenario share: ids, ranges, and which trials a rule is about."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from campaignd.core.scalars import Duration, parse_duration
from campaignd.sandbox.trials import Cell, Trial

LONG_ID = re.compile(r"[A-Za-z0-9]{22}")
SET_ID = re.compile(r"[A-Za-z0-9]{8}")
ULID = re.compile(r"[A-Za-z0-9]{26}")
UUID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_VARIANT = re.compile(r"base|[A-Za-z0-9]{26}")
_CASE = re.compile(r"\d{1,5}|[A-Za-z0-9]{22}")


def _spelled(pattern: re.Pattern[str], form: str) -> BeforeValidator:
    def check(text: object) -> str:
        if not pattern.fullmatch(str(text)):
            raise ValueError(f"{text!r} is not {form}")
        return str(text)

    return BeforeValidator(check)


LongId = Annotated[str, _spelled(LONG_ID, "an id of 22 letters and digits")]
SetId = Annotated[str, _spelled(SET_ID, "a test set id of 8 letters and digits")]
MutationId = Annotated[str, _spelled(ULID, "a mutation id of 26 letters and digits")]
CotoolId = Annotated[str, _spelled(UUID_TEXT, "a UUID in lower case")]
Variant = Annotated[str, _spelled(_VARIANT, "a mutation id of 26 letters and digits, or base")]
CaseRef = Annotated[str, _spelled(_CASE, "a test case id, or its place in the test set from 1")]


class Section(BaseModel):
    """A part of a scenario: frozen, and unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class CellMatch(Section):
    """Which cells a rule is about; what is left out fits all."""

    agent: LongId | None = None
    persona: LongId | None = None
    test_set: SetId | None = None

    def fits_cell(self, cell: Cell) -> bool:
        return (
            self.agent in {None, cell.agent_id}
            and self.persona in {None, cell.persona_id}
            and self.test_set in {None, cell.test_set_id}
        )


class TrialMatch(CellMatch):
    """Which trials a rule is about. Test cases by id or by their place in the test set, from 1."""

    mutation: Variant | None = None
    test_cases: tuple[CaseRef, ...] = ()

    def fits(self, trial: Trial) -> bool:
        return (
            self.fits_cell(trial.cell)
            and self.mutation in {None, trial.mutation_id or "base"}
            and self._names(trial)
        )

    def _names(self, trial: Trial) -> bool:
        case = trial.case
        return not self.test_cases or bool(
            {case.case_id, str(case.position)}.intersection(self.test_cases)
        )


def _in_order(ends: tuple[timedelta, timedelta]) -> tuple[timedelta, timedelta]:
    if ends[0] > ends[1]:
        raise ValueError("the shorter duration comes first, as in [1s, 3s]")
    return ends


def _parse_skew(text: object) -> timedelta:
    if isinstance(text, str) and text.strip().startswith("-"):
        return -parse_duration(text.strip()[1:])
    return parse_duration(text)


DurationRange = Annotated[tuple[Duration, Duration], AfterValidator(_in_order)]
"""From the shortest to the longest, as `[1s, 3s]`."""

Skew = Annotated[timedelta, BeforeValidator(_parse_skew)]
"""A duration that may be negative, as `-5m`."""
