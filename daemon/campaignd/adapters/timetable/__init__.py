"""The alarm clock of schedules."""

from campaignd.adapters.timetable.alarms import Alarms

__all__ = ["Alarms"]
