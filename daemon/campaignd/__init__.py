"""Regression test campaigns for AI agents on Coval and Cotool."""
