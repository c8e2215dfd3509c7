"""A campaign file to a campaign, or to all its mistakes with their places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path as FilePath

from pydantic import TypeAdapter

from campaignd.adapters.campaign_files.checking import MOST_MISTAKES, Found, check_tree
from campaignd.adapters.campaign_files.composing import compose
from campaignd.adapters.campaign_files.filling import Filled, fill_inputs
from campaignd.adapters.campaign_files.nodes import (
    TOP,
    Entries,
    Items,
    Node,
    Place,
    Scalar,
    Tree,
    find_key_place,
    find_place,
    to_tree,
    walk_scalars,
)
from campaignd.adapters.campaign_files.reading import read_text
from campaignd.core.campaign import Campaign
from campaignd.core.campaign.resources import Input
from campaignd.core.mistakes import CampaignInvalid, LocatedMistake, Mistake, Path
from campaignd.core.scalars import shown

_INPUTS = TypeAdapter(dict[str, Input])
_START = "begin with 'version: 1' and 'name: …', or have 'campaignd init' write one"


@dataclass(frozen=True, slots=True)
class LoadedCampaign:
    """A campaign and the file's content that it was read from.

    `revision` is the SHA-256 of the text in UTF-8, in hex; `inputs` are the values used, defaults
    included; `source` is the path, or whatever names the text in messages.
    """

    campaign: Campaign
    text: str
    revision: str
    inputs: Mapping[str, str]
    source: str

    @property
    def name(self) -> str:
        return self.campaign.name


@dataclass(frozen=True, slots=True)
class OpenCampaign:
    """A file without mistakes that is no campaign before it is given the inputs it `needs`."""

    name: str
    description: str | None
    inputs: Mapping[str, Input]
    needs: tuple[str, ...]
    text: str
    revision: str
    source: str


@dataclass(frozen=True, slots=True)
class _Examined:
    campaign: Campaign | None
    inputs: Mapping[str, str]
    missing: tuple[LocatedMistake, ...]
    missing_names: tuple[str, ...]
    mistakes: tuple[LocatedMistake, ...]


def load_campaign(path: FilePath, inputs: Mapping[str, str]) -> LoadedCampaign:
    """Load a campaign file with its inputs. Raises CampaignInvalid with all its mistakes."""
    return load_campaign_text(read_text(path), str(path), inputs)


def load_campaign_text(text: str, source: str, inputs: Mapping[str, str]) -> LoadedCampaign:
    """Load a campaign from its text. Raises CampaignInvalid with all its mistakes."""
    examined = _examine(text, source, inputs)
    mistakes = (*examined.mistakes, *examined.missing)
    if mistakes or examined.campaign is None:
        raise _invalid(mistakes)
    return LoadedCampaign(
        campaign=examined.campaign,
        text=text,
        revision=_digest(text),
        inputs=examined.inputs,
        source=source,
    )


def check_campaign_file(path: FilePath, inputs: Mapping[str, str]) -> tuple[str, ...]:
    """Check a file as far as that goes without the inputs that a run must be given.

    Returns the names of these. Raises CampaignInvalid with all mistakes that do not hang on them.
    """
    examined = _examine(read_text(path), str(path), inputs)
    if examined.mistakes:
        raise _invalid(examined.mistakes)
    return examined.missing_names


def load_open_campaign(text: str, source: str) -> OpenCampaign | None:
    """Load a text that must be given inputs; None where its very name hangs on them.

    Raises CampaignInvalid with all mistakes that do not hang on them.
    """
    examined = _examine(text, source, {})
    if examined.mistakes:
        raise _invalid(examined.mistakes)
    tree = to_tree(compose(text).root or Entries({}, TOP))
    name, description = (_plain(tree, key) for key in ("name", "description"))
    if name is None or not isinstance(tree, dict):
        return None
    return OpenCampaign(
        name=name,
        description=description,
        inputs=_INPUTS.validate_python(tree.get("inputs")),
        needs=examined.missing_names,
        text=text,
        revision=_digest(text),
        source=source,
    )


def _plain(tree: Tree, key: str) -> str | None:
    """Return a text that refers to no inputs."""
    value = tree.get(key) if isinstance(tree, dict) else None
    return value if isinstance(value, str) and "${" not in value else None


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _examine(text: str, source: str, inputs: Mapping[str, str]) -> _Examined:
    document = compose(text)
    flaws = [
        LocatedMistake(source, flaw.place.line, flaw.place.column, flaw.message, flaw.hint)
        for flaw in document.flaws
    ]
    if not isinstance(document.root, Entries):
        flaws = flaws or [_describe_top(source, text, document.root)]
        return _Examined(None, {}, (), (), tuple(flaws))
    filled = fill_inputs(document.root, inputs)
    empty = tuple(_find_empty(document.root))
    untold = filled.open | {m.path for m in (*filled.mistakes, *empty)}
    checked = check_tree(to_tree(filled.root), untold)
    found = [Found(m) for m in (*filled.mistakes, *empty)] + list(checked.found)
    told = {each.mistake.path for each in found}
    missing = [Found(_describe_missing(n)) for n in filled.missing if ("inputs", n) not in told]
    return _Examined(
        campaign=checked.campaign,
        inputs=filled.values,
        missing=tuple(_locate(source, filled, each) for each in missing),
        missing_names=filled.missing,
        mistakes=(*flaws, *(_locate(source, filled, each) for each in found)),
    )


def _describe_top(source: str, text: str, root: Node | None) -> LocatedMistake:
    if isinstance(root, Items):
        message = "a campaign is a mapping of keys and values, this is a list"
        return LocatedMistake(source, root.place.line, root.place.column, message, _START)
    if isinstance(root, Scalar) and root.text is not None:
        message = f"a campaign is a mapping of keys and values, this is the text {shown(root.text)}"
        return LocatedMistake(source, root.place.line, root.place.column, message, _START)
    message = "there are only comments in this file" if text.strip() else "this file is empty"
    return LocatedMistake(source, TOP.line, TOP.column, message, _START)


def _find_empty(root: Node) -> Iterator[Mistake]:
    for path, scalar in walk_scalars(root):
        is_bare_input = len(path) == 2 and path[0] == "inputs"  # noqa: PLR2004  inputs, name
        if scalar.text is None and not is_bare_input:
            what = "this entry of the list" if isinstance(path[-1], int) else repr(path[-1])
            yield Mistake(path, f"{what} has no value", "write one, or remove it")


def _describe_missing(name: str) -> Mistake:
    return Mistake(
        ("inputs", name),
        f"the input {name!r} has no value",
        f"pass --input {name}=…, or give it a default",
    )


def _locate(source: str, filled: Filled, found: Found) -> LocatedMistake:
    mistake = found.mistake
    place = _find_place(filled.root, mistake.path, at_key=found.at_key)
    names = filled.from_inputs.get(mistake.path, ())
    origin = f"the value comes from the input {' and '.join(names)}"
    hints = [mistake.hint, origin if names else None]
    hint = "; ".join(filter(None, hints)) or None
    return LocatedMistake(source, place.line, place.column, mistake.message, hint)


def _find_place(root: Node, path: Path, *, at_key: bool) -> Place:
    return find_key_place(root, path) if at_key and path else find_place(root, path)


def _sort(mistakes: Iterable[LocatedMistake]) -> tuple[LocatedMistake, ...]:
    return tuple(sorted(set(mistakes), key=lambda m: (m.line or 0, m.column or 0, m.message)))


def _invalid(mistakes: Iterable[LocatedMistake]) -> CampaignInvalid:
    ordered = _sort(mistakes)
    told = list(ordered[:MOST_MISTAKES])
    if len(ordered) > MOST_MISTAKES:
        rest = "there are more mistakes"
        told.append(LocatedMistake(ordered[0].source, None, None, rest, "mend these first"))
    return CampaignInvalid(told)
