"""Whom a campaign tells what came of it."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from campaignd.core.campaign.part import Part, SecretName, either_word, form_of
from campaignd.core.scalars import Matching
from campaignd.core.verdicts import Verdict

Url = Annotated[
    str,
    Matching(
        r"https?://[^\s/?#@]+(?:[/?#]\S*)?",
        "a web address: write https://host/path, without user or password",
        "https://ci.example.com/hooks/campaignd",
        may_show=False,
    ),
]


Verdicts = Annotated[
    Annotated[Literal["all"], either_word("all"), Tag("@word")]
    | Annotated[tuple[Verdict, ...], Tag("@form")],
    Discriminator(form_of),
]


class Webhook(Part):
    """An address that is told; `url` or, where the address itself is secret, `url_secret`."""

    url: Url | None = Field(None, description="Where to send.")
    url_secret: SecretName | None = Field(
        None, description="Name of the secret that holds the address, as Slack's are."
    )
    secret: SecretName | None = Field(
        None, description="Name of the secret that signs the messages (Standard Webhooks)."
    )
    format: Literal["standard", "slack"] = Field(
        "standard", description="standard: signed JSON with the report; slack: a Slack message."
    )
    verdicts: Verdicts = Field("all", description="Verdicts that are worth a message.")
    events: tuple[Literal["started", "finished", "changed"], ...] = Field(
        ("finished",),
        min_length=1,
        description="started, finished, changed (the verdict differs from the last one).",
    )


class Report(Part):
    """Who is told."""

    webhooks: tuple[Webhook, ...] = Field((), description="Addresses to tell.")
