"""Requests to vendors, paced, bounded, translated: the one place that knows how httpx fails."""
