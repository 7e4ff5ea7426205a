"""Rows of `surprisals`: how a causal language model found each piece of a turn, given the rest."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.ports.records import PieceSurprise
from store.tables import surprisals

_ADD = insert(surprisals)


class SurprisalRows:
    """Keeps surprisals through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, space: SpaceKey, found: Mapping[TurnKey, Sequence[PieceSurprise]], *, model: str
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
