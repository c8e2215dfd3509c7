"""The bell that Coval rings when a run has ended."""

from hmac import compare_digest

import structlog
from pydantic import SecretStr

from campaignd.engine.poller import Poller

log = structlog.get_logger()


class PollerBell:
    """Wakes the poller. Without a secret nobody can ring."""

    def __init__(self, poller: Poller, secret: SecretStr | None) -> None:
        self._poller = poller
        self._secret = secret

    def is_right(self, secret: str) -> bool:
        """Whether the secret part of the path is ours; in constant time."""
        if self._secret is None:
            return False
        return compare_digest(
            secret.encode(errors="replace"), self._secret.get_secret_value().encode()
        )

    async def ring(self, run_id: str) -> None:
        """Have a run looked at soon, if it is one of those we wait for."""
        if self._poller.nudge(run_id):
            log.debug("coval rang", run=run_id)
