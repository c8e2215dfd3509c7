"""How the sandboxed Coval refuses a request."""

from dataclasses import dataclass
from typing import Any

_CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "CONFLICT",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
}


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that is wrong with a request, and the field it is in."""

    field: str
    description: str


class Refused(Exception):
    """An answer with an error status; its body is the documented envelope."""

    def __init__(self, status: int, message: str, *objections: Objection) -> None:
        self.status = status
        self.message = message
        self.objections = objections
        super().__init__(message)


def invalid(field: str, description: str) -> Refused:
    """Refuse with 400, INVALID_ARGUMENT."""
    return Refused(400, f"Invalid {field}", Objection(field, description))


def unknown(kind: str, identifier: str) -> Refused:
    """Refuse with 404, NOT_FOUND."""
    field = kind.replace(" ", "_") + "_id"
    description = (
        f"{kind.capitalize()} '{identifier}' does not exist or is not accessible by your "
        "organization"
    )
    return Refused(404, f"{kind.capitalize()} not found", Objection(field, description))


def envelope(status: int, message: str, *objections: Objection) -> dict[str, Any]:
    """Build `{"error": {"code", "message", "details"}}`."""
    details = [{"field": item.field, "description": item.description} for item in objections]
    return {
        "error": {"code": _CODES.get(status, "INTERNAL"), "message": message, "details": details}
    }
