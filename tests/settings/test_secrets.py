from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.settings.conftest import EXAMPLES, KEY, value_of

from campaignd.settings import Secrets, SettingsInvalid, load_settings, variable_of


def test_a_secret_is_never_shown(write_toml: Callable[[str], Path]) -> None:
    settings = load_settings(
        {
            "COVAL_API_KEY": KEY,
            "CAMPAIGND_COTOOL__API_KEY": KEY,
            "CAMPAIGND_DATABASE_URL": f"postgresql://me:{KEY}@db/campaignd",
        }
    )
    assert KEY not in f"{settings!r} {settings} {settings.coval!r} {settings.cotool}"
    with pytest.raises(SettingsInvalid) as caught:
        load_settings({}, write_toml(f'[coval.api_key]\n"{KEY}" = 1\n'))
    assert KEY not in str(caught.value)
    assert KEY not in repr(Secrets({"CAMPAIGND_SECRET_X": KEY}).find("x"))


@pytest.mark.parametrize(
    ("file", "variable", "expected"),
    [
        pytest.param("from-file\n", None, "from-file", id="a file, without its last line end"),
        pytest.param(None, "from-variable", "from-variable", id="a variable"),
        pytest.param("from-file", "from-variable", "from-file", id="both: the file"),
        pytest.param(None, None, None, id="neither"),
        pytest.param(None, "", None, id="an empty variable"),
    ],
)
def test_a_secret_is_found_by_its_name(
    credentials: Path, file: str | None, variable: str | None, expected: str | None
) -> None:
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    if file is not None:
        (credentials / "ci-webhook").write_text(file)
    if variable is not None:
        environment["CAMPAIGND_SECRET_CI_WEBHOOK"] = variable
    found = Secrets(environment).find("ci-webhook")
    assert (found and found.get_secret_value()) == expected


def test_a_secret_needs_no_credentials_folder() -> None:
    assert variable_of("ci-webhook") == "CAMPAIGND_SECRET_CI_WEBHOOK"
    assert Secrets({"CAMPAIGND_SECRET_CI_WEBHOOK": KEY}).find("ci-webhook") == SecretStr(KEY)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda path: path.mkdir(), id="a folder"),
        pytest.param(lambda path: path.write_bytes(b"\xff\xfe"), id="no text"),
    ],
)
def test_a_credential_that_cannot_be_read_is_named(
    credentials: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(credentials / "campaignd_coval_api_key")
    with pytest.raises(SettingsInvalid, match="the credential campaignd_coval_api_key in"):
        load_settings({"CREDENTIALS_DIRECTORY": str(credentials)})


@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param("campaignd_token", "TOKEN", id="the token of a client"),
        pytest.param(
            "campaignd_hooks_coval_secret", "HOOKS__COVAL_SECRET", id="the secret of hooks"
        ),
    ],
)
def test_secrets_of_the_api_may_be_credentials(credentials: Path, file: str, name: str) -> None:
    text, secret = EXAMPLES[name]
    (credentials / file).write_text(f"{text}\n")
    settings = load_settings({"CREDENTIALS_DIRECTORY": str(credentials)})
    assert value_of(settings, name) == secret
    assert text not in f"{settings!r} {settings}"
