"""The gate language: what a campaign promises about an execution, and how that is judged.

Reading gates imports neither numpy nor scipy; judging is in `campaignd.core.gates.judging`.
"""

from campaignd.core.gates import kinds as _kinds  # noqa: F401  fills the registry
from campaignd.core.gates.declared import Declared
from campaignd.core.gates.language import Gate, check_gates, parse_gate
from campaignd.core.gates.model import GateModel

__all__ = ["Declared", "Gate", "GateModel", "check_gates", "parse_gate"]
