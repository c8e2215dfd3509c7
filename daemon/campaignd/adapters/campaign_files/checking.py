"""From a tree to a campaign and all its mistakes, those between broken and sound parts too."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from campaignd.adapters.campaign_files.nodes import Tree
from campaignd.adapters.campaign_files.repair import Repair
from campaignd.adapters.campaign_files.wording import describe, is_about_key, trace
from campaignd.core.campaign import Campaign
from campaignd.core.campaign.checks import check_campaign, describe_declared
from campaignd.core.gates import check_gates
from campaignd.core.mistakes import Mistake, Path, suggest
from campaignd.core.plan import PlanInvalid, expand

MOST_MISTAKES = 200
"""More than anybody reads at once; one further is looked for, to say that there are more."""

_ROUNDS = 50
_DECLARING = frozenset({"agents", "personas", "test_sets", "mutations", "metrics"})
_SHAPING = _DECLARING | {"matrix"}


@dataclass(frozen=True, slots=True)
class Found:
    """A mistake; `at_key` where the key is wrong, not its value."""

    mistake: Mistake
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The campaign, None where it is broken, and what is wrong with it."""

    campaign: Campaign | None
    found: tuple[Found, ...]


def check_tree(tree: Tree, untold: frozenset[Path]) -> Checked:
    """Validate a tree. Nothing is said about places in `untold`: they are open, or told already."""
    try:
        campaign = Campaign.model_validate(tree)
    except ValidationError as error:
        return Checked(None, tuple(_find_in_broken(tree, error, untold)))
    return Checked(campaign, tuple(_find_between(tree, campaign, Repair(), untold)))


def check_whole(campaign: Campaign) -> Iterator[Mistake]:
    """Every mistake between the parts of a campaign, its cells and gates included."""
    mistakes = list(islice(check_campaign(campaign), MOST_MISTAKES + 1))
    yield from mistakes
    cells = None
    if not any(mistake.path[0] in _SHAPING for mistake in mistakes):
        try:
            cells = [cell.key for cell in expand(campaign).cells]
        except PlanInvalid as invalid:
            yield from invalid.mistakes
    yield from check_gates(campaign.gates, describe_declared(campaign, cells))


def _find_in_broken(tree: Tree, error: ValidationError, untold: frozenset[Path]) -> Iterator[Found]:
    errors = error.errors(include_url=False)
    paths = [trace(tree, error["loc"]) for error in errors]
    around = {path[:size] for path in paths for size in range(len(path))}
    for line, path in zip(errors, paths, strict=True):
        if path not in untold and not (path in around and _is_of_the_whole(line)):
            yield Found(describe(line, path), is_about_key(line, path))
    if any(_leaves_section_out(line, path) for line, path in zip(errors, paths, strict=True)):
        return
    repair = Repair()
    mended = _mend(tree, errors, repair)
    if mended is not None:
        yield from _find_between(tree, mended, repair, untold | frozenset(paths))


def _is_of_the_whole(error: ErrorDetails) -> bool:
    """Whether it says what a part is missing that may be there, but wrong."""
    return error["type"] in {"gate", "too_short"}


def _leaves_section_out(error: ErrorDetails, path: Path) -> bool:
    """Whether a whole section may be unknown, so that all of its names would seem undeclared."""
    if error["type"] == "missing" and not path:
        return error["loc"][-1] in _DECLARING
    if error["type"] == "extra_forbidden" and len(path) == 1:
        return suggest(str(path[0]), _DECLARING) is not None
    return len(path) == 1 and path[0] in _DECLARING


def _mend(tree: Tree, errors: list[ErrorDetails], repair: Repair) -> Campaign | None:
    mended = tree
    for _ in range(_ROUNDS):
        keys = {trace(mended, e["loc"]) for e in errors if is_about_key(e, ())}
        values = {_target(mended, e) for e in errors if not is_about_key(e, ())}
        if not repair.mend(map(repair.original, keys), map(repair.original, values)):
            return None
        mended = repair.apply(tree)
        try:
            return Campaign.model_validate(mended)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None


def _target(tree: Tree, error: ErrorDetails) -> Path:
    path = trace(tree, error["loc"])
    return (*path, error["loc"][-1]) if error["type"] == "missing" else path


def _find_between(
    tree: Tree, campaign: Campaign, repair: Repair, hidden: frozenset[Path]
) -> Iterator[Found]:
    broken = {step for path in hidden if path and path[0] in _DECLARING for step in path[1:]}
    for mistake in islice(check_whole(campaign), MOST_MISTAKES + 1):
        path = repair.original(mistake.path)
        if not _touches(path, hidden) and _text_at(tree, path) not in broken:
            yield Found(replace(mistake, path=path))


def _touches(path: Path, hidden: frozenset[Path]) -> bool:
    """Whether a place lies within a hidden one, or around it."""
    return any(path[: len(other)] == other or other[: len(path)] == path for other in hidden)


def _text_at(tree: Tree, path: Path) -> str | None:
    for step in path:
        if isinstance(tree, dict) and step in tree:
            tree = tree[str(step)]
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree if isinstance(tree, str) else None
