"""One harmless read of each vendor tells whether it is there, takes the key, has our time."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from campaignd.adapters.cotool import account as cotool_account
from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.coval import account as coval_account
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.lane import Lane
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.adapters.reporters.checkup import Check, Finding, Level
from campaignd.adapters.reporters.notation import spell
from campaignd.engine.faults import (
    AccessRefused,
    AnswerUnusable,
    KeyRefused,
    NotFound,
    NotSent,
    RemoteUnavailable,
    VendorFault,
)
from campaignd.settings import Settings, VendorSettings

PATIENCE = timedelta(seconds=10)
"""How long one answer may take: somebody waits for the diagnosis."""
SKEW_NOTED = timedelta(seconds=5)
SKEW_HARMFUL = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a read; `skew` is the vendor's clock minus ours, None if nothing came back."""

    skew: timedelta | None
    fault: VendorFault | None = None


def account_of_coval(settings: Settings) -> VendorAccount:
    """Make the account, without headers where no key is set. Raises AccountInvalid."""
    key = _reveal(settings.coval.api_key)
    headers = coval_account.headers(key, settings.coval.workspace_id) if key else {}
    return _account("Coval", settings.coval, headers)


def account_of_cotool(settings: Settings) -> VendorAccount:
    """Make the account, without headers where no key is set. Raises AccountInvalid."""
    key = _reveal(settings.cotool.api_key)
    return _account("Cotool", settings.cotool, cotool_account.headers(key) if key else {})


async def check_cotool(account: VendorAccount) -> list[Finding]:
    """Read Cotool's agents."""
    if not account.headers:
        return [miss_key(account, "no scores can be read")]
    async with VendorHttp(account) as http:
        reply = await ask(http.urgent, CotoolClient(http.urgent).list_agents)
    return judge(account, reply)


async def ask(lane: Lane, read: Callable[[], Awaitable[object]]) -> Reply:
    """Read something and note what came of it."""
    try:
        await read()
    except VendorFault as fault:
        return Reply(None if fault.status is None else lane.clock_skew, fault)
    return Reply(lane.clock_skew)


def miss_key(account: VendorAccount, consequence: str) -> Finding:
    """Tell that a vendor has no key."""
    name = account.vendor.upper()
    return Finding(
        _check_of(account),
        Level.WARNING,
        f"no API key for {account.vendor} is set: {consequence}",
        f"Set CAMPAIGND_{name}__API_KEY (or {name}_API_KEY).",
    )


def judge(account: VendorAccount, reply: Reply) -> list[Finding]:
    """Tell of key and clock."""
    return [_judge_key(account, reply.fault), _judge_clock(account, reply.skew)]


def _judge_key(account: VendorAccount, fault: VendorFault | None) -> Finding:
    check = _check_of(account)
    if fault is None:
        words = f"{account.vendor} answers at {account.base_url} and accepts the key"
        return Finding(check, Level.OK, words)
    if fault.status is None:
        words = f"{account.vendor} does not answer: {fault.message}"
        return Finding(check, Level.PROBLEM, words, _advise(account, fault))
    return Finding(check, Level.PROBLEM, str(fault), _advise(account, fault))


def _judge_clock(account: VendorAccount, skew: timedelta | None) -> Finding:
    check, whose = Check(f"{account.vendor.lower()} clock"), f"{account.vendor}'s clock"
    if skew is None:
        return Finding(check, Level.UNKNOWN, f"cannot tell: no answer showed {whose}")
    if abs(skew) <= SKEW_NOTED:
        return Finding(check, Level.OK, f"{whose} and this machine's agree")
    side = "ahead of" if skew > timedelta() else "behind"
    return Finding(
        check,
        Level.PROBLEM if abs(skew) > SKEW_HARMFUL else Level.WARNING,
        f"{whose} is {spell(abs(skew))} {side} this machine's",
        "Let this machine's clock be set by NTP: runs are searched by the time they were created.",
    )


def _advise(account: VendorAccount, fault: VendorFault) -> str:
    setting = f"CAMPAIGND_{account.vendor.upper()}"
    match fault:
        case KeyRefused():
            return f"Check {setting}__API_KEY: the key is wrong, revoked, or of another account."
        case AccessRefused():
            return f"Use a key for {setting}__API_KEY that may read and launch."
        case NotSent():
            return f"Check the network, and that {setting}__BASE_URL is right."
        case AnswerUnusable():
            return f"Check {setting}__BASE_URL, and that no proxy or login page is in between."
        case RemoteUnavailable():
            return f"Try again later; {account.vendor} may have trouble."
        case NotFound():
            return f"Check {setting}__BASE_URL: nothing is served there."
        case _:
            return f"Check {setting}__BASE_URL and {setting}__API_KEY."


def _check_of(account: VendorAccount) -> Check:
    return Check(account.vendor.lower())


def _account(vendor: str, settings: VendorSettings, headers: Mapping[str, str]) -> VendorAccount:
    return VendorAccount(
        vendor=vendor,
        base_url=settings.base_url,
        headers=headers,
        timeout=min(settings.timeout, PATIENCE),
    )


def _reveal(key: SecretStr | None) -> str:
    return "" if key is None else key.get_secret_value().strip()
