"""Where commands write their log: a file beside the database, so that people see only talk."""

import logging
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

LARGEST = 10 * 1024 * 1024
"""Bytes after which a log is set aside at the next start; one older log is kept."""

_OPEN: list[TextIO] = []


class _LogFile(TextIOWrapper):
    """A file that loses lines where its disk is full, so that the work it tells of goes on."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            return super().write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def current_log() -> Path | None:
    """Return the file that the log goes to; None where it goes to standard error."""
    return Path(_OPEN[-1].name) if _OPEN else None


def close_log() -> None:
    """Log nowhere in particular any more, and close the file that the log went to."""
    if "structlog" in sys.modules:
        import structlog

        structlog.reset_defaults()
    while _OPEN:
        _OPEN.pop().close()


def set_up_log(folder: Path | None, form: str, level: str) -> None:
    """Log to `campaignd.log` in a folder; where that cannot be, warnings to standard error."""
    stream, lowest = _open(folder), logging.getLevelNamesMapping()[level.upper()]
    if stream is sys.stderr:
        lowest = max(lowest, logging.WARNING)
    _configure(stream, form, lowest)


def set_up_service_log(form: str, level: str) -> None:
    """Log to standard error, where journald and containers look for it."""
    _configure(sys.stderr, form, logging.getLevelNamesMapping()[level.upper()])


def _configure(stream: TextIO, form: str, lowest: int) -> None:
    import structlog

    structlog.configure(
        processors=_processors(form),
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )


def _open(folder: Path | None) -> TextIO:
    if folder is None:
        return sys.stderr
    path = folder / "campaignd.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LARGEST:
            path.replace(path.with_name("campaignd.log.1"))
        stream = _LogFile(path.open("ab"), encoding="utf-8", line_buffering=True)
    except OSError:
        return sys.stderr
    _OPEN.append(stream)
    return stream


def _processors(form: str) -> list[Any]:
    import structlog

    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        last = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return common + last
