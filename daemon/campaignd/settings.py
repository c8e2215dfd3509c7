"""Settings: from the environment, a TOML file and the credentials folder, in that order.

Secrets are `SecretStr` and never printed.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_state_path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from campaignd.core.addresses import parse_host, parse_http_url, parse_network
from campaignd.core.mistakes import suggest
from campaignd.core.scalars import parse_duration, parse_positive_duration
from campaignd.core.tokens import parse_token

PREFIX = "CAMPAIGND_"
SECRET_PREFIX = "CAMPAIGND_SECRET_"  # noqa: S105  # the name of a variable
CREDENTIALS = {
    "campaignd_coval_api_key": ("coval", "api_key"),
    "campaignd_cotool_api_key": ("cotool", "api_key"),
    "campaignd_hooks_coval_secret": ("hooks", "coval_secret"),
    "campaignd_token": ("token",),
}
"""Files of the credentials folder, and the settings that they hold."""
Wait = Annotated[timedelta, BeforeValidator(parse_duration)]
Span = Annotated[timedelta, BeforeValidator(parse_positive_duration)]
Positive = Annotated[int, Field(ge=1)]
HttpUrl = Annotated[str, BeforeValidator(parse_http_url)]
_SECRET_PATH = re.compile(r"[A-Za-z0-9._~-]{16,200}")


def _split(value: object) -> object:
    """Variables hold lists as text, with commas."""
    if not isinstance(value, str):
        return value
    return [part for each in value.split(",") if (part := each.strip())]


def _check_secret_path(secret: SecretStr) -> SecretStr:
    if not _SECRET_PATH.fullmatch(secret.get_secret_value()):
        raise ValueError(
            "this part of an address must have 16 to 200 letters, digits, '-', '_', '.' or '~'; "
            "`openssl rand -hex 20` makes one"
        )
    return secret


def _check_token(secret: SecretStr) -> SecretStr:
    parse_token(secret.get_secret_value())
    return secret


Networks = Annotated[
    tuple[Annotated[str, BeforeValidator(parse_network)], ...], NoDecode, BeforeValidator(_split)
]
SecretPath = Annotated[SecretStr, AfterValidator(_check_secret_path)]
TokenText = Annotated[SecretStr, AfterValidator(_check_token)]


class SettingsInvalid(Exception):
    """Settings that cannot work; each line names one and says what would be right."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VendorSettings(_Section):
    """Where a vendor listens and how hard it may be worked."""

    api_key: SecretStr | None = None
    base_url: str
    requests_per_second: Annotated[float, Field(gt=0)] = 10
    max_connections: Positive = 10
    timeout: Span = timedelta(seconds=30)


class CovalSettings(VendorSettings):
    base_url: str = "https://api.coval.dev/v1"
    workspace_id: str | None = None
    runs_in_flight: Positive = 50


class CotoolSettings(VendorSettings):
    base_url: str = "https://app.cotool.ai/api"


class BudgetSettings(_Section):
    simulations_per_day: Positive | None = None


class PollSettings(_Section):
    min_interval: Span = timedelta(seconds=2)
    max_interval: Span = timedelta(seconds=30)


class LaunchSettings(_Section):
    reconcile_grace: Span = timedelta(seconds=60)


class CollectSettings(_Section):
    values_wait: Wait = timedelta(minutes=2)


class DatabaseSettings(_Section):
    migrate: Literal["auto", "never"] = "auto"


class ApiSettings(_Section):
    """Where the service listens, and what others call it."""

    host: Annotated[str, BeforeValidator(parse_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8321
    public_url: HttpUrl | None = None
    trusted_proxies: Networks = ()


class HookSettings(_Section):
    coval_secret: SecretPath | None = None


class WebhookSettings(_Section):
    allow_private: bool = False
    max_age: Span = timedelta(days=3)


class LogSettings(_Section):
    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """Every setting, by its documented name without the prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    coval: CovalSettings = CovalSettings()
    cotool: CotoolSettings = CotoolSettings()
    budget: BudgetSettings = BudgetSettings()
    poll: PollSettings = PollSettings()
    launch: LaunchSettings = LaunchSettings()
    collect: CollectSettings = CollectSettings()
    database_url: str | None = Field(default=None, repr=False)  # may hold a password
    database: DatabaseSettings = DatabaseSettings()
    campaigns_dir: Path = Path("campaigns")
    api: ApiSettings = ApiSettings()
    hooks: HookSettings = HookSettings()
    webhooks: WebhookSettings = WebhookSettings()
    log: LogSettings = LogSettings()
    url: HttpUrl | None = None
    token: TokenText | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # given by position
        init_settings: PydanticBaseSettingsSource,
        *_others: Any,
        **_by_name: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load_settings` read, and look nowhere else."""
        return (init_settings,)


class Secrets:
    """Secrets that campaigns name: files of the credentials folder, else variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self, name: str) -> SecretStr | None:
        """Find the secret `ci-webhook` as file, else as `CAMPAIGND_SECRET_CI_WEBHOOK`."""
        text = _read_credential(self._environment, name)
        if text is None:
            text = self._environment.get(variable_of(name))
        if not text:
            return None
        if text not in _FOUND:
            _FOUND.append(text)
        return SecretStr(text.strip())


_FOUND: list[str] = []


def found_secrets() -> tuple[str, ...]:
    """Return all secrets of campaigns that this process has read, for its log to hide."""
    return tuple(_FOUND)


def variable_of(secret: str) -> str:
    """Return the variable that holds a secret where no file does."""
    return SECRET_PREFIX + secret.upper().replace("-", "_")


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


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each `CAMPAIGND_…` variable that nothing reads."""
    known = {*_variables(Settings, PREFIX), "CAMPAIGND_CONFIG"}
    unknown = [
        name
        for name in sorted(environment)
        if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in known
    ]
    return [_unknown_variable(name, known) for name in unknown]


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
    known = set(_variables(Settings, PREFIX))
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
    for name, path in CREDENTIALS.items():
        if text := _read_credential(environment, name):
            *section, key = path
            (found.setdefault(section[0], {}) if section else found)[key] = text
    return found


def _read_credential(environment: Mapping[str, str], name: str) -> str | None:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(
            f"the credential {name} in {folder} cannot be read: check its owner and mode"
        ) from None


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
            yield _unknown_variable(name, set(_variables(Settings, PREFIX)))
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


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _variables(inner, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def _unknown_variable(name: str, known: Iterable[str]) -> str:
    hint = suggest(name, known)
    return f"{name} is no setting" + (f": {hint}" if hint else "")
