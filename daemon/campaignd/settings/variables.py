"""The variables that settings have, and what to say of all others."""

from collections.abc import Collection, Iterator, Mapping

from pydantic import BaseModel

from campaignd.core.mistakes import suggest
from campaignd.settings.model import PREFIX, Settings
from campaignd.settings.secrets import SECRET_PREFIX


def known_variables() -> frozenset[str]:
    """Return the variable of each setting."""
    return frozenset(_variables(Settings, PREFIX))


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each `CAMPAIGND_…` variable that nothing reads."""
    known = {*known_variables(), "CAMPAIGND_CONFIG"}
    unknown = [
        name
        for name in sorted(environment)
        if name.startswith(PREFIX) and not name.startswith(SECRET_PREFIX) and name not in known
    ]
    return [say_unknown(name, known) for name in unknown]


def say_unknown(name: str, known: Collection[str]) -> str:
    """Say that a variable is none of those that are known, and which may be meant."""
    hint = suggest(name, known)
    return f"{name} is no setting" + (f": {hint}" if hint else "")


def _variables(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _variables(inner, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"
