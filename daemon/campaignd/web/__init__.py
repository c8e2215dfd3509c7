"""What the service shows over HTTP: its API, and who may use it."""
