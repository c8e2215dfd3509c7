"""What the service writes to its log of an execution, beside its moves."""

import structlog

from campaignd.engine.progress import ProgressView

log = structlog.get_logger()


class Diary:
    """Logs what an execution waits for. Its moves are logged where they are stored."""

    def __init__(self, campaign: str, execution: str) -> None:
        self._log = log.bind(campaign=campaign, execution=execution)
        self._note: str | None = None
        self._said: str | None = None

    def show(self, view: ProgressView) -> None:
        if view.note == self._note:
            return
        self._note = view.note
        if view.note and not self._is_said(view.note):
            self._log.info("execution waits", why=view.note)

    def say(self, message: str) -> None:
        """Remember what the engine has logged itself, to not repeat it."""
        self._said = message

    def _is_said(self, note: str) -> bool:
        return self._said is not None and note.startswith(self._said)
