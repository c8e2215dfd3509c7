"""Runs the command it is given; prints its seconds and its largest resident size in bytes.

A child's peak counts from the size of its parent, so this parent imports next to nothing.
"""

import os
import sys
from time import perf_counter

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024

begin = perf_counter()
silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
_, status, usage = os.wait4(child, 0)
print(perf_counter() - begin, usage.ru_maxrss * _RSS_UNIT)
sys.exit(os.waitstatus_to_exitcode(status))
