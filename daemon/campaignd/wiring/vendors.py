"""Both vendors, from settings to the engine's ports."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from campaignd.adapters.cotool import account as cotool_account
from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.coval import account as coval_account
from campaignd.adapters.coval.catalogue import CatalogueClient
from campaignd.adapters.coval.explanations import ExplanationsClient
from campaignd.adapters.coval.runs import RunsClient
from campaignd.adapters.http.account import AccountInvalid, VendorAccount
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.engine.tools import Vendors
from campaignd.settings import Settings, SettingsInvalid, VendorSettings


@dataclass(frozen=True, slots=True)
class Needs:
    """Which vendors a command talks to; a key is asked for only where it is needed."""

    coval: bool = True
    cotool: bool = True


@dataclass(frozen=True, slots=True)
class Clients:
    """Everything that talks to vendors. `outcomes`: by vendor, what came of how many requests."""

    engine: Vendors
    catalogue: CatalogueClient
    cotool: CotoolClient
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@asynccontextmanager
async def open_vendors(settings: Settings, needs: Needs) -> AsyncIterator[Clients]:
    """Open one HTTP client per vendor. Raises SettingsInvalid where a needed key is missing."""
    coval, cotool = _coval(settings, needs), _cotool(settings, needs)
    async with VendorHttp(coval) as coval_http, VendorHttp(cotool) as cotool_http:
        catalogue, cotool_client = (
            CatalogueClient(coval_http.paced),
            CotoolClient(cotool_http.paced),
        )

        def requests() -> dict[str, int]:
            counts = {"coval": coval_http.requests_sent, "cotool": cotool_http.requests_sent}
            return {vendor: count for vendor, count in counts.items() if count}

        yield Clients(
            engine=Vendors(
                coval=RunsClient(coval_http.paced),
                urgent=RunsClient(coval_http.urgent),
                explanations=ExplanationsClient(coval_http.paced),
                cotool=cotool_client,
                requests=requests,
                run_url=RunLinks(account_of(settings)).of,
            ),
            catalogue=catalogue,
            cotool=cotool_client,
            outcomes={"coval": coval_http.outcomes, "cotool": cotool_http.outcomes},
        )


def account_of(settings: Settings) -> str:
    """Return what tells one Coval account from another: where it listens, and the workspace."""
    workspace = settings.coval.workspace_id
    address = settings.coval.base_url.rstrip("/")
    return address if workspace is None else f"{address} (workspace {workspace})"


class RunLinks:
    """Links to an account's runs that a person can open in Coval's web application.

    The form of the address is the one that Coval's own GitHub Action prints.
    """

    def __init__(self, account: str) -> None:
        self._is_coval = urlsplit(account).hostname == "api.coval.dev"

    def of(self, run_id: str) -> str | None:
        """Return the link of a run; None where the API is not Coval's own."""
        return f"https://app.coval.dev/runs/{run_id}" if self._is_coval and run_id else None


def _coval(settings: Settings, needs: Needs) -> VendorAccount:
    key = _key("Coval", settings.coval.api_key, needed=needs.coval)
    headers = {} if key is None else coval_account.headers(key, settings.coval.workspace_id)
    return _account("Coval", settings.coval, headers)


def _cotool(settings: Settings, needs: Needs) -> VendorAccount:
    key = _key("Cotool", settings.cotool.api_key, needed=needs.cotool)
    headers = {} if key is None else cotool_account.headers(key)
    return _account("Cotool", settings.cotool, headers)


def _key(vendor: str, key: SecretStr | None, *, needed: bool) -> str | None:
    if key is not None and key.get_secret_value().strip():
        return key.get_secret_value().strip()
    if not needed:
        return None
    name = f"CAMPAIGND_{vendor.upper()}__API_KEY"
    raise SettingsInvalid(
        f"no API key for {vendor}: set {name} (or {vendor.upper()}_API_KEY); "
        "to try things without keys, add --sandbox"
    )


def _account(vendor: str, settings: VendorSettings, headers: Mapping[str, str]) -> VendorAccount:
    try:
        return VendorAccount(
            vendor=vendor,
            base_url=settings.base_url,
            headers=headers,
            requests_per_second=settings.requests_per_second,
            max_connections=settings.max_connections,
            timeout=settings.timeout,
        )
    except AccountInvalid as error:
        prefix = f"CAMPAIGND_{vendor.upper()}__"
        raise SettingsInvalid(f"{error} (see {prefix}BASE_URL and {prefix}API_KEY)") from None
