"""What a person sees when the surroundings are wrong."""

import os
import pty
import re
import subprocess
import sys
from typing import Any

import pytest


def test_a_wrong_api_key_is_told_with_the_vendors_words_and_the_setting(
    campaignd: Any, served: Any
) -> None:
    vendors = served(api_keys={"coval": "another-key"})
    done = campaignd("run", "smoke.yaml")
    assert (done.status, done.out) == (2, "")
    assert "Coval answered 401" in done.err
    assert "Invalid or missing API key" in done.err
    assert "check CAMPAIGND_COVAL__API_KEY" in done.err
    assert vendors.launches == 0


def test_a_missing_key_is_told_with_a_way_without_one(campaignd: Any) -> None:
    done = campaignd("run", "smoke.yaml")
    assert done.status == 2
    assert done.err == (
        "no API key for Coval: set CAMPAIGND_COVAL__API_KEY (or COVAL_API_KEY); "
        "to try things without keys, add --sandbox\n"
    )


def test_a_vendor_that_answers_html_is_told_so(campaignd: Any, served: Any) -> None:
    served(faults=[{"match": {"path": "/v1/*"}, "do": {"garbage": "html"}}])
    done = campaignd("run", "smoke.yaml")
    assert (done.status, done.out) == (4, "")
    assert "Is CAMPAIGND_COVAL__BASE_URL right, and no proxy or login page" in done.err
    assert "Nothing was launched." in done.err


def test_a_vendor_in_trouble_is_told_with_its_words(campaignd: Any, served: Any) -> None:
    served(faults=[{"match": {"path": "/v1/*"}, "do": {"status": 503, "body": "text"}}])
    done = campaignd("plan", "smoke.yaml")
    assert done.status == 4
    assert "Coval answered 503" in done.err
    assert done.err.endswith("Try again later.\n")


@pytest.mark.parametrize(
    ("variables", "status", "message"),
    [
        pytest.param(
            {"CAMPAIGND_COVAL__BASEURL": "x"},
            2,
            "CAMPAIGND_COVAL__BASEURL is no setting: did you mean 'CAMPAIGND_COVAL__BASE_URL'?",
            id="a mistyped variable",
        ),
        pytest.param(
            {"CAMPAIGND_COVAL__BASE_URL": "127.0.0.1/v1", "COVAL_API_KEY": "k"},
            2,
            "the base URL of Coval must look like https://host/path, not '127.0.0.1/v1' (see "
            "CAMPAIGND_COVAL__BASE_URL",
            id="a base URL without scheme",
        ),
        pytest.param(
            {"CAMPAIGND_POLL__MIN_INTERVAL": "soon"},
            2,
            "CAMPAIGND_POLL__MIN_INTERVAL: ",
            id="no duration",
        ),
        pytest.param(
            {"CAMPAIGND_CONFIG": "no.toml"}, 2, "no.toml cannot be read", id="no such config"
        ),
        pytest.param(
            {"CAMPAIGND_DATABASE_URL": "campaigns.db"},
            2,
            "CAMPAIGND_DATABASE_URL: the database URL cannot be read: write sqlite:////",
            id="a path for a database URL",
        ),
        pytest.param(
            {"CAMPAIGND_DATABASE_URL": "mysql://root:hunter2@db/campaigns"},
            2,
            "CAMPAIGND_DATABASE_URL must name a SQLite file",
            id="another database",
        ),
        pytest.param(
            {"CAMPAIGND_DATABASE_URL": "sqlite:///smoke.yaml/campaignd.db"},
            4,
            "cannot make the database's folder smoke.yaml: File exists; choose another place",
            id="a file in place of the database's folder",
        ),
        pytest.param(
            {"CAMPAIGND_DATABASE_URL": "sqlite:///smoke.yaml"},
            4,
            "the database smoke.yaml cannot be used: file is not a database",
            id="a file that is no database",
        ),
    ],
)
def test_settings_and_databases_that_cannot_work_are_told_with_what_would(
    campaignd: Any, variables: dict[str, str], status: int, message: str
) -> None:
    command = ("run", "smoke.yaml") if status == 2 else ("resume",)
    done = campaignd(*command, **variables)
    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(message)
    assert "Traceback" not in done.err
    assert "hunter2" not in done.err


def test_a_damaged_database_is_told_with_what_to_do(campaignd: Any, home: Any) -> None:
    campaignd("resume")
    database = home.state / "campaignd.db"
    content = bytearray(database.read_bytes())
    content[4096:40960] = os.urandom(36864)
    database.write_bytes(content)
    done = campaignd("list")
    assert (done.status, done.out) == (4, "")
    assert f"the database {database} cannot be used" in done.err
    assert "the file is damaged; put a backup in its place" in done.err


@pytest.mark.slow
def test_a_log_that_cannot_be_written_ends_no_work(campaignd: Any, home: Any, served: Any) -> None:
    served(faults=[{"match": {"method": "GET", "every": 3}, "do": {"status": 503}}])
    home.state.mkdir()
    (home.state / "campaignd.log").symlink_to("/dev/full")
    done = campaignd("run", "smoke.yaml")
    assert (done.status, "Traceback" in done.err) == (0, False)


def test_reading_into_a_closed_pipe_is_no_trouble(campaignd: Any, home: Any) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "campaignd", "schema"],
        cwd=home.folder,
        env=home.environment,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_help_answers_at_once_without_the_heavy_parts() -> None:
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "campaignd", "run", "--help"],
        capture_output=True,
        check=True,
        text=True,
    ).stderr
    heavy = {"anyio", "httpx", "pydantic", "sqlalchemy", "numpy", "scipy", "rich", "ruamel.yaml"}
    assert heavy.isdisjoint(re.findall(r"\| +(\S+)$", imported, re.MULTILINE))


def test_an_unknown_command_or_none_is_told_with_help(campaignd: Any) -> None:
    unknown = campaignd("rum")
    assert (unknown.status, unknown.out) == (2, "")
    assert "No such command 'rum'" in unknown.err
    none = campaignd()
    assert none.status == 2
    assert "Usage: campaignd" in none.err


@pytest.mark.parametrize(
    ("variables", "is_drawn"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, True, id="without colour"),
        pytest.param({"CI": "true"}, False, id="in CI"),
    ],
)
@pytest.mark.slow
def test_progress_is_drawn_on_terminals_and_lines_in_ci(
    home: Any, brisk: Any, variables: dict[str, str], is_drawn: bool
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "campaignd", "run", "smoke.yaml"],
        cwd=home.folder,
        env=home.environment | {"TERM": "xterm-256color"} | variables,
        stdout=theirs,
        stderr=theirs,
    ) as running:
        os.close(theirs)
        seen = read_all(ours)
        assert running.wait() == 0
    assert ("\x1b[?25l" in seen) is is_drawn
    assert ("\x1b[32m" in seen) is ("NO_COLOR" not in variables)
    assert "checkout/elderly/smoke" in seen


def read_all(descriptor: int) -> str:
    read = b""
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # how a pseudo terminal says that nobody writes any more
            chunk = b""
        if not chunk:
            os.close(descriptor)
            return read.decode()
        read += chunk
