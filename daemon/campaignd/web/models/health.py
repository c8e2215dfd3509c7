"""How the service is."""

from typing import Literal

from campaignd.web.models.answer import Answer


class HealthReport(Answer):
    status: Literal["ok", "ready"]
