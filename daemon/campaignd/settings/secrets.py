"""Secrets: files of the credentials folder, which come first, and variables."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from campaignd.settings.faults import SettingsInvalid

SECRET_PREFIX = "CAMPAIGND_SECRET_"  # noqa: S105  # the name of a variable


class Secrets:
    """Secrets that campaigns name: files of the credentials folder, else variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self, name: str) -> SecretStr | None:
        """Find the secret `ci-webhook` as file, else as `CAMPAIGND_SECRET_CI_WEBHOOK`."""
        text = read_credential(self._environment, name)
        if text is None:
            text = self._environment.get(variable_of(name))
        if not text:
            return None
        if text not in _FOUND:
            _FOUND.append(text)
        return SecretStr(text.strip())


_FOUND: list[str] = []


def found_secrets() -> tuple[str, ...]:
    """Return all secrets of campaigns that this process has read, for its log to hide."""
    return tuple(_FOUND)


def variable_of(secret: str) -> str:
    """Return the variable that holds a secret where no file does."""
    return SECRET_PREFIX + secret.upper().replace("-", "_")


def read_credential(environment: Mapping[str, str], name: str) -> str | None:
    """Read a file of the credentials folder; None if it is not there. Raises SettingsInvalid."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise SettingsInvalid(
            f"the credential {name} in {folder} cannot be read: check its owner and mode"
        ) from None
