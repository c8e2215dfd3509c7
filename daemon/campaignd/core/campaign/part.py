"""What every part of a campaign has in common, and the ids it refers to."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import CoreSchema

from campaignd.core.scalars import Matching, shown


def either_word(*words: str) -> BeforeValidator:
    """For a place that takes one of these words, or a list: say so where another word stands."""

    def parse(value: object) -> object:
        if value in words:
            return value
        listed = " or ".join(filter(None, [", ".join([*words][:-1]), words[-1]]))
        raise ValueError(f"expected {listed}, or a list; found {shown(value)}: write [{value}]")

    return BeforeValidator(parse)


def form_of(value: object) -> str:
    """Tell a word from a longer form; `@` marks it as no key of the file in an error's place."""
    return "@word" if isinstance(value, str) else "@form"


class Part(BaseModel):
    """A frozen piece of the file; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ById(Part):
    """A part whose short form is its id alone."""

    @model_validator(mode="before")
    @classmethod
    def _accept_id_alone(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        long_form = handler(core_schema)
        short_form = handler.resolve_ref_schema(long_form)["properties"]["id"]
        return {"anyOf": [short_form, long_form]}


AgentId = Annotated[
    str,
    Matching(
        "[A-Za-z0-9]{22}",
        "a Coval agent id: 22 letters and digits",
        "gk3jK9mPq2xRt5vW8yZaBc",
    ),
]
PersonaId = Annotated[
    str,
    Matching(
        "[A-Za-z0-9]{22}",
        "a Coval persona id: 22 letters and digits",
        "hL4kL0nQr3ySt6vX9zAcDd",
    ),
]
TestSetId = Annotated[
    str,
    Matching("[A-Za-z0-9_-]{8}", "a Coval test set id: 8 characters", "aB1cD2eF"),
]
TestCaseId = Annotated[
    str,
    Matching(
        "[A-Za-z0-9]{22}",
        "a Coval test case id: 22 letters and digits",
        "Tc6Jk1Lz8Xc3Vb9Nm4Qw2E",
    ),
]
MutationId = Annotated[
    str,
    Matching(
        "[A-Za-z0-9]{26}",
        "a Coval mutation id: 26 letters and digits",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    ),
]
CotoolAgentId = Annotated[
    str,
    Matching(
        "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
        "a Cotool agent id: a UUID of 36 characters",
        "3c90c3cc-0d44-4b50-8888-8dd25736052a",
    ),
    AfterValidator(str.lower),
]
SecretName = Annotated[
    str,
    Matching(
        "[a-z0-9-]+",
        "the name of a secret: lower-case letters, digits and '-'",
        "ci-webhook",
        may_show=False,
    ),
]
