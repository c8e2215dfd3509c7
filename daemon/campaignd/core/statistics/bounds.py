"""An estimate's one-sided bounds, and the method they came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """One-sided bounds at one confidence each; None where the method gives none."""

    lower: float | None
    upper: float | None
    method: str | None


NO_BOUNDS = Bounds(None, None, None)
