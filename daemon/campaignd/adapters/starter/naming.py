"""Names for campaign files, made from the vendors' names."""

import re
import unicodedata

from campaignd.adapters.starter.yaml_text import WORDS_OF_YAML
from campaignd.core.scalars import RESERVED_NAMES

_LONGEST = 40
_APOSTROPHES = re.compile("['\u2019]")
_GAPS = re.compile(r"[^a-z0-9._]+")


class Names:
    """Gives out names that fit the campaign format, no name twice; `kind` stands in for none."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._taken: set[str] = set()

    def take(self, title: str) -> str:
        """Make a name of a title: `Impatient caller` becomes `impatient-caller`."""
        wanted = make_slug(title) or self._kind
        if wanted in RESERVED_NAMES or wanted in WORDS_OF_YAML:
            wanted = f"{wanted}-{self._kind}"
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted}-{number}"
        self._taken.add(name)
        return name


def name_campaign(title: str) -> str:
    """Make the name of a campaign of a title, such as the stem of its file."""
    return Names("campaign").take(title)


def make_slug(title: str) -> str:
    """Lower-case Latin letters, digits and what joins them; empty if the title has none."""
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", title).casefold())
    ascii_only = "".join(c for c in folded if not unicodedata.combining(c))
    return _GAPS.sub("-", ascii_only).strip("-._")[:_LONGEST].rstrip("-._")
