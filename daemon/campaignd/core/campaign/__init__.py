"""The campaign: what a file declares, as frozen values."""

from campaignd.core.campaign.baseline import BaselineRule
from campaignd.core.campaign.campaign import Campaign
from campaignd.core.campaign.cotool_window import CotoolWindow, Last
from campaignd.core.campaign.gate_options import Defaults, Waive
from campaignd.core.campaign.matrix import Exclude, Include, Matrix
from campaignd.core.campaign.options import Limits, Options, Retry
from campaignd.core.campaign.report import Report, Webhook
from campaignd.core.campaign.resources import (
    Agent,
    CotoolAgentRef,
    Input,
    Persona,
    Sample,
    TestSet,
)
from campaignd.core.campaign.schedule import Schedule

__all__ = [
    "Agent",
    "BaselineRule",
    "Campaign",
    "CotoolAgentRef",
    "CotoolWindow",
    "Defaults",
    "Exclude",
    "Include",
    "Input",
    "Last",
    "Limits",
    "Matrix",
    "Options",
    "Persona",
    "Report",
    "Retry",
    "Sample",
    "Schedule",
    "TestSet",
    "Waive",
    "Webhook",
]
