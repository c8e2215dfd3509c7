from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from campaignd.settings import (
    PREFIX,
    Secrets,
    Settings,
    SettingsInvalid,
    default_database_url,
    load_settings,
    unknown_variables,
    variable_of,
)

KEY = "sk-live-0123456789"
HOOK = "hook-0123456789_abc~.X"
TOKEN = f"cd_{'a' * 16}_{'b' * 52}"
DEFAULTS: dict[str, Any] = {
    "COVAL__API_KEY": None,
    "COTOOL__API_KEY": None,
    "COVAL__BASE_URL": "https://api.coval.dev/v1",
    "COTOOL__BASE_URL": "https://app.cotool.ai/api",
    "COVAL__WORKSPACE_ID": None,
    "COVAL__REQUESTS_PER_SECOND": 10,
    "COTOOL__REQUESTS_PER_SECOND": 10,
    "COVAL__MAX_CONNECTIONS": 10,
    "COTOOL__MAX_CONNECTIONS": 10,
    "COVAL__TIMEOUT": timedelta(seconds=30),
    "COTOOL__TIMEOUT": timedelta(seconds=30),
    "COVAL__RUNS_IN_FLIGHT": 50,
    "BUDGET__SIMULATIONS_PER_DAY": None,
    "POLL__MIN_INTERVAL": timedelta(seconds=2),
    "POLL__MAX_INTERVAL": timedelta(seconds=30),
    "LAUNCH__RECONCILE_GRACE": timedelta(seconds=60),
    "COLLECT__VALUES_WAIT": timedelta(minutes=2),
    "DATABASE_URL": None,
    "DATABASE__MIGRATE": "auto",
    "CAMPAIGNS_DIR": Path("campaigns"),
    "API__HOST": "127.0.0.1",
    "API__PORT": 8321,
    "API__PUBLIC_URL": None,
    "API__TRUSTED_PROXIES": (),
    "HOOKS__COVAL_SECRET": None,
    "WEBHOOKS__ALLOW_PRIVATE": False,
    "WEBHOOKS__MAX_AGE": timedelta(days=3),
    "LOG__FORMAT": "console",
    "LOG__LEVEL": "info",
    "URL": None,
    "TOKEN": None,
}
EXAMPLES: dict[str, tuple[str, Any]] = {
    "COVAL__API_KEY": (KEY, SecretStr(KEY)),
    "COTOOL__API_KEY": (KEY, SecretStr(KEY)),
    "COVAL__BASE_URL": ("http://127.0.0.1:8322/v1", "http://127.0.0.1:8322/v1"),
    "COTOOL__BASE_URL": ("http://127.0.0.1:8322/api", "http://127.0.0.1:8322/api"),
    "COVAL__WORKSPACE_ID": ("ws1", "ws1"),
    "COVAL__REQUESTS_PER_SECOND": ("2.5", 2.5),
    "COTOOL__REQUESTS_PER_SECOND": ("1", 1.0),
    "COVAL__MAX_CONNECTIONS": ("3", 3),
    "COTOOL__MAX_CONNECTIONS": ("4", 4),
    "COVAL__TIMEOUT": ("500ms", timedelta(milliseconds=500)),
    "COTOOL__TIMEOUT": ("90s", timedelta(seconds=90)),
    "COVAL__RUNS_IN_FLIGHT": ("7", 7),
    "BUDGET__SIMULATIONS_PER_DAY": ("5000", 5000),
    "POLL__MIN_INTERVAL": ("1s", timedelta(seconds=1)),
    "POLL__MAX_INTERVAL": ("15m", timedelta(minutes=15)),
    "LAUNCH__RECONCILE_GRACE": ("1.5h", timedelta(hours=1.5)),
    "COLLECT__VALUES_WAIT": ("0s", timedelta(0)),
    "DATABASE_URL": ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    "DATABASE__MIGRATE": ("never", "never"),
    "CAMPAIGNS_DIR": ("/etc/campaigns", Path("/etc/campaigns")),
    "API__HOST": ("::", "::"),
    "API__PORT": ("0", 0),
    "API__PUBLIC_URL": ("https://qa.example.com/", "https://qa.example.com"),
    "API__TRUSTED_PROXIES": ("10.0.0.5, 192.168.0.0/16,", ("10.0.0.5", "192.168.0.0/16")),
    "HOOKS__COVAL_SECRET": (HOOK, SecretStr(HOOK)),
    "WEBHOOKS__ALLOW_PRIVATE": ("true", True),
    "WEBHOOKS__MAX_AGE": ("2d", timedelta(days=2)),
    "LOG__FORMAT": ("json", "json"),
    "LOG__LEVEL": ("debug", "debug"),
    "URL": ("http://127.0.0.1:8321", "http://127.0.0.1:8321"),
    "TOKEN": (TOKEN, SecretStr(TOKEN)),
}


