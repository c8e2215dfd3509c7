"""From the bytes of an answer to a typed document; whatever does not fit is named."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    StringConstraints,
    ValidationError,
    WrapValidator,
)

from campaignd.adapters.http.calls import Answer
from campaignd.adapters.http.wording import shorten, words_of

_QUOTED = 200
_Field = TypeVar("_Field")
_Document = TypeVar("_Document", bound=BaseModel)


class WireDocument(BaseModel):
    """What a vendor sends: unknown fields pass, names are the vendor's."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _to_utc(moment: datetime) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError("a time beyond the calendar") from None


def _or_none(value: Any, parse_field: Callable[[Any], _Field]) -> _Field | None:
    try:
        return parse_field(value)
    except ValidationError:
        return None


Text = Annotated[str, StringConstraints(min_length=1)]
UtcTime = Annotated[datetime, AfterValidator(_to_utc)]
"""Any ISO 8601 spelling; a time without a zone is taken as UTC."""
Lenient = Annotated[_Field | None, WrapValidator(_or_none)]
"""For fields that only decorate: one of the wrong type counts as absent."""


def parse(answer: Answer, document: type[_Document]) -> _Document:
    """The answer's body, read; AnswerUnusable names the first field that does not fit."""
    try:
        return document.model_validate_json(answer.body.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise answer.unusable(_words_of(error, answer.body)) from None


def _words_of(error: ValidationError, body: bytes) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        begins = shorten(words_of(body), _QUOTED)
        return f"the answer is not JSON, it says: {begins}" if begins else "the answer is empty"
    field = ".".join(str(part) for part in first["loc"]) or "the answer"
    others = error.error_count() - 1
    more = f" (and {others} more such places)" if others else ""
    return f"{field}: {first['msg'][:1].lower()}{first['msg'][1:]}{more}"
