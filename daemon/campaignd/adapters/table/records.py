"""A CSV file as records of known columns, each with its place."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from typing import BinaryIO

from campaignd.adapters.table.columns import COLUMNS, OPTIONAL
from campaignd.adapters.table.flaws import Flaws
from campaignd.core.mistakes import suggest
from campaignd.core.scalars import shown

LONGEST_FIELD = 1_000_000
_SEPARATED = re.compile("[;\t]")
"""What other tools put between columns."""
_UNDECODED = re.compile("[\udc80-\udcff]")

Record = list[str]
"""The fields of one record in the order of COLUMNS; what the file lacks is empty."""


class Records:
    """Reads records one by one; what is wrong with the file's form goes to its flaws."""

    def __init__(self, file: BinaryIO, flaws: Flaws) -> None:
        text = TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._lines = _Lines(text)
        self._reader = csv.reader(self._lines, strict=True)
        self._flaws = flaws
        self._order: list[int] = []
        self._header: list[str] = []
        self.line = 1
        """Where the current record begins."""

    def __iter__(self) -> Iterator[Record]:
        csv.field_size_limit(LONGEST_FIELD)
        try:
            yield from self._read()
        except csv.Error as error:
            self._flaws.add(self.line, 1, f"this is no CSV from here on: {error}", _QUOTES)
        finally:
            self._lines.text.detach()

    def has(self, column: str) -> bool:
        """Whether the file has a column."""
        return column in self._header

    def place_of(self, column: str) -> tuple[int, int]:
        """Line and column, from 1, at which a field of the current record begins."""
        begins = _beginnings("".join(self._lines.taken))
        index = self._header.index(column) if column in self._header else 0
        line, at = begins[min(index, len(begins) - 1)]
        return self.line + line, at + 1

    def _read(self) -> Iterator[Record]:
        self._header = next(self._rows(), [])
        if not self._check_header():
            return
        order, width = self._order, len(self._header)
        for row in self._rows():
            if len(row) != width:
                message = f"this row has {len(row)} fields, and the header {width}"
                self._flaws.add(self.line, 1, message, "is a comma missing, or one too many?")
                continue
            row.append("")
            yield [row[index] for index in order]

    def _rows(self) -> Iterator[list[str]]:
        """All rows that are not empty, with their first line remembered."""
        while True:
            self.line = self._reader.line_num + 1
            self._lines.taken.clear()
            row = next(self._reader, None)
            if row is None:
                return
            if self._lines.is_odd:
                self._tell_undecoded()
            if row:
                yield row

    def _tell_undecoded(self) -> None:
        self._lines.is_odd = False
        for number, text in enumerate(self._lines.taken):
            if found := _UNDECODED.search(text):
                byte = ord(found[0]) - 0xDC00
                message = f"byte {byte:#04x} is not UTF-8"
                self._flaws.add(self.line + number, found.start() + 1, message, _ENCODING)

    def _check_header(self) -> bool:
        """Whether rows can be read; what is wrong with the header is told."""
        header = self._header = [name.strip() for name in self._header]
        if any(_UNDECODED.search(name) for name in header):
            return False
        before = self._flaws.count
        if not header:
            hint = f"the first line names the columns: {','.join(COLUMNS)}"
            self._flaws.add(1, 1, "this file is empty", hint)
            return False
        self._check_names(header)
        missing = [name for name in COLUMNS if name not in {*header, *OPTIONAL}]
        if missing and _SEPARATED.search(header[0]):
            self._flaws.add(self.line, 1, "the columns are not separated by commas", _COMMAS)
        elif missing:
            plural = "s" * (len(missing) > 1)
            self._flaws.add(self.line, 1, f"column{plural} missing: {', '.join(missing)}")
        self._order = [header.index(name) if name in header else len(header) for name in COLUMNS]
        return self._flaws.count == before

    def _check_names(self, header: Sequence[str]) -> None:
        begins = _beginnings("".join(self._lines.taken))
        if len(header) == 1 and _SEPARATED.search(header[0]):
            return
        for index, name in enumerate(header):
            line, at = begins[index]
            place = (self.line + line, at + 1)
            if name not in COLUMNS:
                hint = _INDEX if not name else suggest(name, COLUMNS) or _NAMES
                self._flaws.add(*place, f"there is no column {shown(name)}", hint)
            elif name in header[:index]:
                self._flaws.add(*place, f"the column {name!r} stands here twice")


class _Lines:
    """The lines of a file; remembers those of the current record."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text = text
        self.taken: list[str] = []
        self.is_odd = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self.text)
        self.taken.append(line)
        if not line.isascii() and _UNDECODED.search(line):
            self.is_odd = True
        return line


def _beginnings(text: str) -> list[tuple[int, int]]:
    """Where each field of a record begins: lines and characters, both from 0."""
    begins, quoted, line, line_begins = [(0, 0)], False, 0, 0
    for position, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == "\n":
            line, line_begins = line + 1, position + 1
        elif character == "," and not quoted:
            begins.append((line, position + 1 - line_begins))
    return begins


_QUOTES = 'a field with a quote or a line break stands in quotes, its own quotes doubled: "5"" tv"'
_NAMES = f"columns are {', '.join(COLUMNS)}"
_INDEX = "leave out the column without a name (pandas: index=False)"
_COMMAS = "save the table as CSV with commas"
_ENCODING = "save the table as CSV in UTF-8"