def value_of(settings: Settings, name: str) -> Any:
    value: Any = settings
    for part in name.lower().split("__"):
        value = getattr(value, part)
    return value


def load(**variables: str) -> Settings:
    return load_settings({f"{PREFIX}{name}": value for name, value in variables.items()})


def complaint(**variables: str) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        load(**variables)
    return str(caught.value)


@pytest.fixture
def write_toml(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "campaignd.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_every_setting_has_its_documented_default(name: str, value: object) -> None:
    assert value_of(load_settings({}), name) == value


@pytest.mark.parametrize(("name", "example"), EXAMPLES.items())
def test_every_setting_is_read_by_its_documented_name(
    name: str, example: tuple[str, object]
) -> None:
    text, value = example
    assert value_of(load(**{name: text}), name) == value
    assert unknown_variables({f"{PREFIX}{name}": text}) == []


def test_nothing_but_the_documented_settings_is_there() -> None:
    def names(model: Any, prefix: str = "") -> set[str]:
        found: set[str] = set()
        for name in type(model).model_fields:
            inner = getattr(model, name)
            full = f"{prefix}{name.upper()}"
            found |= names(inner, f"{full}__") if isinstance(inner, BaseModel) else {full}
        return found

    assert names(load_settings({})) == set(DEFAULTS) == set(EXAMPLES)


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


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param({"LOG__LEVEL": "loud"}, "CAMPAIGND_LOG__LEVEL: ", id="not a choice"),
        pytest.param({"COVAL__TIMEOUT": "30"}, "is not a duration: write 500ms", id="no unit"),
        pytest.param({"COVAL__TIMEOUT": "0s"}, "COVAL__TIMEOUT: ", id="no time at all"),
        pytest.param({"POLL__MIN_INTERVAL": "0s"}, "POLL__MIN_INTERVAL: ", id="never resting"),
        pytest.param({"COVAL__MAX_CONNECTIONS": "0"}, "greater than or equal to 1", id="none"),
        pytest.param({"COVAL__REQUESTS_PER_SECOND": "0"}, "greater than 0", id="standing still"),
        pytest.param({"BUDGET__SIMULATIONS_PER_DAY": "many"}, "valid integer", id="no number"),
        pytest.param(
            {"POLL__MIN_INTERVAL": "31s"},
            "CAMPAIGND_POLL__MIN_INTERVAL must not be longer than CAMPAIGND_POLL__MAX_INTERVAL",
            id="intervals crossed",
        ),
        pytest.param(
            {"LAUNCH__RECONCILE_GRACE": "30s"},
            "CAMPAIGND_LAUNCH__RECONCILE_GRACE must be longer than CAMPAIGND_COVAL__TIMEOUT",
            id="a grace as short as a request",
        ),
        pytest.param(
            {"COVAL__TIMEOUT": "61s"}, "RECONCILE_GRACE must be longer", id="requests too long"
        ),
        pytest.param(
            {"API__HOST": "127.0.0.1:8321"},
            "CAMPAIGND_API__HOST: '127.0.0.1:8321' is neither an IP address nor a host's name",
            id="a host with a port",
        ),
        pytest.param({"API__PORT": "65536"}, "CAMPAIGND_API__PORT: ", id="no port"),
        pytest.param(
            {"API__PUBLIC_URL": "qa.example.com"},
            "CAMPAIGND_API__PUBLIC_URL: this is not an address: write https://",
            id="an address without a scheme",
        ),
        pytest.param({"URL": "ftp://qa.example.com"}, "CAMPAIGND_URL: ", id="another scheme"),
        pytest.param(
            {"API__TRUSTED_PROXIES": "10.0.0.5,proxy.local"},
            "CAMPAIGND_API__TRUSTED_PROXIES__1: 'proxy.local' is neither an IP address nor",
            id="a proxy by its name",
        ),
        pytest.param(
            {"API__TRUSTED_PROXIES": "*"}, "'*' is neither an IP address nor", id="any proxy"
        ),
        pytest.param(
            {"API__TRUSTED_PROXIES": "10.0.0.1/8"}, "write 10.0.0.5 or", id="a network's host"
        ),
    ],
)
def test_a_value_that_cannot_work_is_named(variables: dict[str, str], words: str) -> None:
    assert words in complaint(**variables)


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
    ("name", "hint"),
    [
        pytest.param(
            "CAMPAIGND_COVAL__TIMEOT",
            "CAMPAIGND_COVAL__TIMEOT is no setting: did you mean 'CAMPAIGND_COVAL__TIMEOUT'?",
            id="a letter",
        ),
        pytest.param(
            "CAMPAIGND_COVAL_TIMEOUT",
            "CAMPAIGND_COVAL_TIMEOUT is no setting: did you mean 'CAMPAIGND_COVAL__TIMEOUT'?",
            id="one underscore",
        ),
        pytest.param("CAMPAIGND_XYZZY", "CAMPAIGND_XYZZY is no setting", id="like nothing"),
        pytest.param("CAMPAIGND_LOG", "CAMPAIGND_LOG is no setting", id="a whole section"),
    ],
)
def test_a_mistyped_variable_is_named_with_a_hint_and_otherwise_left_alone(
    name: str, hint: str
) -> None:
    (sentence,) = unknown_variables({name: "5s", "HOME": "/root"})
    assert sentence.startswith(hint)
    assert load_settings({name: "5s"}) == load_settings({})


