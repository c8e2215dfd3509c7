"""What people and machines see of an execution: text out of the one report, and live progress."""
