"""Drives executions through small ports that it owns."""
