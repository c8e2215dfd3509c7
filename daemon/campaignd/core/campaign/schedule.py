"""When the service runs a campaign by itself."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError
from pydantic import BeforeValidator, Field, WithJsonSchema

from campaignd.core.campaign.part import Part
from campaignd.core.mistakes import suggest
from campaignd.core.scalars import Duration, PositiveDuration, shown

_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_FIELDS = 5


def parse_cron(value: object) -> str:
    """Read a cron line of five fields: minute, hour, day of month, month, day of week."""
    if not isinstance(value, str) or len(value.split()) != _FIELDS:
        raise ValueError(
            f"{shown(value)} is not a cron line: write five fields, "
            "minute hour day month weekday, like '0 3 * * 1-5'"
        )
    try:
        next(CronSim(value, _ANY_MOMENT))
    except CronSimError as error:
        raise ValueError(f"{shown(value)} is not a cron line: {_in_words(error)}") from None
    except StopIteration:
        raise ValueError(f"{shown(value)} never comes: no such day exists") from None
    return " ".join(value.split())


def _in_words(error: CronSimError) -> str:
    return str(error).replace("Bad ", "wrong ")


def parse_timezone(value: object) -> str:
    """Read the name of an IANA time zone."""
    if isinstance(value, str) and _is_timezone(value):
        return value
    near = suggest(value, available_timezones()) if isinstance(value, str) else None
    raise ValueError(
        f"{shown(value)} is not an IANA time zone: {near or 'write one like Europe/Berlin or UTC'}"
    )


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


class Schedule(Part):
    """One cron line and how faithfully it is kept."""

    cron: Annotated[
        str,
        BeforeValidator(parse_cron),
        WithJsonSchema({"type": "string", "examples": ["0 3 * * 1-5"]}),
    ] = Field(description="Minute, hour, day of month, month, day of week (0 and 7: Sunday).")
    timezone: Annotated[
        str,
        BeforeValidator(parse_timezone),
        WithJsonSchema({"type": "string", "examples": ["Europe/Berlin"]}),
    ] = Field("UTC", description="IANA time zone in which the cron line is read; default UTC.")
    jitter: Duration = Field(
        timedelta(), description="Start up to this much later, by chance; default at once."
    )
    catch_up: Literal["none", "last"] = Field(
        "none", description="After an outage: run the last moment that was missed, or none."
    )
    catch_up_within: PositiveDuration = Field(
        timedelta(hours=1), description="How old a missed moment may be to be caught up."
    )
