"""The database: the only memory of executions, launches, results and deliveries."""
