"""The inverted file: an FTS5 table that commits with the rows.

Two things differ from FTS5 as it comes. Texts are analysed here, not by FTS5, so that every
language stems and PostgreSQL can later hold the very same terms; and every term carries its
space's number in front, so that a posting list never holds another space's turns and document
frequencies are a space's own. FTS5's `bm25()` would count over all spaces: it is not used. The
postings are read through an `fts5vocab` table, which on 100,000 texts takes half the time of a
ranked FTS5 query (docs/decisions/0006), and `retrieval.bm25` does the sum. The migrations make
both tables.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, text

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.ports.lexicon import Postings
from store.facts import FactRows

_INSERT = text("INSERT INTO lexicon(rowid, terms) VALUES (:turn, :terms)")
_DELETE = text(
    "DELETE FROM lexicon WHERE rowid = :turn "
    "AND EXISTS (SELECT 1 FROM turns WHERE key = :turn AND space = :space)"
)
_DELETE_SPACE = text(
    "DELETE FROM lexicon WHERE rowid IN (SELECT key FROM turns WHERE space = :space)"
)
_SETTLE = text("INSERT INTO lexicon(lexicon) VALUES ('optimize')")
_POSTINGS = text("SELECT doc FROM lexicon_terms WHERE term = :term")


UNSETTLED = "lexicon.unsettled"
"""The store's fact that terms were deleted since the last merge of all segments."""


class FtsLexicon:
    """Reads and changes the inverted file through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def postings(self, space: SpaceKey, terms: Sequence[str]) -> Mapping[str, Postings]:
        """Return the postings of each of these terms that the space holds at all."""
        found = {}
        for term in dict.fromkeys(terms):
            result = self._connection.execute(_POSTINGS, {"term": _in_space(space, term)})
            occurrences = np.array(result.scalars().all(), dtype=np.int64)
            if len(occurrences):
                keys, counts = np.unique(occurrences, return_counts=True)
                found[term] = Postings(keys, counts)
        return found

    def add(self, space: SpaceKey, texts: Mapping[TurnKey, Sequence[str]]) -> None:
        """Enter the terms of new turns."""
        rows = [
            {"turn": turn, "terms": " ".join(_in_space(space, term) for term in terms)}
            for turn, terms in texts.items()
        ]
        if rows:
            self._connection.execute(_INSERT, rows)

    def remove(self, space: SpaceKey, turns: Sequence[TurnKey]) -> None:
        """Take turns out; their rows in `turns` must still stand, for they name the space."""
        if turns:
            self._connection.execute(_DELETE, [{"turn": turn, "space": space} for turn in turns])
            FactRows(self._connection).put(UNSETTLED, "yes")

    def is_settled(self) -> bool:
        """Tell whether the file is free of traces of turns that were taken out of any space."""
        return FactRows(self._connection).get(UNSETTLED) is None

    def settle(self) -> None:
        """Merge all segments into one, without the terms of deleted rows.

        Until then FTS5 only marks them as deleted: no search finds them, but a reader of the
        file's bytes would. Freed pages are overwritten (`secure_delete`).
        """
        self._connection.execute(_SETTLE)
        FactRows(self._connection).drop(UNSETTLED)

    def remove_all(self, space: SpaceKey) -> None:
        """Take a whole space out; its rows in `turns` must still stand."""
        self._connection.execute(_DELETE_SPACE, {"space": space})
        FactRows(self._connection).put(UNSETTLED, "yes")


def _in_space(space: SpaceKey, term: str) -> str:
    return f"{space}_{term}"
