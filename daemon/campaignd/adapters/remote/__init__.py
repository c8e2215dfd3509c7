"""A campaignd service over its API: executions ordered from it, and followed to their end."""
