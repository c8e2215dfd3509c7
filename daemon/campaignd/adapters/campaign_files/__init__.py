"""Campaign files: text on disk to a campaign, or to all its mistakes with their places."""

from campaignd.adapters.campaign_files.loading import (
    LoadedCampaign,
    check_campaign_file,
    load_campaign,
    load_campaign_text,
)

__all__ = ["LoadedCampaign", "check_campaign_file", "load_campaign", "load_campaign_text"]
