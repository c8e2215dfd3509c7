"""The JSON Schema of campaign files, for editors."""

from typing import Any

from campaignd.core.campaign.campaign import Campaign


def campaign_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file as it is written: short forms, `${inputs.…}`."""
    schema = _without_null(Campaign.model_json_schema(mode="validation"))
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "campaignd campaign, version 1",
    }
    return head | {key: value for key, value in schema.items() if key != "title"}


def _without_null(schema: Any) -> Any:
    """What a model may leave out is left out in a file too, never written as null."""
    if isinstance(schema, list):
        return [_without_null(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {k: _without_null(v) for k, v in schema.items() if (k, v) != ("default", None)}
    if "patternProperties" in kept:
        kept.setdefault("additionalProperties", False)
    branches = [branch for branch in kept.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        return {key: value for key, value in kept.items() if key != "anyOf"} | branches[0]
    return kept | ({"anyOf": branches} if branches else {})
