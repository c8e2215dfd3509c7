"""What the API refuses, each kind under a name of its own."""

from collections.abc import Iterable, Sequence

from campaignd.core.mistakes import suggest
from campaignd.web.problems import Problem, RequestMistake, invalid_request


def no_such_campaign(name: str, known: Iterable[str]) -> Problem:
    """`known` are those that the caller may know of."""
    hint = suggest(name, known) or "GET /api/v1/campaigns lists them"
    return _not_found(f"there is no campaign {name!r}; {hint}")


def no_such_execution(execution: str) -> Problem:
    return _not_found(f"there is no execution {execution!r}; GET /api/v1/executions lists them")


def no_such_delivery(delivery: str) -> Problem:
    return _not_found(f"there is no message {delivery!r}; GET /api/v1/deliveries lists them")


def campaign_not_allowed(name: str) -> Problem:
    detail = f"this token has nothing to do with campaigns of the name {name!r}"
    return Problem(403, "Not this campaign", detail, "/problems/campaign-not-allowed")


def limited_token(name: str) -> Problem:
    """Refuse what tells of all campaigns to a token that is limited to some."""
    detail = (
        f"metrics tell of all campaigns, and the token {name!r} is limited to some; "
        "make one without --campaign for whoever reads metrics"
    )
    return Problem(403, "Not this token", detail, "/problems/limited-token")


def campaign_invalid(mistakes: Sequence[str]) -> Problem:
    """Tell all mistakes of a file, each `file:line:column: message`."""
    return Problem(
        422,
        "The campaign cannot be run",
        f"{mistakes[0]}{_and_more(len(mistakes) - 1)}" if mistakes else "it has mistakes",
        "/problems/campaign-invalid",
        {"mistakes": [*mistakes]},
    )


def over_budget(why: str) -> Problem:
    return Problem(422, "It would cost too much", why, "/problems/over-budget")


def key_reused() -> Problem:
    detail = "this Idempotency-Key came with another request before; make a new one for this one"
    return Problem(422, "The key was used before", detail, "/problems/idempotency-key-reused")


def bad_request(place: str, message: str) -> Problem:
    """Refuse a part of a request that no type can tell is wrong."""
    return invalid_request([RequestMistake(place=place, message=message)])


def conflict(kind: str, why: str) -> Problem:
    """Refuse what does not fit how things stand."""
    return Problem(409, "Not as things stand", why, f"/problems/{kind}")


def vendor_refuses(why: str) -> Problem:
    return Problem(
        502, "A vendor refuses", f"{why}; nothing was launched", "/problems/vendor-refuses"
    )


def vendor_unavailable(why: str) -> Problem:
    return Problem(
        503,
        "A vendor is out of reach",
        f"{why}; nothing was launched, try again later",
        "/problems/vendor-unavailable",
        headers={"Retry-After": "30"},
    )


def storage_trouble(why: str) -> Problem:
    return Problem(503, "The database is in trouble", why, "/problems/storage")


def not_ready(why: str) -> Problem:
    return Problem(503, "Not ready", why, "/problems/not-ready", headers={"Retry-After": "5"})


def stopping() -> Problem:
    detail = "the service stops; nothing was done, try again at its next start"
    return Problem(503, "Stopping", detail, "/problems/not-ready", headers={"Retry-After": "10"})


def hung_up() -> Problem:
    """Answer nobody."""
    return Problem(408, "The caller hung up", "nothing was done", "/problems/hung-up")


def too_many_streams(most: int) -> Problem:
    detail = f"{most} streams are open, and there are no more; ask for the execution with ?wait=60"
    return Problem(
        503, "Too many streams", detail, "/problems/too-many-streams", headers={"Retry-After": "15"}
    )


def _not_found(detail: str) -> Problem:
    return Problem(404, "Not Found", detail, "/problems/not-found")


def _and_more(count: int) -> str:
    return f" (and {count} more, under `mistakes`)" if count > 0 else ""
