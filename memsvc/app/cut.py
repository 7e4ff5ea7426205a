"""Cut: what a caller hands in, read and cut into parts and paragraphs."""

from dataclasses import replace

from memsvc.domain.document import PLAIN, About, File, NewPart, SentDocument, SentPart
from memsvc.domain.errors import InvalidField, UnreadableDocument
from memsvc.ingest.paragraphs import clean, paragraphs
from memsvc.ingest.parts import parts_of
from memsvc.ports.documents import FileReader
from memsvc.ports.records import MAX_TITLE


def cut_document(sent: SentDocument, reader: FileReader) -> tuple[About, tuple[NewPart, ...]]:
    """Return what is said of the document, its own title where none was given, and its parts.

    Raises `UnreadableDocument`, `TooLarge`, `Busy`, and `InvalidField` for parts of one name.
    """
    if isinstance(sent.contents, File):
        found = reader.read(sent.contents)
        title = sent.about.title or clean(found.title or "")[:MAX_TITLE] or None
        about = replace(sent.about, title=title, media_type=found.media_type)
        return about, parts_of(found.sections)
    names = [part.name for part in sent.contents]
    if len(set(names)) != len(names):
        raise InvalidField("Two parts have one name; give each a name of its own.", field="parts")
    parts = tuple(_plain(part, reader) for part in sent.contents)
    return replace(sent.about, media_type=PLAIN), parts


def cut_part(name: str, title: str | None, file: File, reader: FileReader) -> NewPart:
    """Return a file as one part, whatever headings are in it. Raises like `cut_document`."""
    blocks = (block for section in reader.read(file).sections for block in section.blocks)
    own = paragraphs(blocks)
    if not own:
        raise UnreadableDocument(
            "The part holds no text; send one that says something.", reason="empty"
        )
    return NewPart(name, title, own)


def _plain(part: SentPart, reader: FileReader) -> NewPart:
    file = File(part.text.encode(), media_type=PLAIN)
    return cut_part(part.name, part.title or part.name, file, reader)
