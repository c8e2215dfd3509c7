"""Tokens in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import TokenRow
from campaignd.core.tokens import Scope, Token


class Tokens:
    """Tokens, whether they still open anything or not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, token: str, /) -> Token | None:
        """Find a token by its id."""
        row = await self._database.read(lambda session: session.get(TokenRow, token))
        return None if row is None else _token(row)

    async def any(self) -> bool:
        """Whether there was ever a token; revoked and expired ones count."""
        first = select(TokenRow.id).limit(1)
        return await self._database.read(lambda session: session.exec(first).first()) is not None

    async def list(self) -> Sequence[Token]:
        """List all tokens, the newest first."""
        rows = select(TokenRow).order_by(col(TokenRow.created_at).desc(), col(TokenRow.id))
        found = await self._database.read(lambda session: session.exec(rows).all())
        return [_token(row) for row in found]

    async def create(self, token: Token) -> bool:
        """Store a token; false if another one of its name is live when it is created."""
        return await self._database.write(lambda session: _create(session, token))

    async def revoke(self, ids: Collection[str], at: datetime) -> int:
        """Revoke tokens; return how many were not revoked before."""
        return await self._database.write(lambda session: _revoke(session, ids, at))


def _create(session: Session, token: Token) -> bool:
    namesakes = session.exec(select(TokenRow).where(TokenRow.name == token.name)).all()
    if any(_token(row).is_live(token.created_at) for row in namesakes):
        return False
    session.add(
        TokenRow(
            id=token.id,
            name=token.name,
            digest=token.digest,
            scopes=sorted(token.scopes),
            campaigns=[*token.campaigns],
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )
    return True


def _revoke(session: Session, ids: Collection[str], at: datetime) -> int:
    rows = session.exec(
        select(TokenRow).where(col(TokenRow.id).in_(ids), col(TokenRow.revoked_at).is_(None))
    ).all()
    for row in rows:
        row.revoked_at = at
        session.add(row)
    return len(rows)


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        digest=row.digest,
        scopes=frozenset(map(Scope, row.scopes)),
        campaigns=tuple(row.campaigns),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
