"""A run as it stands at some moment: its course, and what was done to it since the launch."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from campaignd.sandbox.courses import Course, Fate, PlannedSimulation
from campaignd.sandbox.launching import Launch
from campaignd.sandbox.moments import FOREVER


@dataclass(frozen=True, slots=True)
class Run:
    """A launched run. Every question about it is asked for a moment, `now`."""

    run_id: str
    place: int
    launch: Launch
    created_at: datetime
    fate: Fate
    course: Course
    tags: tuple[str, ...]
    tagged_at: datetime | None = None
    cancelled_at: datetime = FOREVER
    deleted_at: datetime = FOREVER

    @property
    def stopped_at(self) -> datetime:
        """When it was cancelled or failed; nothing moves after that."""
        return min(self.cancelled_at, self.course.failed_at)

    def status(self, now: datetime) -> str:
        if now >= self.deleted_at:
            return "DELETED"
        if now >= self.stopped_at:
            return "CANCELLED" if self.cancelled_at <= self.course.failed_at else "FAILED"
        if now >= self.course.completed_at:
            return "COMPLETED"
        if now >= self.course.started_at:
            return self.fate.status if self.fate.outcome == "unknown_status" else "IN PROGRESS"
        return "IN QUEUE" if now >= self.course.queued_at else "PENDING"

    def is_active(self, now: datetime) -> bool:
        return now < min(self.stopped_at, self.course.completed_at, self.deleted_at)

    def is_completed(self, now: datetime) -> bool:
        return self.status(now) == "COMPLETED"

    def updated_at(self, now: datetime) -> datetime:
        changes = [
            self.created_at,
            self.course.last_step(min(now, self.stopped_at)),
            self.tagged_at,
            self.cancelled_at,
            self.deleted_at,
        ]
        return max(change for change in changes if change is not None and change <= now)

    def progress(self, now: datetime) -> dict[str, int]:
        """Count simulations; those that failed, were cancelled or skipped count as failed."""
        moment = min(now, self.stopped_at)
        begun = bisect_right(self.course.starts, moment)
        ended = bisect_right(self.course.ends, moment)
        bad = bisect_right(self.course.bad_ends, moment)
        under_way = begun - ended if now < self.stopped_at else 0
        return {
            "total_test_cases": len(self.course.simulations),
            "completed_test_cases": ended - bad,
            "failed_test_cases": bad,
            "in_progress_test_cases": under_way,
        }

    def simulation_status(self, simulation: PlannedSimulation, now: datetime) -> str:
        if simulation.ends_at <= min(now, self.stopped_at):
            return simulation.outcome
        if now >= self.stopped_at:
            return "CANCELLED"
        return "IN PROGRESS" if now >= simulation.starts_at else "IN QUEUE"

    def has_failed_simulations(self) -> bool:
        return bool(self.course.bad_ends)
