"""`serve`: campaigns run by themselves, executions that others left go on, nobody attends."""
