"""Which addresses a report may link to."""

from urllib.parse import urlsplit

from campaignd.adapters.reporters.notation import LONGEST, plain


def web_address(url: str | None) -> str | None:
    """Return a web address that can be linked to; None for anything else."""
    target = plain(url or "")
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and parts.netloc
    return target if is_web and len(target) <= LONGEST else None
