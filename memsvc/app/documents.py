"""Documents: written whole, replaced whole or by part, each time as one unit of work.

The plan is made and everything new embedded before the unit begins; the unit looks again whether
the document still stands where the plan saw it, so that of two who edit at once one is refused and
nothing is ever overwritten unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from memsvc.app.append import Append, Author, Ready
from memsvc.app.compare import owe_missing_names
from memsvc.app.cut import cut_document, cut_part
from memsvc.app.fingerprints import document_digest
from memsvc.app.forget import delete_streams, delete_turns
from memsvc.app.found import make_space
from memsvc.app.look_at_document import Seen, seen_of, turns_of
from memsvc.app.look_up import the_document, the_space
from memsvc.app.plan import Plan, PlannedPart, part_digest, plan
from memsvc.app.screen_document import refusal_of, refuse_rejected
from memsvc.domain.access import Access, Role
from memsvc.domain.admission import Admission
from memsvc.domain.document import (
    About,
    Document,
    File,
    HeldDocument,
    HeldPart,
    NewPart,
    Part,
    SentDocument,
)
from memsvc.domain.errors import PartNotFound, TooLarge, VersionMismatch
from memsvc.domain.ids import DocumentName, SpaceName, StreamKey, StreamName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space, Stream
from memsvc.ingest.extract.named import subjects_of
from memsvc.ports.documents import DocumentSummary, FileReader
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock

TRIES = 5
"""How often a write without If-Match is planned anew because the document moved meanwhile."""


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """What a write answers. Turns are counted: new, kept as they were, and removed.

    `embedded` tells that every turn of the parts that were written has its vectors.
    """

    document: Document
    is_new: bool
    added: int
    kept: int
    removed: int
    embedded: bool

    @property
    def is_unchanged(self) -> bool:
        """True when the document held all of it already."""
        return not self.is_new and self.added == self.removed == 0


@dataclass(frozen=True, slots=True)
class Documents:
    """The use cases, with what they need."""

    keeping: Keeping
    append: Append
    reader: FileReader
    clock: Clock
    max_paragraphs: int

    def write(
        self, access: Access, space: SpaceName, sent: SentDocument, *, embed_later: bool = False
    ) -> WrittenDocument:
        """Keep a document, in place of the one of that id if there is one.

        A space of a new name is made. Raises what `cut_document` raises, `VersionMismatch` when
        others keep writing the same document all the while, and what the space does not let in:
        `SecretRefused`, `DocumentRefused`, `TextRejected`.
        """
        access.require(Role.WRITER, space=space)
        edit = _Edit(access, space, sent.name, embed_later)
        about, parts = self._cut(sent)
        for _ in range(TRIES - 1):
            try:
                return self._put(edit, about, parts, self._look(edit))
            except VersionMismatch:  # another write came in between: look again
                continue
        return self._put(edit, about, parts, self._look(edit))

    def replace(
        self,
        access: Access,
        space: SpaceName,
        sent: SentDocument,
        *,
        version: int,
        embed_later: bool = False,
    ) -> WrittenDocument:
        """Put a document in place of the one that still stands at `version`.

        Raises `DocumentNotFound`, and what `write` raises.
        """
        edit = _Edit(access, space, sent.name, embed_later)
        _document, seen = self._expect(edit, version)
        about, parts = self._cut(sent)
        return self._put(edit, about, parts, seen)

    def replace_part(
        self,
        access: Access,
        space: SpaceName,
        name: DocumentName,
        part: str,
        file: File,
        *,
        version: int,
        title: str | None = None,
        embed_later: bool = False,
    ) -> WrittenDocument:
        """Put a file in place of the part of that name, or at the end when there is none.

        Without a title the part keeps the one that it has, and a new one is called by its name.
        Raises `DocumentNotFound`, what `cut_part` raises, and what `write` raises.
        """
        edit = _Edit(access, space, name, embed_later)
        document, seen = self._expect(edit, version, part=part)
        parts: dict[str, NewPart | Part] = {held.name: held for held in document.parts}
        present = parts[part].title if part in parts else part
        new = cut_part(part, title or present, file, self.reader)
        replaced = sum(len(turns) for turns in seen.turns.values())
        self._check_size(seen.paragraphs - replaced + len(new.paragraphs))
        parts[part] = new
        return self._put(edit, document.about, list(parts.values()), seen)

    def get(
        self, access: Access, space: SpaceName, name: DocumentName, *, part: str | None = None
    ) -> HeldDocument:
        """Return a document with the turns of its parts, or of the one that is named.

        Raises `DocumentNotFound` and `PartNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            document = the_document(reading, held.key, name)
            parts = [each for each in document.parts if part in (None, each.name)]
            if not parts:
                raise PartNotFound(part or "")
            standing = held.settings.standing(self.clock.latest())
            turns = turns_of(reading, held, document, part, standing)
        return HeldDocument(
            document, tuple(HeldPart(each, tuple(turns[each.stream.key])) for each in parts)
        )

    def page(
        self, access: Access, space: SpaceName, *, after: str | None, limit: int
    ) -> Page[DocumentSummary]:
        """List the documents of a space in the order in which they were made."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return reading.documents.page(held.key, after=after, limit=limit)

    def _cut(self, sent: SentDocument) -> tuple[About, tuple[NewPart, ...]]:
        about, parts = cut_document(sent, self.reader)
        self._check_size(sum(len(part.paragraphs) for part in parts))
        return about, parts

    def _check_size(self, paragraphs: int) -> None:
        if paragraphs > self.max_paragraphs:
            raise TooLarge(
                f"A document may have {self.max_paragraphs} paragraphs and this one would have "
                f"{paragraphs}; split it into several.",
                field="parts",
                limit=self.max_paragraphs,
            )

    def _look(self, edit: "_Edit", *, part: str | None = None) -> Seen:
        """Read what a plan needs, in one view: all parts' turns, or only the named one's."""
        fingerprint = self.append.embedder.fingerprint
        with self.keeping.read() as reading:
            return seen_of(
                reading,
                edit.space,
                edit.name,
                part=part,
                fingerprint=fingerprint,
                now=self.clock.latest(),
            )

    def _expect(
        self, edit: "_Edit", version: int, *, part: str | None = None
    ) -> tuple[Document, Seen]:
        """Look, and refuse before the costly part what the unit would refuse after it."""
        with self.keeping.read() as reading:
            held = the_space(reading, edit.access, edit.space, Role.WRITER)
            the_document(reading, held.key, edit.name)
        seen = self._look(edit, part=part)
        if seen.document is None or seen.version != version:
            raise VersionMismatch(current=seen.version)
        return seen.document, seen

    def _put(
        self, edit: "_Edit", about: About, parts: Sequence[NewPart | Part], seen: Seen
    ) -> WrittenDocument:
        planned = plan(
            edit.name,
            about,
            parts,
            held=seen.document,
            turns=seen.turns,
            expired=seen.expired,
            lapses=seen.space is not None and seen.space.settings.retention_days is not None,
            secret=b"" if seen.space is None else seen.space.secret,
        )
        if planned.is_idle and seen.document is not None:
            return _as_it_was(seen.document, planned, kept=seen.paragraphs)
        policy = _policy_of(seen.space)
        refusal = refusal_of(planned.parts, policy)
        if refusal is not None:
            raise refusal
        ready = self.append.make_ready(
            planned.fresh, embed_later=edit.embed_later, known=seen.vectors
        )
        return self.keeping.write(
            lambda unit: self._keep(unit, edit, planned, seen, ready, policy=policy)
        )

    def _keep(
        self,
        unit: Unit,
        edit: "_Edit",
        planned: Plan,
        seen: Seen,
        ready: Sequence[Ready],
        *,
        policy: Admission | None,
    ) -> WrittenDocument:
        """Keep what is planned, in a space that has the `policy` it was looked at by, or look."""
        space = unit.spaces.find(edit.space) or make_space(
            unit, edit.space, edit.access, clock=self.clock, ids=self.append.ids
        )
        current = unit.documents.find(space.key, edit.name)
        found = 0 if current is None else current.version
        if found != seen.version:
            raise VersionMismatch(current=found)
        if _policy_of(space) != policy:  # set since; seldom enough to have the writer wait
            refusal = refusal_of(planned.parts, _policy_of(space))
            if refusal is not None:
                raise refusal
        refuse_rejected(unit, space, planned.parts)
        about = planned.about
        author = Author(edit.access.id, self.clock.now(), about.user_id, about.agent_id)
        parts = [self._part(unit, space, each, author) for each in planned.parts]
        batches = _batches(parts, planned.parts, ready)
        turns = self.append.keep(unit, space, batches, author=author).turns
        self._remove(unit, space, planned, author)
        retitled = _retitled(planned)
        unit.streams.retitle(space.key, retitled)
        subjects = {stream: subjects_of(title) for stream, title in retitled.items()}
        unit.mentions.retitle(space.key, subjects)
        if subjects:
            fingerprint = self.append.embedder.fingerprint
            owe_missing_names(unit, space, fingerprint=fingerprint, now=author.now)
        version = unit.ledger.next_position(space.key)
        key = unit.documents.put(space.key, edit.name, about=about, version=version, at=author.now)
        unit.documents.set_parts(space.key, key, parts)
        digest = document_digest(edit.name, about, parts, secret=space.secret)
        entry = EntryDraft(Change.DOCUMENT_WRITTEN, edit.name, digest)
        unit.ledger.append(space.key, [entry], actor=author.actor, at=author.now)
        made_at = author.now if current is None else current.created_at
        document = Document(key, edit.name, about, version, made_at, author.now, tuple(parts))
        return WrittenDocument(
            document,
            is_new=current is None,
            added=sum(len(own) for own in turns),
            kept=seen.paragraphs - len(planned.gone),
            removed=len(planned.gone),
            embedded=all(turn.embedded for own in turns for turn in own),
        )

    def _part(self, unit: Unit, space: Space, part: PlannedPart, author: Author) -> Part:
        """Return the part as it will stand, its stream made if it has none."""
        if part.held is not None and part.new is None:
            return part.held
        stream = (
            part.held.stream
            if part.held is not None
            else self.append.make_stream(
                unit,
                space,
                StreamName(self.append.ids.new("p")),
                title=part.stream_title,
                author=author,
            )
        )
        assert part.new is not None  # noqa: S101  else it is held and was returned above
        return Part(part.name, part.title, stream, part_digest(part.new, secret=space.secret))

    def _remove(self, unit: Unit, space: Space, planned: Plan, author: Author) -> None:
        episodes, actor, at = self.append.episodes, author.actor, author.now
        gone, streams = planned.gone, [part.stream for part in planned.dropped]
        if streams:
            delete_streams(unit, space, streams, gone, episodes, actor=actor, at=at)
        elif gone:
            delete_turns(unit, space, gone, episodes, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class _Edit:
    """One call, as its steps pass it on."""

    access: Access
    space: SpaceName
    name: DocumentName
    embed_later: bool


def _policy_of(space: Space | None) -> Admission | None:
    return None if space is None else space.settings.admission


def _as_it_was(document: Document, planned: Plan, *, kept: int) -> WrittenDocument:
    embedded = all(turn.embedded for part in planned.parts for turn in part.kept)
    return WrittenDocument(document, is_new=False, added=0, kept=kept, removed=0, embedded=embedded)


def _batches(
    parts: Sequence[Part], planned: Sequence[PlannedPart], ready: Sequence[Ready]
) -> list[tuple[Stream, Sequence[Ready]]]:
    """Return which turns go to which stream; `ready` holds them part by part."""
    left = iter(ready)
    return [
        (part.stream, list(islice(left, len(plan.fresh))))
        for part, plan in zip(parts, planned, strict=True)
    ]


def _retitled(planned: Plan) -> dict[StreamKey, str]:
    return {
        part.held.stream.key: part.stream_title
        for part in planned.parts
        if part.held is not None and part.held.stream.title != part.stream_title
    }
