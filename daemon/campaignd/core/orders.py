"""What somebody who orders an execution may ask for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campaignd.core.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that may come twice and is heeded once: whose, by which key, asking for what.

    `fingerprint` is the SHA-256 of all that was asked for, in hexadecimal.
    """

    caller: str
    key: str
    fingerprint: str


class KeyReused(Exception):
    """The key was used before, for something else."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """Options in the place of those that a campaign and the entries of its matrix name."""

    iterations: int | None = None
    concurrency: int | None = None

    @property
    def given(self) -> dict[str, int]:
        both = {"iterations": self.iterations, "concurrency": self.concurrency}
        return {name: value for name, value in both.items() if value is not None}

    def notes(self) -> Iterator[str]:
        """Say what they change, for the report."""
        for name, value in self.given.items():
            yield f"{name}: {value} in every cell, as the request asked"


AS_WRITTEN = Overrides()


def override(campaign: Campaign, overrides: Overrides) -> Campaign:
    """Return the campaign with other options, in every entry of its matrix."""
    if not overrides.given:
        return campaign
    changes: dict[str, Any] = {"options": campaign.options.model_copy(update=overrides.given)}
    if campaign.matrix is not None:
        cleared = dict.fromkeys(overrides.given)
        entries = tuple(each.model_copy(update=cleared) for each in campaign.matrix.include)
        changes["matrix"] = campaign.matrix.model_copy(update={"include": entries})
    return campaign.model_copy(update=changes)
