"""Rows of `links`: typed links between notes, read from both ends."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Select,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from memsvc.domain.ids import LinkId, NoteId, NoteKey, Position, RunId, SpaceKey
from memsvc.domain.memory import Page, Standing
from memsvc.domain.note import Link, LinkKind
from memsvc.ports.notes import LinkDraft
from store.batches import batched
from store.cursors import number_from, page_of
from store.delta import Deltas
from store.history import stands
from store.noted import all_turns_stand, made_by, making_from, note_stands, these
from store.rows import AnyRow
from store.tables import links, notes

_START, _END = notes.alias("start_notes"), notes.alias("end_notes")
_ADD = insert(links)
_RETIRE = (
    update(links)
    .where(
        links.c.space == bindparam("of_space"),
        links.c.id == bindparam("of_link"),
        links.c.until.is_(None),
    )
    .values(until=bindparam("ends_at"))
)


class LinkRows:
    """Reads and changes links through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def get(
        self, space: SpaceKey, link: LinkId, *, standing: Standing | None = None
    ) -> Link | None:
        """Return the link of that id."""
        found = self._links(_select(space, standing).where(links.c.id == link))
        return found[0] if found else None

    def made_in(self, space: SpaceKey, run: RunId) -> list[Link]:
        """Return the links that were made in a run of enrichment, in the order of making."""
        made = _select(space, None).where(links.c.run == run)
        return self._links(made.order_by(links.c.position))

    def of_notes(
        self, space: SpaceKey, notes: Sequence[NoteKey], *, standing: Standing | None = None
    ) -> Mapping[NoteId, Sequence[Link]]:
        """Return the links that start or end at each of these notes, in the order of making."""
        found: dict[LinkId, Link] = {}
        for part in batched(notes):
            for end in (links.c.start, links.c.end):
                query = _select(space, standing).where(these(space, end, part))
                found.update((link.id, link) for link in self._links(query))
        by_note: dict[NoteId, list[Link]] = defaultdict(list)
        for link in sorted(found.values(), key=lambda each: each.position):
            by_note[link.start].append(link)
            by_note[link.end].append(link)
        return by_note

    def between(self, space: SpaceKey, start: NoteKey, end: NoteKey, kind: LinkKind) -> Link | None:
        """Return the link of this kind from one note to another."""
        found = self._links(
            _select(space, None).where(
                links.c.start == start, links.c.end == end, links.c.kind == kind.value
            )
        )
        return found[0] if found else None

    def page(
        self,
        space: SpaceKey,
        *,
        note: NoteKey | None,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Link]:
        """List links in the order of making; the cursor is a ledger position."""
        query = _select(space, standing).order_by(links.c.position).limit(limit + 1)
        if note is not None:
            query = query.where((links.c.start == note) | (links.c.end == note))
        if after is not None:
            query = query.where(links.c.position > number_from(after))
        found = self._links(query)
        return page_of(found, limit, lambda one: one.position)

    def add(
        self, space: SpaceKey, drafts: Sequence[LinkDraft], *, first_position: Position
    ) -> list[Link]:
        """Keep links; link i is entered in the ledger at `first_position + i`."""
        if not drafts:
            return []
        rows = [
            {
                "space": space,
                "id": draft.id,
                "position": first_position + place,
                "start": draft.start,
                "end": draft.end,
                "kind": draft.kind.value,
                "score": draft.score,
                **made_by(draft.making),
            }
            for place, draft in enumerate(drafts)
        ]
        self._connection.execute(_ADD, rows)
        self._touch(space, [draft.id for draft in drafts])
        ids = [draft.id for draft in drafts]
        found = {
            link.id: link
            for part in batched(ids)
            for link in self._links(_select(space, None).where(links.c.id.in_(part)))
        }
        return [found[link] for link in ids]

    def retire(self, space: SpaceKey, links: Sequence[LinkId], *, first_position: Position) -> None:
        """Take links back; link i until `first_position + i`."""
        if links:
            ends = [
                {"of_space": space, "of_link": link, "ends_at": first_position + place}
                for place, link in enumerate(links)
            ]
            self._connection.execute(_RETIRE, ends)
            self._touch(space, links)

    def delete(self, space: SpaceKey, links: Sequence[LinkId]) -> None:
        """Purge links, also those that were taken back."""
        for part in batched(links):
            self._connection.execute(_drop(space, part))
        self._touch(space, links)

    def _touch(self, space: SpaceKey, links: Sequence[LinkId]) -> None:
        """Have memory look at these links again once the unit is done."""
        self._deltas.of(space).touched_links.update(links)

    def _links(self, query: Select[Any]) -> list[Link]:
        return [_link(row) for row in self._connection.execute(query)]


def _drop(space: SpaceKey, ids: Sequence[LinkId]) -> Delete:
    return delete(links).where(these(space, links.c.id, ids))


def _select(space: SpaceKey, standing: Standing | None) -> Select[Any]:
    """Select links that stand between notes that stand."""
    query = (
        select(links, _START.c.id.label("start_id"), _END.c.id.label("end_id"))
        .join(_START, _START.c.key == links.c.start)
        .join(_END, _END.c.key == links.c.end)
        .where(links.c.space == space, stands(links))
    )
    for end in (_START, _END):
        query = query.where(
            note_stands(space, end.c.key), *all_turns_stand(space, standing, of=end.c.key)
        )
    return query


def _link(row: AnyRow) -> Link:
    return Link(
        id=LinkId(row.id),
        start=NoteId(row.start_id),
        end=NoteId(row.end_id),
        kind=LinkKind(row.kind),
        score=row.score,
        position=Position(row.position),
        making=making_from(row),
    )
