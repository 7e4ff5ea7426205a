"""Rows of `surprisals`: how a causal language model found each piece of a turn, given the rest."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.ports.models import Surprise
from store.tables import surprisals

_ADD = insert(surprisals)


class SurprisalRows:
    """Keeps surprisals through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def scored(self, space: SpaceKey, turns: Sequence[TurnKey], *, model: str) -> set[TurnKey]:
        """Return those of these turns that a model has scored."""
        rows = self._connection.execute(
            select(surprisals.c.turn).where(
                surprisals.c.space == space,
                surprisals.c.turn.in_(turns),
                surprisals.c.model == model,
            )
        )
        return {TurnKey(turn) for turn in rows.scalars()}

    def add(
        self, space: SpaceKey, found: Mapping[TurnKey, Sequence[Surprise]], *, model: str
    ) -> None:
        """Keep what a model made of the pieces of turns that it has not scored yet."""
        rows = [
            {
                "space": space,
                "turn": turn,
                "model": model,
                "piece": piece,
                "mean": surprise.mean,
                "most": surprise.most,
            }
            for turn, pieces in found.items()
            for piece, surprise in enumerate(pieces)
        ]
        if rows:
            self._connection.execute(_ADD, rows)
