"""Places in a campaign file for mistakes that show only later, such as ids that do not exist."""

from collections.abc import Iterable

from campaignd.adapters.campaign_files.composing import compose
from campaignd.adapters.campaign_files.loading import LoadedCampaign
from campaignd.adapters.campaign_files.nodes import TOP, find_place
from campaignd.core.mistakes import LocatedMistake, Mistake


def locate_mistakes(
    loaded: LoadedCampaign, mistakes: Iterable[Mistake]
) -> tuple[LocatedMistake, ...]:
    """Find the places of mistakes in the file that a campaign was loaded from, in file order."""
    root = compose(loaded.text).root
    located = []
    for mistake in mistakes:
        place = TOP if root is None else find_place(root, mistake.path)
        located.append(
            LocatedMistake(loaded.source, place.line, place.column, mistake.message, mistake.hint)
        )
    return tuple(sorted(located, key=lambda m: (m.line or 0, m.column or 0)))
