"""Runs and simulations as Coval writes them."""

from typing import Any

from campaignd.adapters.coval.pages import WirePage
from campaignd.adapters.coval.results import ResultsItem
from campaignd.adapters.http.wire import Lenient, Text, UtcTime, WireDocument
from campaignd.core.coval import Progress, Results, Run, RunStatus, Simulation


class ProgressItem(WireDocument):
    total_test_cases: Lenient[int] = None
    completed_test_cases: Lenient[int] = None
    failed_test_cases: Lenient[int] = None
    in_progress_test_cases: Lenient[int] = None

    def progress(self) -> Progress:
        return Progress(
            self.total_test_cases or 0,
            self.completed_test_cases or 0,
            self.failed_test_cases or 0,
            self.in_progress_test_cases or 0,
        )


class RunItem(WireDocument):
    """A run as lists show it: whatever results stand there are left for the single read."""

    run_id: Text
    status: Text
    create_time: UtcTime
    update_time: Lenient[UtcTime] = None
    agent_id: Lenient[Text] = None
    persona_id: Lenient[Text] = None
    test_set_id: Lenient[Text] = None
    display_name: Lenient[str] = None
    tags: Lenient[tuple[str, ...]] = None
    metadata: Lenient[dict[str, Any]] = None
    progress: Lenient[ProgressItem] = None
    error: Lenient[str] = None

    def run(self) -> Run:
        launch_key = (self.metadata or {}).get("launch_key")
        return Run(
            run_id=self.run_id,
            status=RunStatus.parse(self.status),
            raw_status=self.status,
            create_time=self.create_time,
            update_time=self.update_time,
            agent_id=self.agent_id,
            persona_id=self.persona_id,
            test_set_id=self.test_set_id,
            display_name=self.display_name,
            tags=self.tags,
            launch_key=launch_key if isinstance(launch_key, str) else None,
            progress=None if self.progress is None else self.progress.progress(),
            results=self._results(),
            error=self.error or None,
        )

    def _results(self) -> Results | None:
        return None


class FullRunItem(RunItem):
    results: ResultsItem | None = None

    def _results(self) -> Results | None:
        return None if self.results is None else self.results.results()


class RunAnswer(WireDocument):
    run: FullRunItem


class RunPage(WirePage):
    runs: list[RunItem]


class SimulationItem(WireDocument):
    simulation_id: Text
    run_id: Text
    status: Text
    create_time: UtcTime
    test_case_id: Text | None = None
    mutation_id: Text | None = None
    mutation_name: Lenient[str] = None
    error_message: Lenient[str] = None

    def simulation(self) -> Simulation:
        return Simulation(
            simulation_id=self.simulation_id,
            run_id=self.run_id,
            status=RunStatus.parse(self.status),
            raw_status=self.status,
            create_time=self.create_time,
            test_case_id=self.test_case_id,
            mutation_id=self.mutation_id,
            mutation_name=self.mutation_name,
            error=self.error_message or None,
        )


class SimulationPage(WirePage):
    simulations: list[SimulationItem]
