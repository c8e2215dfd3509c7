"""The JSON Schema of campaign files, for editors."""

from typing import Any

from campaignd.core.campaign.campaign import Campaign


def campaign_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file as it is written: short forms, `${inputs.…}`."""
    schema = Campaign.model_json_schema(mode="validation")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "campaignd campaign, version 1",
    }
    return head | {key: value for key, value in schema.items() if key != "title"}
