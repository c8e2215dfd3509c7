"""The table of an execution's values (CSV), read back as evidence."""

from campaignd.adapters.table.reading import Vocabulary, read_table

__all__ = ["Vocabulary", "read_table"]