@pytest.mark.parametrize(
    "name", ["CAMPAIGND_CONFIG", "CAMPAIGND_SECRET_CI_WEBHOOK", "COVAL_API_KEY", "PATH"]
)
def test_what_is_read_elsewhere_is_not_unknown(name: str) -> None:
    assert unknown_variables({name: "x"}) == []


def test_a_secret_is_never_shown(write_toml: Callable[[str], Path]) -> None:
    settings = load_settings(
        {
            "COVAL_API_KEY": KEY,
            "CAMPAIGND_COTOOL__API_KEY": KEY,
            "CAMPAIGND_DATABASE_URL": f"postgresql://me:{KEY}@db/campaignd",
        }
    )
    assert KEY not in f"{settings!r} {settings} {settings.coval!r} {settings.cotool}"
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({}, write_toml(f'[coval.api_key]\n"{KEY}" = 1\n'))
    assert KEY not in str(caught.value)
    assert KEY not in repr(Secrets({"CAMPAIGND_SECRET_X": KEY}).find("x"))


@pytest.mark.parametrize(
    ("file", "variable", "expected"),
    [
        pytest.param("from-file\n", None, "from-file", id="a file, without its last line end"),
        pytest.param(None, "from-variable", "from-variable", id="a variable"),
        pytest.param("from-file", "from-variable", "from-file", id="both: the file"),
        pytest.param(None, None, None, id="neither"),
        pytest.param(None, "", None, id="an empty variable"),
    ],
)
def test_a_secret_is_found_by_its_name(
    credentials: Path, file: str | None, variable: str | None, expected: str | None
) -> None:
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    if file is not None:
        (credentials / "ci-webhook").write_text(file)
    if variable is not None:
        environment["CAMPAIGND_SECRET_CI_WEBHOOK"] = variable
    found = Secrets(environment).find("ci-webhook")
    assert (found and found.get_secret_value()) == expected


def test_a_secret_needs_no_credentials_folder() -> None:
    assert variable_of("ci-webhook") == "CAMPAIGND_SECRET_CI_WEBHOOK"
    assert Secrets({"CAMPAIGND_SECRET_CI_WEBHOOK": KEY}).find("ci-webhook") == SecretStr(KEY)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), id="no text"),
    ],
)
def test_a_credential_that_cannot_be_read_is_named(
    credentials: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(credentials / "campaignd_coval_api_key")
    with pytest.raises(SettingsInvalid, match="the credential campaignd_coval_api_key in"):
        load_settings({"CREDENTIALS_DIRECTORY": str(credentials)})


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


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param(
            'trusted_proxies = ["10.0.0.5", "fd00::/8"]', ("10.0.0.5", "fd00::/8"), id="list"
        ),
        pytest.param('trusted_proxies = "10.0.0.5"', ("10.0.0.5",), id="text"),
        pytest.param("trusted_proxies = []", (), id="none"),
    ],
)
def test_trusted_proxies_may_be_a_list_in_the_file(
    text: str, read: tuple[str, ...], write_toml: Callable[[str], Path]
) -> None:
    assert load_settings({}, write_toml(f"[api]\n{text}\n")).api.trusted_proxies == read


@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param("campaignd_token", "TOKEN", id="the token of a client"),
        pytest.param(
            "campaignd_hooks_coval_secret", "HOOKS__COVAL_SECRET", id="the secret of hooks"
        ),
    ],
)
def test_secrets_of_the_api_may_be_credentials(credentials: Path, file: str, name: str) -> None:
    text, secret = EXAMPLES[name]
    (credentials / file).write_text(f"{text}\n")
    settings = load_settings({"CREDENTIALS_DIRECTORY": str(credentials)})
    assert value_of(settings, name) == secret
    assert text not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("HOOKS__COVAL_SECRET", "tooshort-123456", "must have 16 to 200", id="short"),
        pytest.param("HOOKS__COVAL_SECRET", "a/b/0123456789abc", "must have 16", id="slashes"),
        pytest.param("TOKEN", "cd_mistyped_token", "this is not a token", id="no token"),
        pytest.param("URL", "https://me:word@qa.example.com", "no user, password", id="password"),
    ],
)
def test_a_wrong_secret_is_refused_and_not_shown(name: str, text: str, words: str) -> None:
    said = complaint(**{name: text})
    assert said.startswith(f"CAMPAIGND_{name}: ")
    assert words in said
    assert text not in said
    assert "word@" not in said


def test_settings_are_frozen() -> None:
    settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        settings.log.level = "debug"
