"""The Cotool API, as the engine's port asks for it."""
