"""What of a turn its digests cover."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from memsvc.domain.canary import Canary
from memsvc.domain.document import About, Part
from memsvc.domain.episode import Boundary, Edge, Title
from memsvc.domain.feedback import Feedback
from memsvc.domain.knowledge import Fact, Merge, Unlinking
from memsvc.domain.ledger import Change, canonical, digest_of
from memsvc.domain.memory import NewTurn, SpaceSettings, Turn
from memsvc.domain.note import Facets, Link, Making, Note
from memsvc.domain.pinned import Pin
from memsvc.domain.quarantine import Held
from memsvc.domain.receipt import Receipt, folded
from memsvc.domain.validity import Ruling
from memsvc.ports.records import EntryDraft, MovedTurn


def content_digest(turn: NewTurn) -> bytes:
    """Tell whether a client's turn id came again with the same content; 32 bytes.

    The time counts only when the client gave one, since without it every retry has another.
    Metadata and place may be edited, so they do not count; nor does when the turn expires, which
    a client that tries again may well count from now.
    """
    said = {
        "role": turn.role,
        "speaker": turn.speaker,
        "content": turn.content,
        "source": turn.source.value,
        "at": None if turn.at is None else turn.at.isoformat(),
    }
    return hashlib.sha256(canonical(said)).digest()


def turn_digest(
    turn: Turn, *, place: str | None, metadata: Mapping[str, Any], secret: bytes
) -> bytes:
    """Return the ledger's digest of a turn with its first place and metadata.

    When it expires is a part of it only where it does: turns entered before that could be said
    keep the digest that they have.
    """
    expiry = {} if turn.expires_at is None else {"expires_at": turn.expires_at.isoformat()}
    return digest_of(
        expiry
        | {
            "id": turn.id,
            "stream": turn.stream,
            "seq": turn.seq,
            "client_id": turn.client_id,
            "role": turn.role,
            "speaker": turn.speaker,
            "content": turn.content,
            "source": turn.source.value,
            "at": turn.at.isoformat(),
            "user_id": turn.user_id,
            "agent_id": turn.agent_id,
            "place": place,
            "metadata": dict(metadata),
        },
        secret=secret,
    )


def deletion(change: Change, subject: str, *, secret: bytes) -> EntryDraft:
    """Return the ledger's entry for something that was deleted: its id is all that is left."""
    return EntryDraft(change, subject, digest_of({"deleted": subject}, secret=secret))


def words_digest(turn: Turn | MovedTurn, *, secret: bytes) -> bytes:
    """Return what is left of a turn's words when its subject or its text was forgotten.

    Whoever said them and whenever: case and white space do not count.
    """
    return text_digest(turn.content, secret=secret)


def text_digest(text: str, *, secret: bytes) -> bytes:
    """Return the digest of words alone; case and white space do not count."""
    return digest_of({"words": folded(text)}, secret=secret)


