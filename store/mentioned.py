"""Rows of `mentions`: what each turn names and what it is about, a name a line.

They commit with the turn and go with it, and a turn that names nothing has none. Nobody searches
them here: who names what is answered from memory (`store.mentions`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, literal, select
from sqlalchemy.dialects.sqlite import insert

from memsvc.domain.ids import SpaceKey, StreamKey, TurnKey
from memsvc.ports.mentions import Mentioned
from store.batches import batched
from store.delta import Deltas
from store.tables import mentions, turns

_ADD = insert(mentions)
_TITLED = _ADD.from_select(
    ["space", "turn", "names", "subjects"],
    select(turns.c.space, turns.c.key, literal(""), bindparam("to")).where(
        turns.c.space == bindparam("of_space"), turns.c.stream == bindparam("of")
    ),
)
_RETITLE = _TITLED.on_conflict_do_update(
    index_elements=list(mentions.primary_key), set_={"subjects": _TITLED.excluded.subjects}
)


class MentionRows:
    """Keeps mentions through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def add(self, space: SpaceKey, mentioned: Mapping[TurnKey, Mentioned]) -> None:
        """Keep what new turns name; for one that names nothing, nothing is kept."""
        telling = {turn: one for turn, one in mentioned.items() if one.names or one.subjects}
        if telling:
            self._connection.execute(_ADD, [_row(space, *each) for each in telling.items()])
            self._deltas.of(space).mentions.update((turn, one) for turn, one in telling.items())

    def replace(self, space: SpaceKey, mentioned: Mapping[TurnKey, Mentioned]) -> None:
        """Keep this in place of what was kept of these turns; the space is indexed anew."""
        if not mentioned:
            return
        for part in batched(list(mentioned)):
            self._connection.execute(
                delete(mentions).where(mentions.c.space == space, mentions.c.turn.in_(part))
            )
        self.add(space, mentioned)
        self._deltas.of(space).dropped = True

    def retitle(self, space: SpaceKey, subjects: Mapping[StreamKey, Sequence[str]]) -> None:
        """Say what all turns of these streams are about now."""
        if not subjects:
            return
        self._connection.execute(
            _RETITLE,
            [
                {"of_space": space, "of": stream, "to": _text(names)}
                for stream, names in subjects.items()
            ],
        )
        changed = self._deltas.of(space).mentions
        for part in batched(list(subjects)):
            rows = self._connection.execute(
                select(mentions)
                .join(turns, (turns.c.space == mentions.c.space) & (turns.c.key == mentions.c.turn))
                .where(turns.c.space == space, turns.c.stream.in_(part))
            )
            changed.update((row.turn, mentioned_from(row)) for row in rows)


def mentioned_from(row: Row[Any]) -> Mentioned:
    """Return what a row of `mentions` says."""
    return Mentioned(_names(row.names), _names(row.subjects))


def _row(space: SpaceKey, turn: TurnKey, mentioned: Mentioned) -> dict[str, Any]:
    return {
        "space": space,
        "turn": turn,
        "names": _text(mentioned.names),
        "subjects": _text(mentioned.subjects),
    }


def _text(names: Iterable[str]) -> str:
    return "\n".join(names)


def _names(text: str) -> list[str]:
    return text.split("\n") if text else []
