"""What every part of a campaign has in common, and the ids it refers to."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from campaignd.core.scalars import Matching


class Part(BaseModel):
    """A frozen piece of the file; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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
    ),
]
