"""The one place that knows httpx: requests to vendors, paced, bounded, translated."""
