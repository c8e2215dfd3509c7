"""What a campaign text that comes over the network may not refer to."""

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.campaign_files.locating import locate_mistakes
from campaignd.core.gates.than import Than
from campaignd.core.mistakes import CampaignInvalid, Mistake
from campaignd.web.desk import Sees
from campaignd.wiring.compared import named_references
from campaignd.wiring.storage import Storage


async def refuse_foreign(loaded: LoadedCampaign, storage: Storage, sees: Sees) -> None:
    """Raise CampaignInvalid if a gate names a file here, or an execution that is not to be seen."""
    mistakes = [
        Mistake((*path, "than", than.source), why, hint)
        for path, than in named_references(loaded.campaign)
        for why, hint in [await _complaint(than, storage, sees)]
        if why
    ]
    if mistakes:
        raise CampaignInvalid(locate_mistakes(loaded, mistakes))


async def _complaint(than: Than, storage: Storage, sees: Sees) -> tuple[str, str | None]:
    if than.source == "file":
        hint = "compare with the baseline or an execution, or give the file to `campaignd run`"
        return "a campaign that is sent cannot name a file of the server", hint
    if than.source != "execution":
        return "", None
    campaign = await storage.browsing.campaign_of(than.name.upper())
    if campaign is None or not sees(campaign):
        return f"there is no execution {than.name} in this database", None
    return "", None
