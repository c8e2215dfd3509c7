"""A vendor account: where the vendor listens, who we are to it, how much of it we may use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

_SHORTEST_SECRET = 8  # a shorter key protects nothing, and hiding it would mutilate other words
_HIDDEN = "***"


class AccountInvalid(ValueError):
    """An account that cannot work: mend the settings."""


@dataclass(frozen=True, slots=True)
class VendorAccount:
    """Plain facts about one vendor; `timeout` bounds a whole request, its answer included.

    Raises AccountInvalid where the base URL or a header value could never be sent.
    """

    vendor: str
    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    requests_per_second: float = 10
    max_connections: int = 10
    timeout: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        self._check_base_url()
        self._check_headers()
        self._check_bounds()

    @property
    def origin(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def is_loopback(self) -> bool:
        host = urlsplit(self.base_url).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    def url(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    def redact(self, text: str) -> str:
        """The text without any of the account's keys."""
        for value in self.headers.values():
            secret = value.rpartition(" ")[2]
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, _HIDDEN)
        return text

    def _check_base_url(self) -> None:
        what = f"the base URL of {self.vendor}"
        if not self.base_url.isprintable() or " " in self.base_url:
            raise AccountInvalid(f"{what} holds spaces or control characters")
        try:
            parts = urlsplit(self.base_url)
            _ = parts.port
        except ValueError as error:
            raise AccountInvalid(f"{what} cannot be read: {error}") from None
        if parts.username is not None or parts.password is not None:
            raise AccountInvalid(f"{what} must not hold a user name or password")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise AccountInvalid(f"{what} must look like https://host/path, not {self.base_url!r}")
        if parts.query or parts.fragment:
            raise AccountInvalid(f"{what} must end with its path: leave out the '?' or '#' part")

    def _check_headers(self) -> None:
        for name, value in self.headers.items():
            if not value.rpartition(" ")[2]:
                raise AccountInvalid(
                    f"the {name} header of {self.vendor} is empty: is the key set?"
                )
            if not value.isascii() or not value.isprintable() or "" in value.split(" "):
                raise AccountInvalid(
                    f"the {name} header of {self.vendor} holds a space, a line break or "
                    "another character that cannot be sent: check the key"
                )

    def _check_bounds(self) -> None:
        if not self.requests_per_second > 0:
            raise AccountInvalid(f"requests per second of {self.vendor} must be above 0")
        if self.max_connections < 1:
            raise AccountInvalid(f"connections of {self.vendor} must be at least 1")
        if self.timeout <= timedelta():
            raise AccountInvalid(f"the timeout of {self.vendor} must be above 0")
