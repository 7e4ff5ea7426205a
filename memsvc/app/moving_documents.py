"""What an export tells of documents, and how an import makes them again.

A document's line says what it is called and which streams are its parts; its paragraphs come as
turns like all others. A line carries the digests of what stands in the parts, not those that the
space keeps: a space keys its own with its secret.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from memsvc.app.fingerprints import document_digest
from memsvc.app.forget import all_turns
from memsvc.app.moving import Arrival, MovedDocument, MovedPart
from memsvc.app.plan import kept_digest, part_digest, text_digest
from memsvc.domain.document import Document, NewPart, Part
from memsvc.domain.errors import DocumentConflict, StreamOwned
from memsvc.domain.ids import StreamName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Standing, pages
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Reading, Unit
from memsvc.ports.records import EntryDraft

PAGE = 100


def moved_documents(
    reading: Reading, space: Space, standing: Standing | None
) -> Iterator[MovedDocument]:
    """Yield the documents of a space in the order in which they were made, without their text."""
    walk = pages(lambda cursor: reading.documents.page(space.key, after=cursor, limit=PAGE))
    for page in walk:
        for summary in page.items:
            found = reading.documents.find(space.key, summary.document.name)
            if found is not None:
                yield _moved(reading, space, found, standing)


class DocumentsMet(NamedTuple):
    """What the documents among some lines have met here.

    `awaited` are to be made at the end, with their lines' numbers. `settled` are the streams of
    all others, which are passed over; True when the document is here, False when it was deleted.
    """

    awaited: tuple[tuple[int, MovedDocument], ...]
    settled: Mapping[StreamName, bool]


def meet_documents(
    here: Arrival, coming: Sequence[tuple[int, MovedDocument]], *, kept: int
) -> DocumentsMet:
    """Look which documents, each with its line's number, are to be made, and which passed over.

    Raises `DocumentConflict`, and `StreamOwned` when another document has a part's stream; up to
    the line `kept` all was dealt with.
    """
    awaited = []
    settled: dict[StreamName, bool] = {}
    for number, moved in coming:
        is_here = _is_here(here, number, moved, kept=kept)
        if is_here or moved.name in here.passing.documents:
            settled |= {part.stream: is_here for part in moved.parts}
        else:
            _refuse_owned(here, moved)
            awaited.append((number, moved))
    return DocumentsMet(tuple(awaited), settled)


def make_document(here: Arrival, number: int, moved: MovedDocument, *, kept: int) -> bool:
    """Make a document of streams that came, and enter it; tell whether it was made.

    A part whose stream stays deleted here is left out, and a document without parts is not made.
    Digests are those of what is here, whatever the line said: only so may a later write trust them.
    Raises what `meet_documents` raises.
    """
    if _is_here(here, number, moved, kept=kept):
        return False
    _refuse_owned(here, moved)
    unit, space = here.unit, here.space
    paragraphs = _paragraphs(unit, space, [part.stream for part in moved.parts], None)
    parts = []
    for part in moved.parts:
        stream = unit.streams.find(space.key, part.stream)
        if stream is not None:
            new = NewPart(part.name, part.title, paragraphs[part.stream])
            digest = part_digest(new, secret=space.secret)
            parts.append(Part(part.name, part.title, stream, digest))
    if not parts:
        return False
    version = unit.ledger.next_position(space.key)
    key = unit.documents.put(space.key, moved.name, about=moved.about, version=version, at=here.now)
    unit.documents.set_parts(space.key, key, parts)
    digest = document_digest(moved.name, moved.about, parts, secret=space.secret)
    here.enter([EntryDraft(Change.DOCUMENT_WRITTEN, moved.name, digest)])
    return True


def _is_here(here: Arrival, number: int, moved: MovedDocument, *, kept: int) -> bool:
    """Tell whether the document is here already. Raises `DocumentConflict`."""
    found = here.unit.documents.find(here.space.key, moved.name)
    if found is None:
        return False
    if not _is_same(here, found, moved):
        raise DocumentConflict(moved.name, line=number, kept=kept)
    return True


def _is_same(here: Arrival, found: Document, moved: MovedDocument) -> bool:
    """Tell whether a document that is here has the parts of one that comes, as they were written.

    Or as they stand: of both, paragraphs may have been forgotten since they were written.
    """
    digests = [kept_digest(part.digest, secret=here.space.secret) for part in moved.parts]
    if [part.digest for part in found.parts] == digests:
        return True
    present = _moved(here.unit, here.space, found, here.standing)
    return [part.digest for part in present.parts] == [part.digest for part in moved.parts]


def _refuse_owned(here: Arrival, moved: MovedDocument) -> None:
    """Raise `StreamOwned` when another document has a stream of one that is to be made."""
    for part in moved.parts:
        stream = here.unit.streams.find(here.space.key, part.stream)
        if stream is not None and stream.document is not None:
            raise StreamOwned(stream.name, document=stream.document)


def _moved(
    reading: Reading | Unit, space: Space, document: Document, standing: Standing | None
) -> MovedDocument:
    streams = [part.stream.name for part in document.parts]
    paragraphs = _paragraphs(reading, space, streams, standing)
    return MovedDocument(
        document.name,
        document.about,
        tuple(
            MovedPart(
                part.name,
                part.title,
                part.stream.name,
                text_digest(NewPart(part.name, part.title, paragraphs[part.stream.name])),
            )
            for part in document.parts
        ),
    )


def _paragraphs(
    reading: Reading | Unit,
    space: Space,
    streams: Sequence[StreamName],
    standing: Standing | None,
) -> Mapping[StreamName, tuple[str, ...]]:
    found: dict[StreamName, list[str]] = {name: [] for name in streams}
    where = Filter(streams=tuple(streams))
    for turn in all_turns(reading, space.key, where, standing=standing):
        found[turn.stream].append(turn.content)
    return {name: tuple(texts) for name, texts in found.items()}
