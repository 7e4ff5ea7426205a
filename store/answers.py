"""Rows of `answers`: what was answered to a request with an Idempotency-Key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from memsvc.domain.ids import SpaceKey
from store.either import insert_or
from store.tables import Instant, answers

# Statements of the write path are built once: building them costs more than running them.
_FIND = select(answers.c.digest, answers.c.answer).where(
    answers.c.space == bindparam("space"),
    answers.c.actor == bindparam("actor"),
    answers.c.idempotency_key == bindparam("key"),
    answers.c.at >= bindparam("since", type_=Instant),
)
_INSERT = insert_or(answers)
_KEEP = _INSERT.on_conflict_do_update(
    index_elements=list(answers.primary_key),
    set_={name: _INSERT.excluded[name] for name in ("digest", "answer", "at")},
)


class AnswerRows:
    """Keeps and finds answers through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(
        self, space: SpaceKey, *, actor: str, idempotency_key: str, since: datetime
    ) -> tuple[bytes, Mapping[str, Any]] | None:
        """Return the digest of the first request and its answer, if kept since then."""
        row = self._connection.execute(
            _FIND, {"space": space, "actor": actor, "key": idempotency_key, "since": since}
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
        row = {
            "space": space,
            "actor": actor,
            "idempotency_key": idempotency_key,
            "digest": digest,
            "answer": dict(answer),
            "at": at,
        }
        self._connection.execute(_KEEP, row)

    def drop_before(self, moment: datetime) -> int:
        """Drop the answers of every space that were kept before a moment; return how many."""
        return self._connection.execute(delete(answers).where(answers.c.at < moment)).rowcount
