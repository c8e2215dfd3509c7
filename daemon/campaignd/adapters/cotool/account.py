"""How we present ourselves to Cotool."""

BASE_URL = "https://app.cotool.ai/api"


def headers(api_key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}"}
