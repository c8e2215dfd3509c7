"""What the parts of the service share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from campaignd.core.campaign import Campaign
from campaignd.engine.daemon import Daemon
from campaignd.engine.poller import Poller
from campaignd.engine.tools import Tools
from campaignd.settings import Settings
from campaignd.wiring.chance import ulid_at
from campaignd.wiring.storage import Storage
from campaignd.wiring.tools import announcing
from campaignd.wiring.vendors import Clients


@dataclass(frozen=True, slots=True)
class Station:
    """One process that drives executions of many campaigns, with one poller for all of them.

    `account` is the Coval account that it works on.
    """

    settings: Settings
    environment: Mapping[str, str]
    storage: Storage
    clients: Clients
    tools: Tools
    poller: Poller
    account: str

    def now(self) -> datetime:
        return self.tools.clock.now()

    def new_id(self) -> str:
        """Make an identifier for an execution."""
        return ulid_at(self.now())

    def daemon_for(self, campaign: Campaign) -> Daemon:
        """Return what drives executions of a campaign."""
        return Daemon(announcing(campaign, self.tools), self.poller, self.storage.owner)
