"""Estimates and their bounds, on arrays. Every method names its source.

All bounds are one-sided at `confidence` each. scipy is imported when it is first needed: its
statistics alone take a second.
"""
