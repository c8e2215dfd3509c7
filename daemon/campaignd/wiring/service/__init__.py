"""`serve`: campaigns run by themselves, executions that others left go on, nobody attends.

`running` is its start and its end, `station` what all parts share. To an execution lead `shelf`
(the campaigns), `clockwork` (their moments), `booking` (one moment) and `drafting` (all checks);
`crew` drives it, `diary` writes its log. Whoever asks meets `api`: `guarding` says who may, `desk`
answers, `bell` hears Coval, and `gauges`, `metrics` and `ledger` count for Prometheus.
"""
