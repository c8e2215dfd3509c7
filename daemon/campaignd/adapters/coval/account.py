"""How we present ourselves to Coval."""

BASE_URL = "https://api.coval.dev/v1"


def headers(api_key: str, workspace_id: str | None = None) -> dict[str, str]:
    # Coval's gateway is said to refuse the upper-case spelling of the first name.
    key = {"x-api-key": api_key}
    return key if workspace_id is None else {**key, "X-Coval-Workspace-Id": workspace_id}
