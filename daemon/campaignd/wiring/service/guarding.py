"""What the service's settings mean for who may use it."""

from campaignd.adapters.store.tokens import Tokens
from campaignd.core.addresses import host_of, is_loopback, read_ip
from campaignd.settings import Settings, SettingsInvalid
from campaignd.web.guard import Rules
from campaignd.wiring.chance import SystemClock


async def check_binding(settings: Settings, tokens: Tokens) -> None:
    """Refuse to listen to other machines without a token. Raises SettingsInvalid."""
    if is_loopback(settings.api.host):
        return
    now = SystemClock().now()
    if not any(token.is_live(now) for token in await tokens.list()):
        raise SettingsInvalid(
            f"CAMPAIGND_API__HOST: {settings.api.host} can be reached from other machines, and "
            "there is no live token: make one with `campaignd token create NAME` first"
        )


def make_rules(settings: Settings) -> Rules:
    """Make the rules of the guard."""
    return Rules(hosts=allowed_hosts(settings), trusted_proxies=settings.api.trusted_proxies)


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the names that the service answers to, beside localhost and IP addresses."""
    api = settings.api
    names = {api.host, host_of(api.public_url or "")}
    return frozenset(name.lower() for name in names if name and read_ip(name) is None)
