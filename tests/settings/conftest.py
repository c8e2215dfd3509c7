"""What tests of settings have in common: every setting, with its default and an example."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from campaignd.settings import PREFIX, Settings, SettingsInvalid, load_settings

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
