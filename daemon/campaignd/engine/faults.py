"""What can go wrong at a vendor, named for what the caller does next.

VendorFault                 something about one vendor's answer, or its absence
+- RemoteUnavailable        try again later; whether the request was executed is unknown
|  +- NotSent               try again: the connection was never made, nothing was executed
|  +- AnswerUnusable        try again later; the answer was not in the documented form
+- RemoteRejected           do not send this again: the vendor refuses it
   +- KeyRefused            stop talking to this vendor until the key is mended (401)
   +- AccessRefused         the key may not do this (403)
   +- NotFound              the thing does not exist (404)
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaignd.core.mistakes import LocatedMistake


class VendorFault(Exception):
    """A request to a vendor that did not give what was asked.

    `vendor` is Coval or Cotool, `request` the method and path without its query, `message` the
    vendor's own words (at most 500 characters), `status` the HTTP status if there was one.
    """

    def __init__(
        self,
        vendor: str,
        request: str,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        self.vendor = vendor
        self.request = request
        self.message = message
        self.status = status
        self.request_id = request_id
        super().__init__(str(self))

    def __str__(self) -> str:
        status = f" answered {self.status}" if self.status is not None else ""
        trace = f" (request id {self.request_id})" if self.request_id else ""
        return f"{self.vendor}{status} to {self.request}: {self.message}{trace}"


class RemoteUnavailable(VendorFault):
    """Transport trouble, 408, 429 or 5xx. `retry_after` is the vendor's wish, if it had one."""

    retry_after: timedelta | None = None


class NotSent(RemoteUnavailable):
    """The connection was never made, so nothing was executed."""


class AnswerUnusable(RemoteUnavailable):
    """The vendor answered with success, but not in the documented form."""


class RemoteRejected(VendorFault):
    """The vendor understood and refused: sending the same again gives the same answer."""


class KeyRefused(RemoteRejected):
    """401: the API key is missing, wrong or revoked."""


class AccessRefused(RemoteRejected):
    """403: the key is known but may not do this."""


class NotFound(RemoteRejected):
    """404: no such thing."""


class StorageTrouble(Exception):
    """The database cannot be read or written; the message says which and what to do."""


class ValuesPruned(Exception):
    """What an execution measured is gone: its report is all that there is."""

    def __init__(self, execution: str, pruned_at: datetime) -> None:
        super().__init__(
            f"the values of execution {execution} were pruned on {pruned_at:%Y-%m-%d}; its verdict "
            f"and gates stay: `campaignd show {execution}`"
        )


class OwnershipLost(Exception):
    """Another process took the execution over: stop driving it, touch nothing."""

    def __init__(self, execution: str) -> None:
        super().__init__(f"execution {execution} was taken over by another process")


class TableInvalid(Exception):
    """A table of values cannot be used: mend the file. Carries its mistakes with their places."""

    def __init__(self, mistakes: Sequence[LocatedMistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
