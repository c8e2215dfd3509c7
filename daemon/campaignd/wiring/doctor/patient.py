"""What is examined."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from campaignd.adapters.store.database import path_of
from campaignd.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Patient:
    """The environment of the command, and its options `--config` and `--database`."""

    environment: Mapping[str, str]
    config: Path | None = None
    database: str | None = None

    def load_settings(self) -> Settings:
        """Read the settings in force. Raises SettingsInvalid."""
        overrides = {} if self.database is None else {"database_url": self.database}
        return load_settings(self.environment, self.config, **overrides)

    def command(self, *words: str) -> str:
        """Write a command for this patient: with the same options, where they are no secrets."""
        options = []
        if self.config is not None:
            options += ["--config", str(self.config)]
        if self.database is not None and path_of(self.database) is not None:
            options += ["--database", self.database]
        return shlex.join(["campaignd", *words, *options])
