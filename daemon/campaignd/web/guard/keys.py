"""What the guard needs to know of tokens."""

from typing import Protocol

from campaignd.core.tokens import Token


class Keys(Protocol):
    """Where tokens are found."""

    async def find(self, token: str, /) -> Token | None:
        """Find a token by its id, whether it is live or not."""
        ...

    async def any(self) -> bool:
        """Whether there was ever a token; revoked and expired ones count."""
        ...
