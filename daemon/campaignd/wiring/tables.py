"""Tables of values, read with the words of a campaign."""

from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

from campaignd.adapters.table import Vocabulary, read_table
from campaignd.core.campaign import Campaign
from campaignd.engine.records import ComparedFile, Tabled


def read_compared(file: ComparedFile, campaign: Campaign) -> Sequence[Tabled]:
    """Read a table that a campaign is compared with; metrics that it lost since are left out.

    Raises TableInvalid.
    """
    vocabulary = _vocabulary(campaign, is_strict=False)
    return read_table(BytesIO(file.data), file.title, vocabulary)


def read_data(file: BinaryIO, title: str, campaign: Campaign) -> Sequence[Tabled]:
    """Read a table of a campaign's values, which has no other metrics. Raises TableInvalid."""
    return read_table(file, title, _vocabulary(campaign, is_strict=True))


def _vocabulary(campaign: Campaign, *, is_strict: bool) -> Vocabulary:
    scored = tuple(name for name, agent in campaign.agents.items() if agent.cotool)
    return Vocabulary(campaign.metrics, scored, is_strict)