def held_digest(held: Held, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a turn that is held, and of why."""
    content = {
        "id": held.id,
        "stream": held.stream,
        "content": held.content_digest.hex(),
        "user_id": held.user_id,
        "agent_id": held.agent_id,
        "place": held.turn.place,
        "metadata": dict(held.turn.metadata or {}),
        "rules": [reason.rule for reason in held.reasons],
    }
    if held.note is not None:
        content["note"] = {"id": held.note.id, **_facets(held.note.facets)}
    return digest_of(content, secret=secret)


def saying_of_words_digest(turn: Turn | MovedTurn, *, secret: bytes) -> bytes:
    """Return what is left of a turn's words when it was forgotten by its id or by a filter.

    Said by the same speaker at the same moment: another "Yes." is not meant.
    """
    return saying_digest_of(turn.content, speaker=turn.speaker, at=turn.at, secret=secret)


def saying_digest_of(text: str, *, speaker: str | None, at: datetime, secret: bytes) -> bytes:
    """Return the digest of words that somebody said at a moment."""
    said = {"words": folded(text), "speaker": speaker, "at": at.isoformat()}
    return digest_of(said, secret=secret)


def receipt_digest(receipt: Receipt, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a receipt; what it counts none of does not count."""
    content = {
        "id": receipt.id,
        "means": [means.value for means in receipt.means],
        "counts": {name: count for name, count in asdict(receipt.tally).items() if count},
        "first": receipt.first,
    }
    return digest_of(content, secret=secret)


def feedback_digest(feedback: Feedback, *, secret: bytes) -> bytes:
    """Return the ledger's digest of what is said of a turn; the question is no part of it."""
    content = {"turn": feedback.turn, "judgement": feedback.judgement.value}
    return digest_of({"id": feedback.id, **content}, secret=secret)


def pin_digest(pin: Pin, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a pinned question; its words are no part of it."""
    content = {"id": pin.id, "k": pin.asked.k, "expected": list(pin.asked.expected)}
    return digest_of({**content, "recipe": pin.asked.recipe}, secret=secret)


def canaries_digest(canaries: Sequence[Canary], *, secret: bytes) -> bytes:
    """Return the ledger's digest of canaries that were planted together."""
    return digest_of({"canaries": [canary.id for canary in canaries]}, secret=secret)


def settings_digest(settings: SpaceSettings, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a space's settings; one that is not set does not count.

    Nor does whether events get titles where they do, as by default: settings that were entered
    before that could be said keep the digest that they have.
    """
    chosen = {name: value for name, value in asdict(settings).items() if value is not None}
    if settings.improving is not None and settings.improving.titles:
        del chosen["improving"]["titles"]
    return digest_of({"settings": chosen}, secret=secret)


def event_digest(
    number: int, start: Edge, end: Edge, boundary: Boundary, *, secret: bytes
) -> bytes:
    """Return the ledger's digest of what never changes about a closed event."""
    content = {"number": number, "start": start, "end": end, "boundary": boundary.value}
    return digest_of(content, secret=secret)


def title_digest(event: str, title: Title, *, secret: bytes) -> bytes:
    """Return the ledger's digest of an event's title, whenever it was given."""
    content = {"event": event, "text": title.text, "maker": title.maker, "run": title.run}
    return digest_of(content, secret=secret)


def fact_digest(fact: Fact, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a fact's triple, as it was written first."""
    content = {"subject": fact.subject, "predicate": fact.predicate, "object": fact.object}
    return digest_of({"id": fact.id, **content}, secret=secret)


def saying_digest(fact: Fact, further: Sequence[Sequence[object]], *, secret: bytes) -> bytes:
    """Return the ledger's digest of who says a fact, with what further turns say of when."""
    turns = {*fact.turns, *(str(said[0]) for said in further)}
    said = [[str(part) for part in each] for each in further]
    return digest_of({"id": fact.id, "turns": sorted(turns), "said": said}, secret=secret)


def ruling_digest(ruling: Ruling, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a ruling; its subject is the ruling's own id."""
    content = {
        "fact": ruling.fact,
        "verdict": ruling.verdict.value,
        "by": ruling.by,
        "at": _iso(ruling.at),
        "reason": ruling.reason,
    }
    return digest_of(content, secret=secret)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def revision_digest(*, place: str | None, metadata: Mapping[str, Any], secret: bytes) -> bytes:
    """Return the ledger's digest of an edit."""
    return digest_of({"place": place, "metadata": dict(metadata)}, secret=secret)


def document_digest(name: str, about: About, parts: Sequence[Part], *, secret: bytes) -> bytes:
    """Return the ledger's digest of a document: what is said of it, and its parts in order."""
    return digest_of(
        {
            "id": name,
            "title": about.title,
            "media_type": about.media_type,
            "metadata": dict(about.metadata),
            "at": None if about.at is None else about.at.isoformat(),
            "user_id": about.user_id,
            "agent_id": about.agent_id,
            "parts": [
                [part.name, part.title, part.stream.name, part.digest.hex()] for part in parts
            ],
        },
        secret=secret,
    )


def merge_digest(merge: Merge, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a merge; the names themselves are in no entry."""
    given = {} if merge.spelled is None else {"spelled": merge.spelled}
    return digest_of({"name": merge.name, "into": merge.into} | given, secret=secret)


def unlinking_digest(unlinking: Unlinking, *, secret: bytes) -> bytes:
    """Return the ledger's digest of an unlinking; the name itself is in no entry."""
    return digest_of({"turn": unlinking.turn, "name": unlinking.name}, secret=secret)


def note_digest(note: Note, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a note as it came."""
    content = {
        "id": note.id,
        "content": note.content,
        "event": note.event,
        "source": note.source.value,
        "at": note.at.isoformat(),
    }
    return digest_of(content | _facets(note.facets), secret=secret)


def facets_digest(facets: Facets, making: Making, *, secret: bytes) -> bytes:
    """Return the ledger's digest of other facets for a note."""
    return digest_of(_facets(facets) | _making(making), secret=secret)


def link_digest(link: Link, *, secret: bytes) -> bytes:
    """Return the ledger's digest of a link."""
    content = {
        "id": link.id,
        "start": link.start,
        "end": link.end,
        "kind": link.kind.value,
        "score": link.score,
    }
    return digest_of(content | _making(link.making), secret=secret)


def _facets(facets: Facets) -> dict[str, Any]:
    return {"keywords": facets.keywords, "tags": facets.tags, "context": facets.context}


def _making(making: Making) -> dict[str, Any]:
    return {
        "maker": making.maker,
        "reason": making.reason,
        "run": making.run,
        "because": making.because,
    }
