"""Why variants are not ranked."""


class Unrankable(Exception):
    """Variants cannot be ranked by this metric; the message says why, and what would help."""
