"""Rows of `keys`: access keys, known by the hash of their secret alone."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from memsvc.domain.access import Access, Role
from memsvc.domain.ids import KeyId
from memsvc.domain.memory import Page
from store.cursors import number_from
from store.rows import access_from
from store.tables import keys

_BY_HASH = select(keys).where(keys.c.secret_hash == bindparam("hash"))


class KeyRows:
    """Reads and changes access keys through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def by_hash(self, secret_hash: bytes) -> Access | None:
        """Return the living key whose secret has this SHA-256."""
        row = self._connection.execute(_BY_HASH, {"hash": secret_hash}).first()
        return None if row is None else access_from(row)

    def page(self, *, after: str | None, limit: int) -> Page[Access]:
        """List living keys in the order in which they were made; the cursor is its row's number."""
        query = select(keys).order_by(keys.c.key).limit(limit + 1)
        if after is not None:
            query = query.where(keys.c.key > number_from(after))
        rows = self._connection.execute(query).all()
        found = tuple(access_from(row) for row in rows[:limit])
        return Page(found, str(rows[limit - 1].key) if len(rows) > limit else None)

    def add(
        self,
        key: KeyId,
        *,
        secret_hash: bytes,
        name: str,
        role: Role,
        spaces: Sequence[str],
        at: datetime,
    ) -> Access:
        """Keep a new key."""
        row = self._connection.execute(
            insert(keys)
            .values(
                id=key,
                secret_hash=secret_hash,
                name=name,
                role=role.value,
                spaces=list(spaces),
                created_at=at,
            )
            .returning(*keys.c)
        ).one()
        return access_from(row)

    def delete(self, key: KeyId) -> bool:
        """Revoke a key; False when there is none of that id."""
        return self._connection.execute(delete(keys).where(keys.c.id == key)).rowcount > 0
