"""Rows of `terms`: for every turn the terms by which it is found, as one text.

They commit with the turn and go with it. Nobody searches them here: the inverted file in memory
(`store.inverted`) is made from them, without analysing every text anew.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert

from memsvc.domain.ids import SpaceKey, TurnKey
from store.delta import Deltas
from store.tables import terms as term_rows

_ADD = insert(term_rows)


class TermRows:
    """Keeps terms through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def add(self, space: SpaceKey, texts: Mapping[TurnKey, Sequence[str]]) -> None:
        """Keep the terms of turns that have none."""
        if texts:
            self._connection.execute(
                _ADD,
                [
                    {"space": space, "turn": turn, "terms": " ".join(terms)}
                    for turn, terms in texts.items()
                ],
            )
            self._deltas.of(space).terms.update((turn, terms) for turn, terms in texts.items())

    def remove_all(self, space: SpaceKey) -> None:
        """Drop the terms of every turn of a space; its indexes are loaded anew."""
        self._connection.execute(delete(term_rows).where(term_rows.c.space == space))
        self._deltas.of(space).dropped = True
