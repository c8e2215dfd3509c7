"""What can be set: sections, and values that are each parsed once. Secrets are `SecretStr`."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from campaignd.core.addresses import parse_host, parse_http_url, parse_network
from campaignd.core.scalars import parse_duration, parse_positive_duration
from campaignd.core.tokens import parse_token

PREFIX = "CAMPAIGND_"
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
