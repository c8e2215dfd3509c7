"""Executions, and the variants of one, case by case: to look at, no gate hangs on it.

All but the refusal needs numpy: import it late.
"""
