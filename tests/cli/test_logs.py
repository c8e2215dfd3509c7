"""The log: one record a line, fit for the journal, without secrets."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest
import structlog

from campaignd.cli.logs import close_log, set_up_log, set_up_service_log
from campaignd.cli.redaction import Redactor, secrets_of
from campaignd.settings import Secrets, Settings, found_secrets

TOKEN = f"cd_{'a' * 16}_{'b' * 52}"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Log = Callable[..., None]


@pytest.fixture
def stderr(tmp_path: Path) -> Iterator[TextIO]:
    with (tmp_path / "stderr").open("w+", encoding="utf-8") as stream:
        yield stream


@pytest.fixture
def serve_log(stderr: TextIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Log as a service does, with that stream as standard error."""

    def set_up(form: str, environment: dict[str, str] | None = None) -> None:
        monkeypatch.setattr(sys, "stderr", stderr)
        set_up_service_log(form, "debug", Redactor(()), environment or {})

    yield set_up
    close_log()


def read(stream: TextIO) -> list[str]:
    stream.seek(0)
    return stream.read().splitlines()


def journal(stream: TextIO) -> dict[str, str]:
    """Say what systemd says of a stream that leads to the journal."""
    status = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}


def fail() -> None:
    words = f"no\x1b[31mgood\nkey {TOKEN}"
    raise RuntimeError(words)


def log_everything() -> None:
    log = structlog.get_logger()
    log.debug("small")
    log.info("moved", why="two\nlines")
    log.warning("odd")
    try:
        fail()
    except RuntimeError:
        log.exception("campaignd failed")


@pytest.mark.parametrize("form", ["console", "json"])
def test_each_record_is_one_line_traces_included(serve_log: Log, stderr: TextIO, form: str) -> None:
    serve_log(form)
    log_everything()
    lines = read(stderr)
    assert len(lines) == 4
    assert "RuntimeError" in lines[3]
    assert "test_logs.py" in lines[3]
    assert all(line.isprintable() for line in lines)
    assert TOKEN not in "".join(lines)


@pytest.mark.parametrize("form", ["console", "json"])
def test_to_the_journal_each_line_has_the_priority_of_its_level(
    serve_log: Log, stderr: TextIO, form: str
) -> None:
    serve_log(form, journal(stderr))
    log_everything()
    assert [line[:3] for line in read(stderr)] == ["<7>", "<6>", "<4>", "<3>"]


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({}, id="no systemd"),
        pytest.param({"JOURNAL_STREAM": "8:1"}, id="another stream leads to the journal"),
        pytest.param({"JOURNAL_STREAM": ""}, id="nothing said"),
    ],
)
def test_nobody_else_sees_priorities(
    serve_log: Log, stderr: TextIO, environment: dict[str, str]
) -> None:
    serve_log("console", environment)
    structlog.get_logger().warning("odd")
    (line,) = read(stderr)
    assert not line.startswith("<")


def test_traces_in_json_leave_local_variables_out(serve_log: Log, stderr: TextIO) -> None:
    serve_log("json")
    log_everything()
    trace = json.loads(read(stderr)[-1])["exception"][0]
    assert trace["exc_type"] == "RuntimeError"
    assert not any(frame.get("locals") for frame in trace["frames"])


def test_what_libraries_log_looks_like_all_else(serve_log: Log, stderr: TextIO) -> None:
    serve_log("json")
    logging.getLogger("uvicorn.error").error("broken %s", "pipe")
    logging.getLogger("uvicorn.access").info("GET /hooks/coval/secret")
    logging.getLogger("httpx").info("HTTP Request: GET https://example.com?key=secret")
    (line,) = map(json.loads, read(stderr))
    assert (line["event"], line["level"], line["logger"]) == (
        "broken pipe",
        "error",
        "uvicorn.error",
    )


def test_a_closed_stream_stops_nobody(serve_log: Log, stderr: TextIO) -> None:
    serve_log("console")
    stderr.close()
    structlog.get_logger().info("moved")


def test_the_log_of_a_command_goes_to_its_file_without_secrets(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    set_up_log(tmp_path, "console", "info", Redactor(["a-key-of-ours"]))
    structlog.get_logger().info("sent", key="a-key-of-ours")
    logging.getLogger("asyncio").warning("slow")
    written = (tmp_path / "campaignd.log").read_text().splitlines()
    assert "key=***" in written[0]
    assert "slow" in written[1]
    assert capfd.readouterr().err == ""
    close_log()


def test_after_the_end_libraries_have_no_handler_of_ours(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    set_up_log(tmp_path, "console", "info", Redactor(()))
    close_log()
    assert logging.getLogger().handlers == before


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(f"token {TOKEN}.", f"token cd_{'a' * 16}_***.", id="a token"),
        pytest.param(f"signs with {SIGNING},", "signs with whsec_***,", id="a signing secret"),
        pytest.param("POST /hooks/coval/abc-1.2~3?x", "POST /hooks/coval/***?x", id="a hook"),
        pytest.param("Authorization: Bearer abc.def", "Authorization: Bearer ***", id="a header"),
        pytest.param("postgresql://me:pw@db/x", "postgresql://me:***@db/x", id="a password"),
        pytest.param("key=a-key-of-ours!", "key=***!", id="a value of a setting"),
        pytest.param('{"w": "sl\\\\ash\\"ed"}', '{"w": "***"}', id="its form in JSON"),
        pytest.param("first-key-1 or second-key-2", "*** or ***", id="one of several keys"),
        pytest.param("short is shown", "short is shown", id="what is too short to be one"),
        pytest.param("run cd-01abc of cd-i-01x", "run cd-01abc of cd-i-01x", id="tags of Coval"),
    ],
)
def test_secrets_are_hidden_wherever_they_stand(line: str, shown: str) -> None:
    hide = Redactor(["a-key-of-ours", 'sl\\ash"ed', "first-key-1 second-key-2", "short"])
    assert hide(None, "info", line) == shown


def test_secrets_of_campaigns_are_hidden_once_they_are_read() -> None:
    hide = Redactor((), found_secrets)
    line = "https://hooks.slack.example/T0/never-seen-before"
    assert hide(None, "info", line) == line
    Secrets({"CAMPAIGND_SECRET_SLACK_QA": f"{line}\n"}).find("slack-qa")
    assert hide(None, "info", f"to {line}") == "to ***"


def test_all_secret_settings_are_known() -> None:
    values: dict[str, Any] = {
        "coval": {"api_key": "key-of-coval"},
        "cotool": {"api_key": "key-of-cotool"},
        "hooks": {"coval_secret": "secret-part-of-a-path"},
        "token": TOKEN,
    }
    known = set(secrets_of(Settings.model_validate(values)))
    assert known == {"key-of-coval", "key-of-cotool", "secret-part-of-a-path", TOKEN}
