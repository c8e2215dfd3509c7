"""The database: the only memory of executions, launches, results and deliveries.

Its ground are `database`, `tables`, `columns` and `rows`, its log `moves` and `events`. The engine
works on `executions`, `launches`, `results`, `comparisons`, `rivals` and `deliveries`, the service
on `timetable`, `ordering`, `tokens` and `last_good`. To look back there are `history`, `listing`,
`browsing`, `posted` and `standing`. The file is looked after by `migration`, `ownership`, `backup`,
`health`, `flaws`, `pruning`, `prunable` and `space`.
"""
