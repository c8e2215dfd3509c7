import pytest
from pydantic import SecretStr

from campaignd.settings import CotoolSettings, CovalSettings, Settings, SettingsInvalid
from campaignd.wiring.vendors import Needs, RunLinks, open_vendors


def settings(
    coval: str | None, cotool: str | None, base_url: str = "http://127.0.0.1:9"
) -> Settings:
    return Settings(
        coval=CovalSettings(api_key=None if coval is None else SecretStr(coval), base_url=base_url),
        cotool=CotoolSettings(api_key=None if cotool is None else SecretStr(cotool)),
    )


@pytest.mark.parametrize(
    ("coval", "cotool", "missing"),
    [
        pytest.param(None, "key", "COVAL", id="none for Coval"),
        pytest.param("key", None, "COTOOL", id="none for Cotool"),
        pytest.param(" \n", "key", "COVAL", id="an empty one"),
    ],
)
async def test_a_key_that_is_needed_and_missing_is_named(
    coval: str | None, cotool: str | None, missing: str
) -> None:
    with pytest.raises(SettingsInvalid, match=f"set CAMPAIGND_{missing}__API_KEY"):
        async with open_vendors(settings(coval, cotool), Needs()):
            pytest.fail("opened")


async def test_a_key_that_is_not_needed_may_be_missing() -> None:
    async with open_vendors(settings("key\n", None), Needs(cotool=False)) as clients:
        assert clients.engine.requests() == {}


@pytest.mark.parametrize("base_url", ["api.coval.dev/v1", "ftp://x/v1", "https://a b/", "https://"])
async def test_a_base_url_that_cannot_work_names_its_variable(base_url: str) -> None:
    with pytest.raises(SettingsInvalid, match="CAMPAIGND_COVAL__BASE_URL"):
        async with open_vendors(settings("key", "key", base_url), Needs()):
            pytest.fail("opened")


async def test_a_key_that_cannot_be_sent_is_not_shown() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        async with open_vendors(settings("half\na key", "key"), Needs()):
            pytest.fail("opened")
    assert "half" not in str(refused.value)


def test_runs_have_links_only_on_covals_own_servers() -> None:
    assert RunLinks("https://api.coval.dev/v1").of("r") == "https://app.coval.dev/runs/r"
    assert RunLinks("http://127.0.0.1:8322/v1").of("r") is None
    assert RunLinks("https://api.coval.dev/v1").of("") is None
