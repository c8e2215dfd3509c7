"""The Coval v1 API, as the engine's ports ask for it."""
