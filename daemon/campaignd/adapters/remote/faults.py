"""What can go wrong with a service, named for what the caller does next."""

from datetime import timedelta


class ServiceRefused(Exception):
    """The service understood and refuses: mend what the sentences say. Nothing came of it."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences
        super().__init__("\n".join(sentences))


class ServiceAway(Exception):
    """No answer, or "not now": try again later. `retry_after` is the service's wish."""

    def __init__(self, why: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(why)


class NotTheService(ServiceAway):
    """Something answered that is no campaignd: a wrong address, or a proxy before it."""


class ShutOut(ServiceAway):
    """The service refuses whom it let in before: what goes on there goes on unseen."""
