"""Telling others what came of an execution, by Standard Webhooks or Slack."""
