"""A request as the sandboxed vendors see it, whatever carried it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaignd.sandbox.refusals import Refused, invalid

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the vendor's time, the ids in the path, the query, the body."""

    now: datetime
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: bytes = b""

    def asked(self, name: str) -> str | None:
        """Return a query parameter's last value; None where it is missing or empty."""
        values = self.query.get(name)
        return values[-1] or None if values else None

    def json(self) -> Any:
        """Return the body's JSON. Refused with 400 where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(400, "Request body is not valid JSON") from None

    def whole_number(self, name: str, default: int) -> int:
        text = self.asked(name)
        try:
            return default if text is None else int(text)
        except ValueError:
            raise invalid(name, f"'{text}' is not a whole number") from None
