"""Where commands write their log: a file beside the database, so that people see only talk.

A service writes to standard error, one record a line, as journald and containers want it.
"""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

Hide = Callable[[Any, str, str], str]
"""A processor that hides secrets in finished lines."""

LARGEST = 10 * 1024 * 1024
"""Bytes after which a log is set aside at the next start; one older log is kept."""

_OPEN: list[TextIO] = []
_OTHERS: list[logging.Handler] = []
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


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


class _StandardError:
    """Standard error, whoever may have closed it: the work goes on without its log."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


class _Others(logging.Handler):
    """Takes what libraries log, so that it looks like all else."""

    def emit(self, record: logging.LogRecord) -> None:
        import structlog

        told = structlog.get_logger().bind(logger=record.name)
        told.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def current_log() -> Path | None:
    """Return the file that the log goes to; None where it goes to standard error."""
    return Path(_OPEN[-1].name) if _OPEN else None


def close_log() -> None:
    """Log nowhere in particular any more, and close the file that the log went to."""
    if "structlog" in sys.modules:
        import structlog

        structlog.reset_defaults()
    while _OTHERS:
        logging.getLogger().removeHandler(_OTHERS.pop())
    while _OPEN:
        _OPEN.pop().close()


def set_up_log(folder: Path | None, form: str, level: str, hide: Hide | None = None) -> None:
    """Log to `campaignd.log` in a folder; where that cannot be, warnings to standard error."""
    stream, lowest = _open(folder), logging.getLevelNamesMapping()[level.upper()]
    if stream is sys.stderr:
        lowest = max(lowest, logging.WARNING)
    _configure(stream, lowest, [*_processors(form), *([hide] if hide else [])])


def set_up_service_log(form: str, level: str, hide: Hide, environment: Mapping[str, str]) -> None:
    """Log to standard error, one record a line; to the journal, each with its priority."""
    last = [hide, _put_on_one_line]
    if _is_journal(environment):
        last.append(_put_priority)
    lowest = logging.getLevelNamesMapping()[level.upper()]
    _configure(_StandardError(), lowest, [*_processors(form), *last])


def _is_journal(environment: Mapping[str, str]) -> bool:
    """Whether standard error is the stream to the journal that systemd speaks of, not inherited."""
    try:
        stream = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def _put_on_one_line(_logger: Any, _method: str, line: str) -> str:
    """Spell control characters out: they would end the record, or play with a terminal."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], line)


def _put_priority(_logger: Any, method: str, line: str) -> str:
    """Say how much a line matters, as sd-daemon(3) has it."""
    return f"<{_PRIORITIES.get(method, _PRIORITIES['error'])}>{line}"


def _configure(stream: Any, lowest: int, processors: list[Any]) -> None:
    import structlog

    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    others = _Others(max(lowest, logging.WARNING))
    logging.getLogger().addHandler(others)
    _OTHERS.append(others)


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
        # Without the local variables, which may hold anything.
        plain_dicts = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        traces = structlog.processors.ExceptionRenderer(plain_dicts)
        last = [traces, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return common + last
