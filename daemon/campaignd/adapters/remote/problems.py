"""An answer without success, as the one exception that says what to do about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from campaignd.adapters.http.patience import read_retry_after
from campaignd.adapters.http.wording import one_line, shorten
from campaignd.adapters.remote.faults import NotTheService, ServiceAway, ServiceRefused

_MEDIA_TYPE = "application/problem+json"
_MOST_MISTAKES = 200
_HINT = "is there a proxy or a login page in between?"
_RENEW = (
    "Set CAMPAIGND_TOKEN to one that is not expired or revoked; where the service runs, "
    "`campaignd token list` shows them and `campaignd token create` makes one."
)
_MAKE = (
    "Set CAMPAIGND_TOKEN; where the service runs, `campaignd token create NAME --scope trigger` "
    "makes one."
)
_WIDEN = (
    "A token needs the scope `trigger` to begin campaigns of the service, `submit` to begin a "
    "file's, `read` to wait."
)
_RENAME = (
    "Set CAMPAIGND_API__PUBLIC_URL of the service to that address, or name the service by its IP "
    "address."
)


class _Problem(BaseModel):
    """A problem document, as far as it is read here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str = ""
    detail: str = ""
    mistakes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return shorten(one_line(self.detail or self.title)) or "no further words"


def failure_of(response: httpx.Response, *, has_token: bool) -> ServiceAway | ServiceRefused:
    """Translate an answer that is no success; `has_token` is whether one was sent."""
    status = response.status_code
    problem = _read(response)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        words = problem.words if problem else "no further words"
        return ServiceAway(f"it answered {status}: {words}", _wish_of(response))
    if problem is None:
        return NotTheService(_disown(response))
    return ServiceRefused(*_sentences(status, problem, has_token=has_token))


def no_answer_of_ours(response: httpx.Response, why: str) -> NotTheService:
    """Say that an answer of success is not one of campaignd's API."""
    return NotTheService(f"{_place(response)} answered {response.status_code}, but {why}; {_HINT}")


def _read(response: httpx.Response) -> _Problem | None:
    if _MEDIA_TYPE not in response.headers.get("content-type", ""):
        return None
    try:
        return _Problem.model_validate_json(response.content)
    except ValidationError:
        return None


def _wish_of(response: httpx.Response) -> timedelta | None:
    return read_retry_after(response.headers.get("retry-after"), datetime.now(UTC))


def _disown(response: httpx.Response) -> str:
    if response.is_redirect:
        place = response.headers.get("location", "").partition("?")[0]
        return f"{_place(response)} redirects to {shorten(one_line(place), 200)}; {_HINT}"
    return f"{_place(response)} answered {response.status_code}, not as campaignd does; {_HINT}"


def _place(response: httpx.Response) -> str:
    url = response.request.url
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"


def _sentences(status: int, problem: _Problem, *, has_token: bool) -> Iterator[str]:
    match status:
        case HTTPStatus.UNAUTHORIZED if has_token:
            yield f"the service does not accept the token: {problem.words}"
            yield _RENEW
        case HTTPStatus.UNAUTHORIZED:
            yield "the service wants a token"
            yield _MAKE
        case HTTPStatus.FORBIDDEN:
            yield f"the service does not allow this: {problem.words}"
            yield _WIDEN
        case HTTPStatus.MISDIRECTED_REQUEST:
            yield f"the service does not answer to the name in CAMPAIGND_URL: {problem.words}"
            yield _RENAME
        case _:
            yield from _list(problem)


def _list(problem: _Problem) -> Iterator[str]:
    """The mistakes with their places, where there are some, else what is said in general."""
    if not problem.mistakes:
        yield problem.words
        return
    yield from (shorten(one_line(each)) for each in problem.mistakes[:_MOST_MISTAKES])
    count = len(problem.mistakes)
    yield f"{count} mistake{'s' if count > 1 else ''}; nothing was launched"
