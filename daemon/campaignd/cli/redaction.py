"""What no log may show."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, SecretStr

HIDDEN = "***"
_SHORTEST = 8  # a shorter secret protects nothing, and hiding it would mutilate other words
_SHAPES = (
    (re.compile(r"\bcd_([a-z2-7]+)_\w+"), rf"cd_\1_{HIDDEN}"),
    (re.compile(r"whsec_[\w+/=-]+"), f"whsec_{HIDDEN}"),
    (re.compile(r"(/hooks/\w+/)[\w.~%-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer )[\w.~+/=-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),
)


class Redactor:
    """Hides secrets in finished lines: those it is told of, those found since, and their kind."""

    def __init__(
        self, secrets: Iterable[str], found: Callable[[], Collection[str]] = tuple
    ) -> None:
        self._secrets = {form for secret in secrets for form in _forms(secret)}
        self._found = found

    def __call__(self, _logger: Any, _method: str, line: str) -> str:
        """Be the last processor of a log."""
        for secret in self._secrets.union(*map(_forms, self._found())):
            if secret in line:
                line = line.replace(secret, HIDDEN)
        for shape, instead in _SHAPES:
            line = shape.sub(instead, line)
        return line


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """Return the values of all settings that are secret."""
    for _, value in settings:
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from secrets_of(value)


@lru_cache
def _forms(secret: str) -> frozenset[str]:
    """Give the ways a secret may stand in a line: whole, each of its words, and in JSON."""
    words = {secret.strip(), *secret.split()}
    written = words | {json.dumps(word)[1:-1] for word in words}
    return frozenset(form for form in written if len(form) >= _SHORTEST)
