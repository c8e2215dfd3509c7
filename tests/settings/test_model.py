from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from tests.settings.conftest import DEFAULTS, EXAMPLES, complaint, load, value_of

from campaignd.settings import PREFIX, load_settings, unknown_variables


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
