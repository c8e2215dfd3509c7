"""The campaigns folder: each file's first mistake, and secrets that files name but nobody set."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from campaignd.adapters.campaign_files import check_campaign_file, load_campaign
from campaignd.adapters.reporters.checkup import Check, Finding, Level
from campaignd.adapters.reporters.notation import sized
from campaignd.adapters.webhooks.signing import SecretMalformed, parse_secret
from campaignd.core.campaign import Campaign
from campaignd.core.mistakes import CampaignInvalid
from campaignd.settings import Secrets, SettingsInvalid, variable_of


@dataclass(slots=True)
class _Named:
    """Where a secret is named, and whether it has to sign there."""

    files: list[str] = field(default_factory=list)
    signs: bool = False


@dataclass(slots=True)
class _Reading:
    """What was read of all files."""

    invalid: dict[Path, CampaignInvalid] = field(default_factory=dict)
    in_need: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    campaigns: dict[Path, Campaign] = field(default_factory=dict)


def check_campaigns(folder: Path, environment: Mapping[str, str]) -> list[Finding]:
    """Check every `*.yaml` of a folder, and the secrets of those that are valid."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        return [_tell_empty(f"the folder {folder} cannot be read: {error.strerror}")]
    if not files:
        return [_tell_empty(f"there is no campaign file (*.yaml) in {folder}")]
    reading = _read(files)
    valid = Finding(Check.CAMPAIGNS, Level.OK, f"{sized(len(files), 'file')} in {folder}, valid")
    mistakes = [_tell_mistake(path, error) for path, error in reading.invalid.items()]
    return [*(mistakes or [valid]), *_check_secrets(reading, environment)]


def _tell_empty(message: str) -> Finding:
    return Finding(
        Check.CAMPAIGNS,
        Level.WARNING,
        message,
        "Name another folder with CAMPAIGND_CAMPAIGNS_DIR, or have a first file written:",
        ("campaignd init",),
    )


def _read(files: Sequence[Path]) -> _Reading:
    reading = _Reading()
    for path in files:
        try:
            missing = check_campaign_file(path, {})
            if missing:
                reading.in_need[path] = missing
            else:
                reading.campaigns[path] = load_campaign(path, {}).campaign
        except CampaignInvalid as error:
            reading.invalid[path] = error
    return reading


def _tell_mistake(path: Path, error: CampaignInvalid) -> Finding:
    first, more = error.mistakes[0], len(error.mistakes) - 1
    rest = f" (and {more} more)" if more else ""
    advice = "Mend it; all mistakes are shown by" if more else "Mend it, then check it with"
    command = f"campaignd validate {shlex.quote(str(path))}"
    return Finding(Check.CAMPAIGNS, Level.PROBLEM, f"{first}{rest}", f"{advice}:", (command,))


def _check_secrets(reading: _Reading, environment: Mapping[str, str]) -> Iterator[Finding]:
    named = _named_secrets(reading.campaigns)
    troubles = [
        trouble
        for name, where in named.items()
        if (trouble := _check_secret(name, where, environment)) is not None
    ]
    for path, inputs in reading.in_need.items():
        words = f"cannot tell for {path}: it needs the inputs {', '.join(inputs)}"
        yield Finding(Check.SECRETS, Level.UNKNOWN, words)
    yield from troubles
    if named and not troubles:
        words = f"{sized(len(named), 'secret')} named by campaigns, each set"
        yield Finding(Check.SECRETS, Level.OK, words)


def _named_secrets(campaigns: Mapping[Path, Campaign]) -> Mapping[str, _Named]:
    named: dict[str, _Named] = defaultdict(_Named)
    for path, campaign in campaigns.items():
        for webhook in campaign.report.webhooks:
            for name in filter(None, {webhook.secret, webhook.url_secret}):
                named[name].files.append(str(path))
                named[name].signs |= name == webhook.secret
    return named


def _check_secret(name: str, where: _Named, environment: Mapping[str, str]) -> Finding | None:
    files = ", ".join(dict.fromkeys(where.files))
    try:
        secret = Secrets(environment).find(name)
        if secret is None:
            words = f"{files}: the secret {name} is not set, so its webhooks cannot be sent"
            return Finding(Check.SECRETS, Level.WARNING, words, _place_for(name, environment))
        if where.signs:
            parse_secret(secret.get_secret_value())
    except (SettingsInvalid, SecretMalformed) as error:
        words = f"{files}: the secret {name} cannot be used: {error}"
        return Finding(Check.SECRETS, Level.WARNING, words)
    return None


def _place_for(name: str, environment: Mapping[str, str]) -> str:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    file = f"write the file {Path(folder) / name}, or " if folder else ""
    sentence = f"{file}set {variable_of(name)}."
    return sentence[:1].upper() + sentence[1:]
