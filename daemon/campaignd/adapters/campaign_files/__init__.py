"""Campaign files: text on disk to a campaign, or to all its mistakes with their places."""

from campaignd.adapters.campaign_files.loading import (
    LoadedCampaign,
    OpenCampaign,
    check_campaign_file,
    load_campaign,
    load_campaign_text,
    load_open_campaign,
)

__all__ = [
    "LoadedCampaign",
    "OpenCampaign",
    "check_campaign_file",
    "load_campaign",
    "load_campaign_text",
    "load_open_campaign",
]
