"""What is sent to a vendor, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.wording import shorten
from campaignd.engine.faults import AnswerUnusable


@dataclass(frozen=True, slots=True)
class Call:
    """One request, relative to the vendor's base URL; its text form is fit for logs and errors."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None

    @property
    def target(self) -> str:
        # Spaces become %20, never "+": not every gateway reads "+" as a space.
        query = urlencode(self.params, quote_via=quote, safe="")
        return f"{self.path}?{query}" if query else self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with a status of success."""

    account: VendorAccount
    call: Call
    status: int
    body: bytes = field(repr=False)
    request_id: str | None = None

    def unusable(self, words: str) -> AnswerUnusable:
        return AnswerUnusable(
            self.account.vendor,
            str(self.call),
            shorten(self.account.redact(words)),
            status=self.status,
            request_id=self.request_id,
        )


def path(*segments: str) -> str:
    """A path whose segments cannot leave it: `path("runs", run_id)`."""
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)
