"""What other processes have done to rows that are shared, as the ledgers tell it.

Where a process has its rows to itself, its own commits bring its indexes on. Where others write to
them, too, nothing is lent that is behind the ledger, and nothing that is forgotten is kept: a
position is looked up before every reading, and copies that nobody reads are looked after beside.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, select

from memsvc.domain.ids import SpaceKey
from memsvc.domain.ledger import Change
from store.loading import has, has_deletions
from store.tables import spaces, store_facts

_LESS = (
    Change.SPACE_REVISED,
    Change.TURN_DELETED,
    Change.EVENT_DELETED,
    Change.FACT_DELETED,
    Change.FACT_UNSAID,
    Change.NOTE_DELETED,
    Change.HELD_DELETED,
    Change.DOCUMENT_DELETED,
    Change.STREAM_DELETED,
)
"""After these, there may be less of what was, too: what is forgotten is found nowhere."""


@dataclass(frozen=True, slots=True)
class News:
    """Where spaces stand; which are gone, or are to be read anew; of which copies hold too much."""

    standing: Mapping[SpaceKey, int]
    gone: Collection[SpaceKey]
    outdated: Collection[SpaceKey]


class Others:
    """Asks the ledgers what others did, and remembers what it was told."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading
        self._seen: dict[SpaceKey, int] = {}
        self._looked: Collection[tuple[SpaceKey, int, int]] = ()
        self._made_with: dict[str, str] | None = None

    def stand(self, space: SpaceKey) -> int:
        """Return where a space's ledger stands, by whomever it was brought there; 0 for none."""
        with self._reading() as connection:
            return _positions(connection, [space]).get(space, 0)

    def forgot(self, space: SpaceKey) -> bool:
        """Tell whether less may be seen of a space's past than when this was last asked.

        Whatever was forgotten before now is in the ledger by now, whoever forgot it.
        """
        seen = self._seen.get(space, 0)
        with self._reading() as connection:
            stands = _positions(connection, [space]).get(space, 0)
            is_less = stands != seen and has(connection, space, *_LESS, after=seen)
        self._seen[space] = stands
        return is_less

    def news(self, kept: Mapping[SpaceKey, int], loaded: Collection[SpaceKey]) -> News:
        """Return the news of spaces of which there are copies on disk, by position, or indexes.

        Where another start has made terms or mentions anew, all of them are to be read anew.
        """
        known = kept.keys() | set(loaded)
        with self._reading() as connection:
            made_with = {row.name: row.value for row in connection.execute(select(store_facts))}
            standing = _positions(connection, known)
            copies = {
                (space, position, standing[space])
                for space, position in kept.items()
                if space in standing
            }
            outdated = [
                space
                for space, position, _ in copies.difference(self._looked)
                if has_deletions(connection, space, after=position)
            ]
        is_anew = self._made_with not in (None, made_with)
        self._looked, self._made_with = copies, made_with
        return News(standing, known if is_anew else known - standing.keys(), outdated)


def _positions(connection: Connection, of: Collection[SpaceKey]) -> dict[SpaceKey, int]:
    """Return where the ledger of each of these spaces stands, as far as they are there."""
    rows = connection.execute(
        select(spaces.c.key, spaces.c.position).where(spaces.c.key.in_(sorted(of)))
    )
    return {SpaceKey(row.key): row.position for row in rows}
