import subprocess
import sys

READING = """
import sys
from campaignd.core.gates import parse_gate
parse_gate({"pass_rate": "resolved", "at_least": "90%"})
print(sorted({"numpy", "scipy"} & {name.partition(".")[0] for name in sys.modules}))
"""
JUDGING = "import sys, campaignd.core.gates.judging; print('scipy' in sys.modules)"


def run(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_reading_gates_loads_no_numerics() -> None:
    assert run(READING) == "[]"


def test_scipy_waits_until_something_is_judged() -> None:
    assert run(JUDGING) == "False"
