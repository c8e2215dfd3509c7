"""`${inputs.name}` in the values of a campaign file; `$${` stands for a plain `${`."""

import re
from collections.abc import Mapping

_PIECE = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")
_PREFIX = "inputs."


def find_references(text: str) -> tuple[str, ...]:
    """Name the inputs that a text refers to, each once, in order.

    Raises ValueError for a `${` that is neither a reference nor escaped.
    """
    pieces = [piece for piece in _PIECE.finditer(text) if piece[1] is not None]
    return tuple(dict.fromkeys(_read_reference(piece) for piece in pieces))


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of references. Every one that is referred to must be there."""
    return _PIECE.sub(
        lambda piece: "${" if piece[1] is None else values[_read_reference(piece)], text
    )


def _read_reference(piece: re.Match[str]) -> str:
    name = piece[1].strip()
    if not piece[2]:
        raise ValueError("'${' has no '}': write ${inputs.name}, or $${ for a plain ${")
    if not name.startswith(_PREFIX):
        raise ValueError(
            f"{piece[0]!r} is no input: write ${{inputs.name}}, or $${{ for a plain ${{"
        )
    return name.removeprefix(_PREFIX)
