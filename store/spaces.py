"""Rows of `spaces`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    type_coerce,
    update,
)

from memsvc.domain.admission import Ruling
from memsvc.domain.ids import Position, SpaceKey, SpaceName
from memsvc.domain.ledger import GENESIS
from memsvc.domain.memory import Page, Space, SpaceSettings
from memsvc.ports.records import SpaceCounts
from store.cursors import name_from, page_of
from store.delta import Deltas
from store.either import byte_length, total
from store.rows import space_from
from store.tables import (
    EPOCH,
    OF_A_SPACE,
    embeddings,
    events,
    ledger,
    microseconds,
    quarantine,
    space_versions,
    spaces,
    streams,
    turns,
)

A_DAY = microseconds(EPOCH + timedelta(days=1))

_KEEP = insert(space_versions).from_select(
    ["space", "position", "settings"],
    select(spaces.c.key, spaces.c.version, spaces.c.settings).where(
        spaces.c.key == bindparam("of")
    ),
)
_FIND = select(spaces).where(spaces.c.name == bindparam("name"))


class SpaceRows:
    """Reads and changes spaces through one connection."""

    def __init__(
        self, connection: Connection, deltas: Deltas, heads: dict[SpaceKey, tuple[int, bytes]]
    ) -> None:
        self._connection = connection
        self._deltas = deltas
        self._heads = heads

    def find(self, name: SpaceName) -> Space | None:
        """Return the space of that name."""
        row = self._connection.execute(_FIND, {"name": name}).first()
        if row is None:
            return None
        self._heads[SpaceKey(row.key)] = (row.position, row.head)
        return space_from(row)

    def page(self, *, among: Sequence[str] | None, after: str | None, limit: int) -> Page[Space]:
        """List spaces by name."""
        query = select(spaces).order_by(spaces.c.name).limit(limit + 1)
        if among is not None:
            query = query.where(spaces.c.name.in_(among))
        if after is not None:
            query = query.where(spaces.c.name > name_from(after))
        found = [space_from(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.name)

    def counts(self, space: SpaceKey) -> SpaceCounts:
        """Count what the space holds."""
        count = self._connection.execute(
            select(
                select(func.count()).where(streams.c.space == space).scalar_subquery(),
                select(func.count()).where(turns.c.space == space).scalar_subquery(),
                select(func.count()).where(events.c.space == space).scalar_subquery(),
                select(func.count()).where(embeddings.c.space == space).scalar_subquery(),
                select(total(byte_length(turns.c.content)))
                .where(turns.c.space == space)
                .scalar_subquery(),
            )
        ).one()
        return SpaceCounts(
            streams=count[0],
            turns=count[1],
            events=count[2],
            vectors=count[3],
            text_bytes=count[4],
        )

    def that_expire(self, now: datetime) -> list[Space]:
        """Return the spaces of whose turns some may have expired, of all the installation's."""
        holding_expired = select(turns.c.space).where(turns.c.expires_at <= now)
        days = spaces.c.settings["retention_days"].as_integer()
        oldest = (
            select(type_coerce(ledger.c.at, BigInteger))
            .join(
                turns, (turns.c.space == ledger.c.space) & (turns.c.position == ledger.c.position)
            )
            .where(turns.c.space == spaces.c.key)
            .order_by(turns.c.position)
            .limit(1)
            .scalar_subquery()
        )
        until = literal(microseconds(now), BigInteger) - days * literal(A_DAY, BigInteger)
        past_retention = days.is_not(None) & (oldest <= until)
        held = exists().where(
            quarantine.c.space == spaces.c.key,
            quarantine.c.ruling == Ruling.HELD.value,
            (quarantine.c.expires_at <= now) | (type_coerce(quarantine.c.at, BigInteger) <= until),
        )
        query = select(spaces).where(spaces.c.key.in_(holding_expired) | past_retention | held)
        return [space_from(row) for row in self._connection.execute(query.order_by(spaces.c.key))]

    def of(self, space: SpaceKey) -> Space:
        """Return the space of that key; it must exist."""
        row = self._connection.execute(select(spaces).where(spaces.c.key == space)).one()
        return space_from(row)

    def make(self, name: SpaceName, *, secret: bytes, at: datetime) -> Space:
        """Make a space whose name is free."""
        row = self._connection.execute(
            insert(spaces)
            .values(name=name, secret=secret, position=0, head=GENESIS, jobs_done=0, created_at=at)
            .returning(*spaces.c)
        ).one()
        self._heads[SpaceKey(row.key)] = (row.position, row.head)
        return space_from(row)

    def revise(self, space: SpaceKey, settings: SpaceSettings, *, version: Position) -> None:
        """Keep the present settings as a version and put new ones in their place."""
        self._connection.execute(_KEEP, {"of": space})
        kept = {name: value for name, value in asdict(settings).items() if value is not None}
        self._connection.execute(
            update(spaces).where(spaces.c.key == space).values(settings=kept, version=version)
        )
        self._deltas.of(space).dropped = True  # when each of its turns expires may have changed

    def delete(self, space: SpaceKey) -> None:
        """Delete the space and every row of it in every table."""
        for table in OF_A_SPACE:
            self._connection.execute(delete(table).where(table.c.space == space))
        self._connection.execute(delete(spaces).where(spaces.c.key == space))
        self._deltas.of(space).dropped = True
