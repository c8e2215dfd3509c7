import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
Served = Callable[..., Any]
WEBHOOKS = """
report:
  webhooks:
    - {url: "https://x.example.com/hook", secret: ci-webhook}
    - {url_secret: slack-qa, format: slack}
"""
INPUTS = """
inputs: {build: }
description: "Build ${inputs.build}."
"""


@pytest.fixture
def campaigns(home: Any) -> Path:
    folder: Path = home.folder / "campaigns"
    folder.mkdir()
    return folder


@pytest.fixture
def database(home: Any, campaignd: Command) -> Path:
    """A database that is in use."""
    assert campaignd("resume").status == 0
    path: Path = home.state / "campaignd.db"
    return path


def levels(outcome: Any) -> dict[str, str]:
    return {finding["check"]: finding["level"] for finding in outcome.json["findings"]}


def find(outcome: Any, check: str) -> Any:
    return next(each for each in outcome.json["findings"] if each["check"] == check)


def test_all_is_well_with_a_campaign_that_ran(
    served: Served, home: Any, campaignd: Command, campaigns: Path
) -> None:
    served()
    (home.folder / "smoke.yaml").rename(campaigns / "smoke.yaml")
    assert campaignd("run", "campaigns/smoke.yaml", "--quiet").status in {0, 1}
    told = campaignd("doctor", "--json")
    assert (told.status, told.err) == (0, "")
    assert told.json["schema"] == "campaignd.checkup/1"
    assert (told.json["exit_status"], told.json["meaning"]) == (0, "no problems")
    assert set(levels(told).values()) == {"ok"}


def test_nothing_is_made_where_nothing_was(served: Served, home: Any, campaignd: Command) -> None:
    served()
    before = sorted(home.folder.rglob("*"))
    assert campaignd("doctor").status == 0
    assert sorted(home.folder.rglob("*")) == before


def test_settings_that_cannot_work_end_the_examination(campaignd: Command) -> None:
    told = campaignd("doctor", "--json", CAMPAIGND_COVAL__TIMEOUT="soon")
    assert told.status == told.json["exit_status"] == 2
    (finding,) = told.json["findings"]
    assert (finding["check"], finding["level"]) == ("settings", "problem")
    assert "CAMPAIGND_COVAL__TIMEOUT: 'soon' is not a duration" in finding["message"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param(
            "CAMPAIGND_COVAL__BASE_URL",
            "https://me:geheim@example.com",
            "the base URL of Coval must not hold a user name or password",
            id="a password in an address",
        ),
        pytest.param("COVAL_API_KEY", "geheim\tgeheim", "check the key", id="a tab in a key"),
        pytest.param(
            "CAMPAIGND_DATABASE_URL", "postgres://geheim", "must name a SQLite file", id="database"
        ),
    ],
)
def test_what_is_wrong_with_a_setting_is_told_without_the_secret(
    campaignd: Command, name: str, value: str, words: str
) -> None:
    told = campaignd("doctor", **{name: value})
    assert told.status == 2
    assert words in " ".join(told.out.split())
    assert "geheim" not in told.out + told.err


def test_an_unknown_variable_is_a_warning_here(served: Served, campaignd: Command) -> None:
    served()
    told = campaignd("doctor", "--json", CAMPAIGND_COVAL__API_KY="x")
    assert told.status == 0
    warning = told.json["findings"][1]
    assert warning["level"] == "warning"
    assert "did you mean 'CAMPAIGND_COVAL__API_KEY'?" in warning["message"]


def test_campaign_files_show_their_first_mistake(
    served: Served, campaignd: Command, campaigns: Path
) -> None:
    served()
    (campaigns / "bad.yaml").write_text("version: 1\nname: bad\nagnts: {}\n")
    told = campaignd("doctor", "--json")
    assert (told.status, told.json["exit_status"]) == (2, 2)
    finding = find(told, "campaigns")
    assert finding["message"].startswith("campaigns/bad.yaml:")
    assert finding["message"].endswith("(and 1 more)")
    assert finding["commands"] == ["campaignd validate campaigns/bad.yaml"]


def test_trouble_outranks_an_invalid_file(
    served: Served, campaignd: Command, campaigns: Path
) -> None:
    served(api_keys={"coval": "another-key"})
    (campaigns / "bad.yaml").write_text("version: 1\n")
    assert campaignd("doctor").status == 4


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(False, "campaigns cannot be read: No such file or directory", id="no folder"),
        pytest.param(True, "no campaign file (*.yaml) in campaigns", id="an empty folder"),
    ],
)
def test_without_campaigns_a_first_one_is_offered(
    served: Served, home: Any, campaignd: Command, made: bool, words: str
) -> None:
    served()
    if made:
        (home.folder / "campaigns").mkdir()
    finding = find(campaignd("doctor", "--json"), "campaigns")
    assert (finding["level"], finding["commands"]) == ("warning", ["campaignd init"])
    assert words in finding["message"]


