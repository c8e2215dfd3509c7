"""Cursors: where a list goes on, in a form that nobody takes apart."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from campaignd.core.ulid import is_ulid
from campaignd.web import refusals

_VERSION = "1."


def write_cursor(last: str) -> str:
    """Make the cursor that leads on behind an execution."""
    return urlsafe_b64encode(f"{_VERSION}{last}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | None:
    """Return the execution behind which a cursor leads on. Raises Problem."""
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor.encode() + b"===").decode()
    except (Error, ValueError):
        text = ""
    last = text.removeprefix(_VERSION)
    if not text.startswith(_VERSION) or not is_ulid(last):
        raise refusals.bad_request("query.cursor", "take `next_cursor` of the page before, as is")
    return last
