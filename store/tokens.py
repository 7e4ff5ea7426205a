"""Rows of `token_vectors`: a turn's vectors of tokens in one piece, a byte a number.

One row for each model that has read the turn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, bindparam, delete, exists, select

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint
from memsvc.domain.work import Step
from memsvc.ports.models import Tokens
from memsvc.ports.tokens import TokensOf
from store.batches import as_one
from store.database import BINARY
from store.either import insert_or, one_of
from store.outbox import owe
from store.tables import token_vectors, turns

_OF = (
    select(token_vectors.c.turn, token_vectors.c.vectors)
    .where(
        token_vectors.c.space == bindparam("of_space"),
        one_of(token_vectors.c.turn, "of_turns"),
        token_vectors.c.fingerprint == bindparam("of_model"),
    )
    .order_by(token_vectors.c.turn)
    .execution_options(**{BINARY: True})
)
_ADD = insert_or(token_vectors)
_PUT = _ADD.on_conflict_do_update(
    index_elements=["space", "turn", "fingerprint"],
    set_={"vectors": _ADD.excluded.vectors},
)


class TokenRows:
    """Keeps vectors of tokens through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> TokensOf:
        """Return those of these turns that are kept from this model and projection."""
        which = {"of_space": space, "of_turns": as_one(turns), "of_model": fingerprint.text}
        # Taken all at once and apart at once: this is the widest read of a recall.
        found = self._connection.execute(_OF, which).all()
        keys, kept = zip(*found, strict=True) if found else ((), ())
        lengths = np.fromiter(map(len, kept), dtype=np.int64, count=len(kept))
        vectors = np.frombuffer(b"".join(kept), dtype=np.int8)
        return TokensOf(
            np.array(keys, dtype=np.int64),
            lengths // fingerprint.dimension,
            vectors.reshape(-1, fingerprint.dimension),
        )

    def put(
        self, space: SpaceKey, found: Mapping[TurnKey, Tokens], *, fingerprint: Fingerprint
    ) -> None:
        """Keep the vectors of these turns, in place of those that they have of this model."""
        rows = [
            {
                "space": space,
                "turn": turn,
                "fingerprint": fingerprint.text,
                "vectors": tokens.tobytes(),
            }
            for turn, tokens in found.items()
        ]
        if rows:
            self._connection.execute(_PUT, rows)

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.EMBED
    ) -> int:
        """Owe to every turn, of every space, the reading that gives what it lacks of this model.

        Under the step that makes those of the model by which spaces are recalled, the others' go.
        """
        if step is Step.EMBED:
            others = token_vectors.c.fingerprint != fingerprint.text
            self._connection.execute(delete(token_vectors).where(others))
        has_some = exists().where(
            token_vectors.c.space == turns.c.space,
            token_vectors.c.turn == turns.c.key,
            token_vectors.c.fingerprint == fingerprint.text,
        )
        lacking = select(turns.c.space, turns.c.key.label("turn")).where(~has_some)
        return owe(self._connection, step, lacking, now=now)
