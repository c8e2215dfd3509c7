"""What the service's campaign files last held without mistakes."""

from collections.abc import Mapping

from sqlalchemy import func
from sqlmodel import Session, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import LastGoodRow


class LastGood:
    """Texts by source, folder by folder: a file that breaks is not lost with the process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, folder: str) -> Mapping[str, str]:
        """Read the texts of a folder's files."""
        return await self._database.read(lambda session: _texts(session, folder))

    async def keep(self, folder: str, texts: Mapping[str, str]) -> None:
        """Keep these texts of a folder's files, and forget its others."""
        await self._database.write(lambda session: _keep(session, folder, texts))


def _rows(session: Session, folder: str) -> list[LastGoodRow]:
    # LIKE would make no difference between upper and lower case.
    inside = func.substr(LastGoodRow.source, 1, len(folder) + 1) == f"{folder}/"
    return list(session.exec(select(LastGoodRow).where(inside)))


def _texts(session: Session, folder: str) -> Mapping[str, str]:
    return {row.source: row.text for row in _rows(session, folder)}


def _keep(session: Session, folder: str, texts: Mapping[str, str]) -> None:
    for row in _rows(session, folder):
        if row.source not in texts:
            session.delete(row)
    for source, text in texts.items():
        session.merge(LastGoodRow(source=source, text=text))
