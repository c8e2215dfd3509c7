"""What engine and core raise, as problem documents."""

from fastapi import FastAPI, Request, Response

from campaignd.core.mistakes import CampaignInvalid
from campaignd.engine.faults import (
    RemoteUnavailable,
    StorageTrouble,
    TableInvalid,
    ValuesPruned,
    VendorFault,
)
from campaignd.web import refusals
from campaignd.web.problems import Problem


def install_fault_handlers(app: FastAPI) -> None:
    """Answer what may go wrong in any route with a problem that says so."""
    for kind in (CampaignInvalid, TableInvalid, ValuesPruned, VendorFault, StorageTrouble):
        app.exception_handler(kind)(_answer)


def to_problem(fault: Exception) -> Problem:
    """Tell a caller of a fault."""
    match fault:
        case CampaignInvalid() | TableInvalid():
            return refusals.campaign_invalid([str(mistake) for mistake in fault.mistakes])
        case ValuesPruned():
            return refusals.conflict("values-pruned", str(fault))
        case RemoteUnavailable():
            return refusals.vendor_unavailable(str(fault))
        case VendorFault():
            return refusals.vendor_refuses(str(fault))
        case _:
            return refusals.storage_trouble(str(fault))


async def _answer(_request: Request, fault: Exception) -> Response:
    return to_problem(fault).answer()
