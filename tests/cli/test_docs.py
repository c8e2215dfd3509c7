"""What the pages on commands and settings promise is what there is."""

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from campaignd.cli.group import campaignd
from campaignd.core.scalars import parse_duration
from campaignd.settings import Settings, unknown_variables

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = (DOCS / "commands.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")
SHARED = {"--config", "--database", "--sandbox", "--input", "--json", "--no-color", "--help"}
ROW = re.compile(r"^\| `(CAMPAIGND_\w+)` \| `([\w.]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("name", sorted(campaignd.commands))
def test_each_command_has_a_section_with_an_example_its_options_and_statuses(name: str) -> None:
    section = COMMANDS.split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert f"$ campaignd {name}" in section
    assert "xits with" in section or name == "schema"
    for option in campaignd.commands[name].params:
        if isinstance(option, click.Option):
            (written,) = {word for word in option.opts if word.startswith("--")}
            assert f"`{written}" in (COMMANDS if written in SHARED else section)


def test_no_section_is_about_a_command_that_does_not_exist() -> None:
    sections = set(re.findall(r"^## (\w+)$", COMMANDS, re.MULTILINE))
    assert sections == set(campaignd.commands)


@pytest.mark.parametrize("name", sorted(campaignd.commands))
def test_the_first_line_of_help_is_whole_in_the_list_of_commands(name: str) -> None:
    assert not campaignd.commands[name].get_short_help_str(limit=64).endswith("...")


def settings(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, (*path, name))
        else:
            yield ".".join((*path, name)), field.default


def test_each_setting_is_documented_with_its_variable_key_and_default() -> None:
    rows = {key: (variable, default) for variable, key, default, _ in ROW.findall(SETTINGS)}
    expected = dict(settings(Settings))
    assert set(rows) == set(expected)
    for key, default in expected.items():
        variable, written = rows[key]
        assert variable == "CAMPAIGND_" + key.replace(".", "__").upper()
        assert unknown_variables({variable: "x"}) == []
        if key != "database_url":
            assert read(written, default) == default


def read(written: str, like: Any) -> Any:
    """Read a default as it is written in the table."""
    text = written.strip("`")
    if isinstance(like, timedelta):
        return parse_duration(text)
    if isinstance(like, bool):
        return text == "true"
    if text == "none":
        return () if like == () else None
    if like is None:
        return text
    return type(like)(text)


def test_the_example_of_a_file_is_one() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", SETTINGS, re.DOTALL)
    assert Settings.model_validate(tomllib.loads(example)).coval.runs_in_flight == 20


@pytest.mark.parametrize("page", ["commands.md", "settings.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([\w.-]*)(?:#([\w-]+))?\)", text):
        linked = (DOCS / (target or page)).read_text(encoding="utf-8")
        headings = re.findall(r"^#+ (.+)$", linked, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
        assert not anchor or anchor in anchors
