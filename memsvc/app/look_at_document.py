"""Look at a document as it stands, with all that a plan of another one needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from memsvc.app.forget import all_turns
from memsvc.app.plan import Turns
from memsvc.domain.document import Document
from memsvc.domain.ids import DocumentName, SpaceName
from memsvc.domain.memory import Fingerprint, Space, Standing, Turn
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Reading
from memsvc.ports.models import Matrix


@dataclass(frozen=True, slots=True)
class Seen:
    """A document as it stood when a plan was made.

    `turns` are those of the parts that may change, `vectors` theirs by text, `expired` those that
    are as good as deleted; `paragraphs` counts the turns of all parts.
    """

    space: Space | None
    document: Document | None
    turns: Turns
    expired: Turns
    vectors: Mapping[str, Matrix]
    paragraphs: int

    @property
    def version(self) -> int:
        """The version that the plan was made for; 0 for no document."""
        return 0 if self.document is None else self.document.version


def seen_of(
    reading: Reading,
    space: SpaceName,
    name: DocumentName,
    *,
    part: str | None,
    fingerprint: Fingerprint,
    now: datetime,
) -> Seen:
    """Read what a plan needs: the turns of all parts, or only those of the one that is named."""
    held = reading.spaces.find(space)
    document = None if held is None else reading.documents.find(held.key, name)
    if held is None or document is None:
        return Seen(held, None, {}, {}, {}, 0)
    turns = turns_of(reading, held, document, part, held.settings.standing(now))
    expired = _expired_of(reading, held, document, part, turns)
    texts = {turn.key: turn.content for own in turns.values() for turn in own}
    vectors = reading.embeddings.of(held.key, list(texts), fingerprint=fingerprint)
    paragraphs = len(reading.turns.keys_where(held.key, Filter(documents=(name,))))
    known = {texts[key]: own for key, own in vectors.items()}
    return Seen(held, document, turns, expired, known, paragraphs)


def turns_of(
    reading: Reading,
    space: Space,
    document: Document,
    part: str | None,
    standing: Standing | None,
) -> Turns:
    """Return the turns of every part, or of the one that is named if there is such a part."""
    parts = [each for each in document.parts if part in (None, each.name)]
    by_name: dict[str, list[Turn]] = {each.stream.name: [] for each in parts}
    if part is None:
        where = Filter(documents=(document.name,))
    else:
        where = Filter(streams=tuple(each.stream.name for each in parts))
    found = all_turns(reading, space.key, where, standing=standing) if parts else ()
    for turn in found:
        by_name[turn.stream].append(turn)
    return {each.stream.key: by_name[each.stream.name] for each in parts}


def _expired_of(
    reading: Reading, space: Space, document: Document, part: str | None, turns: Turns
) -> Turns:
    """Return the turns that have expired and are not deleted yet, beside those that stand.

    Of a document only retention lets turns expire, so that without it none need be looked for.
    """
    if space.settings.retention_days is None:
        return {}
    standing = {turn.key for own in turns.values() for turn in own}
    every = turns_of(reading, space, document, part, None)
    return {
        stream: [turn for turn in own if turn.key not in standing] for stream, own in every.items()
    }
