"""All checks, put together."""

from collections.abc import Mapping

import anyio
from anyio import to_thread

from campaignd.adapters.http.account import AccountInvalid, VendorAccount
from campaignd.adapters.reporters.checkup import Check, Checkup, Finding, Level
from campaignd.settings import SettingsInvalid, unknown_variables
from campaignd.wiring.doctor.campaigns import check_campaigns
from campaignd.wiring.doctor.coval import check_coval
from campaignd.wiring.doctor.patient import Patient
from campaignd.wiring.doctor.records import Records, check_work, open_records
from campaignd.wiring.doctor.vendors import account_of_cotool, account_of_coval, check_cotool
from campaignd.wiring.storage import database_url


async def examine(patient: Patient) -> Checkup:
    """Look at everything. Invalid settings end it at once: they say where all the rest is."""
    unknown = _check_variables(patient.environment)
    try:
        settings = patient.load_settings()
        accounts = account_of_coval(settings), account_of_cotool(settings)
        url = database_url(settings, patient.environment)
    except (SettingsInvalid, AccountInvalid) as error:
        return Checkup((*_refuse(error), *unknown))
    may_migrate = settings.database.migrate == "auto"
    async with open_records(url, may_migrate=may_migrate) as opened:
        at_vendors = await _look_at_vendors(*accounts, opened.records, patient)
        work = await check_work(opened.records, patient) if opened.records else []
    campaigns = await to_thread.run_sync(
        check_campaigns, settings.campaigns_dir, patient.environment
    )
    seen = (*at_vendors, *opened.findings, *work, *campaigns)
    return Checkup((_approve(*accounts), *unknown, *seen))


async def _look_at_vendors(
    coval: VendorAccount, cotool: VendorAccount, records: Records | None, patient: Patient
) -> list[Finding]:
    at_coval: list[Finding] = []
    at_cotool: list[Finding] = []

    async def look_at_coval() -> None:
        at_coval.extend(await check_coval(coval, records, patient))

    async def look_at_cotool() -> None:
        at_cotool.extend(await check_cotool(cotool))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look_at_coval)
        tasks.start_soon(look_at_cotool)
    return at_coval + at_cotool


def _check_variables(environment: Mapping[str, str]) -> list[Finding]:
    advice = "Commands refuse to start with it: rename or unset it."
    return [
        Finding(Check.SETTINGS, Level.WARNING, words, advice)
        for words in unknown_variables(environment)
    ]


def _refuse(error: Exception) -> list[Finding]:
    advice = "Mend it first: nothing else was looked at."
    return [
        Finding(Check.SETTINGS, Level.PROBLEM, line, advice) for line in str(error).splitlines()
    ]


def _approve(coval: VendorAccount, cotool: VendorAccount) -> Finding:
    words = f"valid; Coval is at {coval.base_url}, Cotool at {cotool.base_url}"
    return Finding(Check.SETTINGS, Level.OK, words)
