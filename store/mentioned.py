"""Rows of `mentions`: what each turn names and what it is about, a row a name.

They commit with the turn and go with it, and a turn that names nothing has none. Recalls find who
names what in memory (`store.mentions`). There a turn also names what the facts name that it says;
those names have no rows of their own and go with the fact.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from memsvc.domain.ids import SpaceKey, StreamKey, TurnKey
from memsvc.ports.mentions import Mentioned
from store.batches import batched
from store.delta import Deltas
from store.either import insert_or
from store.linked import drop_pointless
from store.named import let_go, mentioned_by
from store.tables import mentions, turns

# Statements of the write path are built once: building them costs more than running them.
_ADD = insert_or(mentions).on_conflict_do_nothing()

_TITLE = insert(mentions).from_select(
    ["space", "turn", "about", "name"],
    select(turns.c.space, turns.c.key, bindparam("is_about"), bindparam("to")).where(
        turns.c.space == bindparam("of_space"), turns.c.stream == bindparam("of")
    ),
)


class MentionRows:
    """Keeps mentions through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def add(self, space: SpaceKey, mentioned: Mapping[TurnKey, Mentioned]) -> None:
        """Keep what new turns name; for one that names nothing, nothing is kept."""
        rows = [
            {"space": space, "turn": turn, "about": about, "name": name}
            for turn, one in mentioned.items()
            for about, names in ((False, one.names), (True, one.subjects))
            for name in names
        ]
        if rows:
            self._connection.execute(_ADD, rows)
            self._deltas.of(space).mentions.update(
                (turn, one) for turn, one in mentioned.items() if one.names or one.subjects
            )

    def replace(self, space: SpaceKey, mentioned: Mapping[TurnKey, Mentioned]) -> None:
        """Keep this in place of what was kept of these turns; the space is indexed anew."""
        if not mentioned:
            return
        before: set[str] = set()
        for part in batched(list(mentioned)):
            held = (mentions.c.space == space) & mentions.c.turn.in_(part)
            before.update(self._connection.execute(select(mentions.c.name).where(held)).scalars())
            self._connection.execute(delete(mentions).where(held))
        self.add(space, mentioned)
        for part in batched(list(mentioned)):
            drop_pointless(self._connection, space, part)
        let_go(self._connection, self._deltas, space, before)
        self._deltas.of(space).dropped = True

    def retitle(self, space: SpaceKey, subjects: Mapping[StreamKey, Sequence[str]]) -> None:
        """Say what all turns of these streams are about now."""
        if not subjects:
            return
        before: set[str] = set()
        for part in batched(list(subjects)):
            inside = select(turns.c.key).where(turns.c.space == space, turns.c.stream.in_(part))
            titled = (mentions.c.space == space) & mentions.c.about & mentions.c.turn.in_(inside)
            before.update(
                self._connection.execute(select(mentions.c.name).where(titled).distinct()).scalars()
            )
            self._connection.execute(delete(mentions).where(titled))
        titles = [
            {"of_space": space, "of": stream, "to": name, "is_about": True}
            for stream, names in subjects.items()
            for name in dict.fromkeys(names)
        ]
        if titles:
            self._connection.execute(_TITLE, titles)
        let_go(self._connection, self._deltas, space, before)
        changed = self._deltas.of(space).mentions
        for part in batched(list(subjects)):
            inside = select(turns.c.key).where(turns.c.space == space, turns.c.stream.in_(part))
            drop_pointless(self._connection, space, inside)
            standing = self._connection.execute(inside).scalars()
            changed.update(dict.fromkeys(standing, Mentioned()))
            changed.update(mentioned_by(self._connection, space, inside))
