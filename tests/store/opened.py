"""The store over a folder, without the service above it, and the smallest units of work."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from memsvc.domain.ids import Position, SpaceName, StreamName, TurnId, TurnKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Fingerprint, Source, Space, Span, Turn
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Unit
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.records import Embedding, EntryDraft, TurnDraft
from memsvc.world import CountingIds, StandingClock
from store.delta import Delta
from store.directory import DATABASE, SNAPSHOTS
from store.opening import open_database
from store.postgres import Terms
from store.schema import migrate
from store.shelf import IndexShelf
from store.snapshots import Snapshots
from store.uow import SqlKeeping, Views

NOW = StandingClock().now()
ALONE = Terms()
MODEL = Fingerprint("test", "fp32", 4)
EAST: Vector = np.array([1, 0, 0, 0], dtype=np.float32)
WEST: Vector = -EAST
NORTH: Vector = np.array([0, 1, 0, 0], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Store:
    """Rows and the indexes that follow them."""

    engine: Engine
    keeping: SqlKeeping
    shelf: IndexShelf
    ids: CountingIds

    def space(self, name: str) -> Space:
        """Make a space."""
        return self.keeping.write(lambda unit: make_space(unit, name, self.ids))

    def say(self, space: Space, *texts: str, stream: str = "chat", vector: Vector = EAST) -> None:
        """Write turns, each with this vector, as one unit."""
        self.keeping.write(
            lambda unit: say(unit, space, texts, ids=self.ids, stream=stream, vector=vector)
        )

    def texts(self, space: Space) -> list[str]:
        """Return what the rows of the space say, in the order of writing."""
        with self.keeping.read() as reading:
            page = reading.turns.page(space.key, Filter(), after=None, limit=10_000)
        return [turn.content for turn in page.items]


@contextmanager
def open_store(
    folder: Path,
    *,
    url: str | None = None,
    terms: Terms = ALONE,
    waiting_limit: int = 64,
    readers: int = 4,
    max_bytes: int = 2**30,
    apply_with: Callable[[IndexShelf, Delta], None] = IndexShelf.apply,
) -> Iterator[Store]:
    """Open a database in `folder`, made when it is not there, or the one at a URL."""
    folder.mkdir(exist_ok=True)
    engine = open_database(url or folder / DATABASE, readers=readers, terms=terms)
    try:
        migrate(engine)
        shelf = IndexShelf(
            Views(engine),
            fingerprint=MODEL,
            max_bytes=max_bytes,
            snapshots=Snapshots(folder / SNAPSHOTS),
            is_shared=terms.is_shared,
        )
        keeping = SqlKeeping(engine, apply=partial(apply_with, shelf), waiting_limit=waiting_limit)
        keeping.start()
        with closing(keeping):
            yield Store(engine, keeping, shelf, CountingIds())
    finally:
        engine.dispose()


def make_space(unit: Unit, name: str, ids: CountingIds) -> Space:
    """Make a space and enter it in its ledger."""
    space = unit.spaces.make(SpaceName(name), secret=ids.secret(), at=NOW)
    enter(unit, space, Change.SPACE_MADE, [name])
    return space


def say(
    unit: Unit,
    space: Space,
    texts: Sequence[str],
    *,
    ids: CountingIds,
    stream: str = "chat",
    vector: Vector | None = EAST,
    fingerprint: Fingerprint = MODEL,
    until: datetime | None = None,
) -> list[Turn]:
    """Append turns to a stream, with rows, terms, vectors and ledger; each names its words."""
    name = StreamName(stream)
    held = unit.streams.find(space.key, name) or unit.streams.make(
        space.key, name, title=None, at=NOW
    )
    turns = unit.turns.add(
        space.key,
        held,
        [
            draft(text, TurnId(ids.new("t")), embedded=vector is not None, until=until)
            for text in texts
        ],
        first_position=unit.ledger.next_position(space.key),
    )
    unit.terms.add(space.key, {turn.key: turn.content.split() for turn in turns})
    titled = (held.title,) if held.title else ()
    unit.mentions.add(
        space.key, {turn.key: Mentioned(turn.content.split(), titled) for turn in turns}
    )
    if vector is not None:
        made = [embedding(turn.key, vector[np.newaxis]) for turn in turns]
        unit.embeddings.add(space.key, made, fingerprint=fingerprint)
    enter(unit, space, Change.TURN_ADDED, [turn.id for turn in turns])
    return turns


def enter(unit: Unit, space: Space, change: Change, subjects: Sequence[str]) -> Position:
    """Enter a change in the ledger."""
    return unit.ledger.append(
        space.key,
        [
            EntryDraft(change, subject, digest_of({"of": subject}, secret=space.secret))
            for subject in subjects
        ],
        actor="k_test",
        at=NOW,
    )


def embedding(turn: TurnKey, vectors: Matrix) -> Embedding:
    """Return vectors as pieces of one character each."""
    return Embedding(turn, tuple(Span(i, i + 1) for i in range(len(vectors))), vectors)


def draft(
    text: str, turn: TurnId, *, embedded: bool = True, until: datetime | None = None
) -> TurnDraft:
    """Return a turn of a user that is nothing but its text, and when it expires."""
    return TurnDraft(
        id=turn,
        role="user",
        content=text,
        speaker=None,
        client_id=None,
        at=NOW,
        place=None,
        source=Source.USER,
        metadata={},
        user_id=None,
        agent_id=None,
        tokens=len(text.split()),
        length=len(text.split()),
        content_digest=text.encode(),
        embedded=embedded,
        expires_at=until,
        stands_until=until,
    )