def test_secrets_that_campaigns_name_are_looked_for(
    served: Served, home: Any, campaignd: Command, campaigns: Path
) -> None:
    served()
    text = (home.folder / "smoke.yaml").read_text() + WEBHOOKS
    (campaigns / "smoke.yaml").write_text(text)
    home.environment |= {"CAMPAIGND_SECRET_CI_WEBHOOK": "whsec_geheim"}
    missing = campaignd("doctor", "--json")
    assert missing.status == 0
    malformed, unset = [each for each in missing.json["findings"] if each["check"] == "secrets"]
    assert "the secret ci-webhook cannot be used" in malformed["message"]
    assert "campaigns/smoke.yaml: the secret slack-qa is not set" in unset["message"]
    assert unset["advice"] == "Set CAMPAIGND_SECRET_SLACK_QA."
    assert "geheim" not in missing.out
    home.environment |= {
        "CAMPAIGND_SECRET_CI_WEBHOOK": "whsec_" + "A" * 44,
        "CAMPAIGND_SECRET_SLACK_QA": "https://hooks.example.com/geheim",
    }
    found = campaignd("doctor", "--json")
    assert find(found, "secrets")["message"] == "2 secrets named by campaigns, each set"


def test_a_secret_may_be_a_file_of_the_credentials_folder(
    served: Served, home: Any, campaignd: Command, campaigns: Path
) -> None:
    served()
    (campaigns / "smoke.yaml").write_text((home.folder / "smoke.yaml").read_text() + WEBHOOKS)
    folder = home.folder / "credentials"
    folder.mkdir()
    (folder / "ci-webhook").write_text("whsec_" + "A" * 44)
    told = campaignd("doctor", "--json", CREDENTIALS_DIRECTORY=str(folder))
    assert find(told, "secrets")["advice"] == (
        f"Write the file {folder}/slack-qa, or set CAMPAIGND_SECRET_SLACK_QA."
    )


def test_secrets_of_a_campaign_that_needs_inputs_cannot_be_told(
    served: Served, home: Any, campaignd: Command, campaigns: Path
) -> None:
    served()
    text = (home.folder / "smoke.yaml").read_text() + INPUTS
    (campaigns / "smoke.yaml").write_text(text)
    told = campaignd("doctor", "--json")
    assert (find(told, "campaigns")["level"], find(told, "secrets")["level"]) == ("ok", "unknown")


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(damage, "campaignd.db", id="damaged"),
        pytest.param(lambda path: path.write_text("x" * 4096), "not a database", id="not one"),
        pytest.param(make_newer, "written by a newer campaignd", id="newer"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_problem(
    served: Served, campaignd: Command, database: Path, harm: Callable[[Path], Any], words: str
) -> None:
    served()
    harm(database)
    told = campaignd("doctor", "--json")
    assert (told.status, told.json["exit_status"]) == (4, 4)
    finding = find(told, "database")
    assert finding["level"] == "problem"
    assert words in finding["message"]


@pytest.mark.parametrize("columns", [40, 80])
def test_the_table_fits_its_screen_and_leaves_commands_whole(
    served: Served, campaignd: Command, campaigns: Path, columns: int
) -> None:
    served(api_keys={"coval": "another-key"})
    (campaigns / "a-file-with-a-long-name.yaml").write_text("version: 1\n")
    told = campaignd("doctor", COLUMNS=str(columns))
    lines = told.out.splitlines()
    commands = [line for line in lines if line.strip().startswith("campaignd validate")]
    assert [line.strip() for line in commands] == [
        "campaignd validate campaigns/a-file-with-a-long-name.yaml"
    ]
    assert max(len(line) for line in lines if line not in commands) <= columns
    assert "✗ problem  coval\n" in told.out or "✗ problem  coval   " in told.out
    summary = " ".join(told.out.split("\n\n")[-1].split())
    assert summary == (
        "2 problems, 0 warnings; exit status 4: trouble with a vendor or the database"
    )


def test_help_tells_the_exit_statuses(campaignd: Command) -> None:
    words = " ".join(campaignd("doctor", "--help").out.split())
    assert "0 if there are no problems (warnings are none)" in words
    assert "with 2 if only settings or campaign files are invalid" in words
    assert "with 4 for trouble with a vendor or the database" in words
