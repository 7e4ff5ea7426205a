"""Rows of `answers`: what was answered to a request with an Idempotency-Key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from memsvc.domain.ids import SpaceKey
from store.tables import answers


class AnswerRows:
    """Keeps and finds answers through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(
        self, space: SpaceKey, *, actor: str, idempotency_key: str, since: datetime
    ) -> tuple[bytes, Mapping[str, Any]] | None:
        """Return the digest of the first request and its answer, if kept since then."""
        row = self._connection.execute(
            select(answers.c.digest, answers.c.answer).where(
                answers.c.space == space,
                answers.c.actor == actor,
                answers.c.idempotency_key == idempotency_key,
                answers.c.at >= since,
            )
        ).first()
        return None if row is None else (row.digest, row.answer)

    def keep(
        self,
        space: SpaceKey,
        *,
        actor: str,
        idempotency_key: str,
        digest: bytes,
        answer: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Keep an answer; an older one of the same key is replaced."""
        self._connection.execute(
            delete(answers).where(
                answers.c.space == space,
                answers.c.actor == actor,
                answers.c.idempotency_key == idempotency_key,
            )
        )
        self._connection.execute(
            insert(answers).values(
                space=space,
                actor=actor,
                idempotency_key=idempotency_key,
                digest=digest,
                answer=dict(answer),
                at=at,
            )
        )

    def drop_before(self, moment: datetime) -> int:
        """Drop the answers of every space that were kept before a moment; return how many."""
        return self._connection.execute(delete(answers).where(answers.c.at < moment)).rowcount
