from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.settings.conftest import KEY, complaint

from campaignd.settings import PREFIX, SettingsInvalid, default_database_url, load_settings


def test_only_the_environment_that_is_handed_in_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPAIGND_LOG__LEVEL", "debug")
    assert load_settings({}).log.level == "info"


@pytest.mark.parametrize(
    ("given", "winner"),
    [
        pytest.param("credentials", "credentials", id="a credential alone"),
        pytest.param("credentials toml", "toml", id="the file wins over credentials"),
        pytest.param("credentials toml common", "common", id="the environment wins over the file"),
        pytest.param("toml common variable", "variable", id="our own name wins over the common"),
        pytest.param("variable override", "override", id="a command's option wins over all"),
    ],
)
def test_the_nearest_place_wins(
    given: str, winner: str, credentials: Path, write_toml: Callable[[str], Path]
) -> None:
    environment, config, overrides = {"CREDENTIALS_DIRECTORY": str(credentials)}, None, {}
    if "credentials" in given:
        (credentials / "campaignd_coval_api_key").write_text("credentials\n")
    if "toml" in given:
        config = write_toml('[coval]\napi_key = "toml"\n')
    if "common" in given:
        environment["COVAL_API_KEY"] = "common"
    if "variable" in given:
        environment["CAMPAIGND_COVAL__API_KEY"] = "variable"
    if "override" in given:
        overrides = {"coval": {"api_key": "override"}}
    settings = load_settings(environment, config, **overrides)
    assert settings.coval.api_key == SecretStr(winner)


@pytest.mark.parametrize("vendor", ["coval", "cotool"])
def test_the_vendors_own_names_of_their_keys_will_do(vendor: str) -> None:
    settings = load_settings({f"{vendor.upper()}_API_KEY": KEY})
    assert getattr(settings, vendor).api_key == SecretStr(KEY)


def test_places_complete_each_other(write_toml: Callable[[str], Path]) -> None:
    config = write_toml('[coval]\ntimeout = "20s"\nmax_connections = 3\n[log]\nformat = "json"\n')
    environment = {
        "CAMPAIGND_CONFIG": str(config),
        "CAMPAIGND_COVAL__MAX_CONNECTIONS": "5",
        "COVAL_API_KEY": KEY,
    }
    settings = load_settings(environment)
    assert settings.coval.timeout == timedelta(seconds=20)
    assert settings.coval.max_connections == 5
    assert settings.coval.api_key == SecretStr(KEY)
    assert settings.log.format == "json"


def test_the_file_that_a_command_names_wins_over_the_variable(
    write_toml: Callable[[str], Path],
) -> None:
    config = write_toml('[log]\nlevel = "error"\n')
    settings = load_settings({"CAMPAIGND_CONFIG": "/nowhere"}, config)
    assert settings.log.level == "error"


@pytest.mark.parametrize("name", ["COVAL__API_KEY", "COVAL__WORKSPACE_ID", "LOG__LEVEL"])
def test_an_empty_variable_is_no_variable(name: str) -> None:
    settings = load_settings({f"{PREFIX}{name}": "", "COVAL_API_KEY": KEY})
    assert settings.coval.api_key == SecretStr(KEY)
    assert (settings.coval.workspace_id, settings.log.level) == (None, "info")


def test_an_empty_common_name_is_no_key() -> None:
    assert load_settings({"COVAL_API_KEY": ""}).coval.api_key is None


def test_all_mistakes_come_together() -> None:
    lines = complaint(LOG__LEVEL="loud", COVAL__TIMEOUT="soon", DATABASE__MIGRATE="maybe")
    assert [line.partition(":")[0] for line in lines.splitlines()] == [
        "CAMPAIGND_COVAL__TIMEOUT",
        "CAMPAIGND_DATABASE__MIGRATE",
        "CAMPAIGND_LOG__LEVEL",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("coval = ", "is not TOML", id="no TOML"),
        pytest.param(
            '[coval]\napi_kye = "x"\n',
            "CAMPAIGND_COVAL__API_KYE is no setting: did you mean 'CAMPAIGND_COVAL__API_KEY'?",
            id="a mistyped key",
        ),
        pytest.param("[covall]\n", "CAMPAIGND_COVALL is no setting", id="a mistyped section"),
        pytest.param('coval = "x"\n', "CAMPAIGND_COVAL: ", id="a section that is none"),
    ],
)
def test_a_mistake_in_the_file_is_named(
    text: str, words: str, write_toml: Callable[[str], Path]
) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({}, write_toml(text))
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"none\.toml cannot be read: No such file"):
        load_settings({}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        pytest.param(
            {"STATE_DIRECTORY": "/var/lib/campaignd"},
            "sqlite:////var/lib/campaignd/campaignd.db",
            id="systemd's state folder",
        ),
        pytest.param(
            {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"},
            "sqlite:////var/lib/a/campaignd.db",
            id="the first of several",
        ),
    ],
)
def test_the_database_stands_in_the_state_folder(environment: dict[str, str], url: str) -> None:
    assert default_database_url(environment) == url


def test_without_systemd_the_database_stands_in_the_users_state_folder() -> None:
    url = default_database_url({})
    assert url.startswith("sqlite:////")
    assert url.endswith("/campaignd/campaignd.db")
