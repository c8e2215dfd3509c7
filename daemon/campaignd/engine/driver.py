"""Drives one execution from what is stored to its verdict."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

import anyio
import structlog
from anyio.abc import TaskGroup

from campaignd.core.campaign import Campaign
from campaignd.core.decide import (
    Abandon,
    Action,
    Advance,
    Begin,
    Collect,
    Conclude,
    Doubt,
    End,
    Judge,
    Leave,
    Refuse,
    Relaunch,
    Resolve,
    Score,
    Send,
    StopAll,
    View,
    next_actions,
    next_moment,
)
from campaignd.core.execution import Cause, Execution, Launch
from campaignd.core.following import follow, is_run_of, lose
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.engine.collector import Collector
from campaignd.engine.ender import Ender
from campaignd.engine.faults import KeyRefused, RemoteRejected, VendorFault
from campaignd.engine.judge import Judge as Judging
from campaignd.engine.launcher import Launcher
from campaignd.engine.poller import Poller, Watch
from campaignd.engine.progress import Observer
from campaignd.engine.records import Stored
from campaignd.engine.scorer import Scorer, locked_agents, scored_agents
from campaignd.engine.tools import Tools
from campaignd.engine.viewing import view_progress

log = structlog.get_logger()

LOOK_AT_STORE = timedelta(seconds=2)
"""How often the store is read again though nothing woke us: others may ask to stop."""


class Driver:
    """The loop: read, decide, do, wait. All state is in the store."""

    def __init__(
        self, tools: Tools, poller: Poller, campaign: Campaign, execution: str, observer: Observer
    ) -> None:
        self._tools = tools
        self._poller = poller
        self._campaign = campaign
        self._id = execution
        self._observer = observer
        self._launcher = Launcher(tools, campaign)
        self._ender = Ender(tools, tools.vendors.coval)
        self._collector = Collector(tools)
        self._scorer = Scorer(tools, campaign)
        self._judging = Judging(tools, campaign)
        self._wake = anyio.Event()
        self._watch = Watch(execution, self._wake_up)
        self._busy: set[str] = set()
        self._waits: dict[str, timedelta] = {}
        self._not_before: dict[str, datetime] = {}
        self._trouble: str | None = None
