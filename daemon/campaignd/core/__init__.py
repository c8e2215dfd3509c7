"""The pure heart: told the time, never asks it."""
