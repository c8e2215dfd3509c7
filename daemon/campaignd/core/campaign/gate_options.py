"""What holds for all gates of a campaign: defaults, and test cases that are waived."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from campaignd.core.campaign.part import Part, TestCaseId
from campaignd.core.gates.options import Across, Confidence, Decide, WhenUnsure
from campaignd.core.scalars import Line, shown


def parse_day(value: object) -> date:
    """Read a day as `2026-12-31`. Raises ValueError otherwise."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{shown(value)} is not a day: write one like 2026-12-31") from None


Day = Annotated[
    date,
    BeforeValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-12-31"]}),
]


class Defaults(Part):
    """Options for all gates that take them and do not set them themselves."""

    confidence: Confidence | None = Field(
        None, description="How sure bounds and proofs are; 95% without it."
    )
    decide: Decide | None = Field(
        None,
        description="Gates against a threshold: observed (default) or proven. Comparisons are "
        "always proven.",
    )
    across: Across | None = Field(
        None, description="What claims are about: test_cases (default) or this_set."
    )
    when_unsure: WhenUnsure | None = Field(
        None, description="What inconclusive gates do: block (default) or warn."
    )

    @property
    def given(self) -> dict[str, object]:
        """Those that were set, by their keys."""
        return {key: value for key in type(self).model_fields if (value := getattr(self, key))}


class Waive(Part):
    """A test case that is known to be in trouble, left out of all gates for a while."""

    test_case: TestCaseId = Field(description="The Coval test case.")
    until: Day = Field(description="The last day on which it is left out.")
    because: Line = Field(description="Why, for people: a ticket, for instance.")
