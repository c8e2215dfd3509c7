"""What the service writes to its log of an execution."""

import structlog

from campaignd.engine.progress import ProgressView

log = structlog.get_logger()


class Diary:
    """Logs each state of an execution once, and what people would be told."""

    def __init__(self, campaign: str, execution: str) -> None:
        self._log = log.bind(campaign=campaign, execution=execution)
        self._state = ""
        self._note: str | None = None

    def show(self, view: ProgressView) -> None:
        if view.state != self._state:
            self._state = view.state
            self._log.info("execution", state=view.state)
        if view.note != self._note:
            self._note = view.note
            if view.note:
                self._log.info("execution waits", why=view.note)

    def say(self, message: str) -> None:
        self._log.warning("execution", why=message)
