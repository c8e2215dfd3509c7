"""The only place that joins settings, adapters, sandbox and engine."""
