"""How chances and sizes are told to people."""

from campaignd.core.gates.margins import Scale

_SELDOM = 0.01
_RARE = 0.35
_ALWAYS = 0.98


def chance(value: float) -> str:
    """Write a chance as `1 in 5`, `7 in 10`, `almost always`."""
    if value < _SELDOM:
        return "under 1 in 100"
    if value > _ALWAYS:
        return "almost always"
    return f"1 in {round(1 / value)}" if value < _RARE else f"{round(value * 10)} in 10"


def about(amount: float, scale: Scale) -> str:
    """Write a size that is only about right: `48 points`, `7.1%`, `0.31 s`."""
    return scale.write(float(f"{abs(amount):.2g}"))


def percent(share: float) -> str:
    """Write a share in whole percent, near the ends with a digit more."""
    number = share * 100
    near_an_end = min(number, 100 - number)
    digits = 0 if near_an_end in {0.0, 100.0} or near_an_end >= 1 else 1
    return f"{number:.{digits}f}%"
