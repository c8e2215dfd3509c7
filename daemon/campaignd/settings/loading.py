"""Settings are read from the environment, a TOML file and the credentials folder, in that order."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from platformdirs import user_state_path
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from campaignd.settings.faults import SettingsInvalid
from campaignd.settings.model import PREFIX, Settings
from campaignd.settings.secrets import read_credential
from campaignd.settings.variables import known_variables, say_unknown

_CREDENTIALS = {
    "campaignd_coval_api_key": ("coval", "api_key"),
    "campaignd_cotool_api_key": ("cotool", "api_key"),
    "campaignd_hooks_coval_secret": ("hooks", "coval_secret"),
    "campaignd_token": ("token",),
}
"""Files of the credentials folder, and the settings that they hold."""


def load_settings(
    environment: Mapping[str, str], config: Path | None = None, **overrides: Any
) -> Settings:
    """Read all settings; overrides win. Raises SettingsInvalid with every mistake."""
    path = config or _path_from(environment.get("CAMPAIGND_CONFIG"))
    layers = [_from_credentials(environment), _read_toml(path), _from_common_names(environment)]
    layers += [_from_environment(environment), overrides]
    try:
        settings = Settings.model_validate(_merge(layers))
    except ValidationError as error:
        raise SettingsInvalid("\n".join(_explain(error))) from None
    _check(settings)
    return settings


def default_database_url(environment: Mapping[str, str]) -> str:
    """Return SQLite in systemd's state folder, else in the user's own."""
    folder = environment.get("STATE_DIRECTORY", "").split(":")[0]
    path = Path(folder) if folder else user_state_path("campaignd")
    return f"sqlite:///{path / 'campaignd.db'}"


def _path_from(text: str | None) -> Path | None:
    return Path(text) if text else None


def _read_toml(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} is not TOML: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read the variables that settings have; `unknown_variables` tells of all others."""
    known = known_variables()
    source = EnvSettingsSource(Settings)
    source.env_vars = {
        name.lower(): text for name, text in environment.items() if text and name in known
    }
    return source()


def _from_common_names(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read `COVAL_API_KEY` and `COTOOL_API_KEY`, as everyone names them."""
    return {
        vendor: {"api_key": key}
        for vendor in ("coval", "cotool")
        if (key := environment.get(f"{vendor.upper()}_API_KEY"))
    }


def _from_credentials(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, path in _CREDENTIALS.items():
        if text := read_credential(environment, name):
            *section, key = path
            (found.setdefault(section[0], {}) if section else found)[key] = text
    return found


def _merge(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = {**merged[key], **value} if both else value
    return merged


def _explain(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        name = PREFIX + "__".join(str(part) for part in one["loc"]).upper()
        if one["type"] == "extra_forbidden":
            yield say_unknown(name, known_variables())
            continue
        message = one["msg"].removeprefix("Value error, ")
        yield f"{name}: {message[:1].lower()}{message[1:]}"


def _check(settings: Settings) -> None:
    if settings.launch.reconcile_grace <= settings.coval.timeout:
        raise SettingsInvalid(
            "CAMPAIGND_LAUNCH__RECONCILE_GRACE must be longer than CAMPAIGND_COVAL__TIMEOUT: "
            "a launch may be on its way for as long as a request may take"
        )
    if settings.poll.min_interval > settings.poll.max_interval:
        raise SettingsInvalid(
            "CAMPAIGND_POLL__MIN_INTERVAL must not be longer than CAMPAIGND_POLL__MAX_INTERVAL"
        )
