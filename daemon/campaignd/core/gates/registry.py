"""Which words name a kind of gate, and the class that each stands for."""

from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

from campaignd.core.gates.model import GateModel

_G = TypeVar("_G", bound=GateModel)
_KINDS: dict[str, type[GateModel]] = {}
KINDS = MappingProxyType(_KINDS)
"""Kind to class, complete once `campaignd.core.gates` is imported."""


def gate_kind(*words: str) -> Callable[[type[_G]], type[_G]]:
    """Class decorator: gates that say one of these words are of this class."""

    def register(model: type[_G]) -> type[_G]:
        model.kinds = words
        _KINDS.update(dict.fromkeys(words, model))
        return model

    return register
