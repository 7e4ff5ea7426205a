"""How an import keeps streams and turns: as they are here, or as they come, with all their edits.

A turn that is here already stays as it is here. One that comes brings its vectors along where they
are those that would be made here, and owes them otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from memsvc.app.append import keep_tokens
from memsvc.app.compare import owe_names
from memsvc.app.episodes import Episodes
from memsvc.app.fingerprints import revision_digest, turn_digest
from memsvc.app.forget_wanted import forgotten_words
from memsvc.app.moving import Arrival, Here, held_as, known_by_client_id
from memsvc.app.owe_improving import owe_reading
from memsvc.domain.errors import LineConflict, StreamOwned
from memsvc.domain.ids import StreamName, TurnId
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Stream, Turn
from memsvc.domain.work import Step
from memsvc.ingest.compose import Prepared, prepare, said
from memsvc.ingest.extract.named import names_in, subjects_of
from memsvc.ingest.manner import manner_of
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Embedder
from memsvc.ports.records import (
    Embedding,
    EntryDraft,
    MovedStream,
    MovedTurn,
    PlacedTurn,
    TurnDraft,
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A turn with everything that can be computed before its unit begins."""

    prepared: Prepared
    terms: tuple[str, ...]
    names: tuple[str, ...]


class Fresh(NamedTuple):
    """The turns that are not here, and the ids of those that have another one here."""

    turns: list[MovedTurn]
    aliases: dict[TurnId, TurnId]


class Kept(NamedTuple):
    """How many turns were kept, how many of them with their vectors, and the streams made."""

    turns: int = 0
    with_vectors: int = 0
    streams: int = 0


def make_ready(turn: MovedTurn, embedder: Embedder, analyzer: Analyzer) -> Ready:
    """Compute of a turn that comes what takes time."""
    return Ready(prepare(turn, embedder), tuple(analyzer.terms(said(turn))), names_in(turn))


def make_stream(here: Arrival, stream: MovedStream) -> bool:
    """Make the stream unless it is here; tell whether it was made."""
    unit, space = here.unit, here.space
    if unit.streams.find(space.key, stream.name) is not None:
        return False
    unit.streams.make(space.key, stream.name, title=stream.title, at=stream.created_at)
    digest = digest_of({"name": stream.name, "title": stream.title}, secret=space.secret)
    here.enter([EntryDraft(Change.STREAM_MADE, stream.name, digest)])
    return True


def fresh_among(here: Arrival, turns: Sequence[tuple[int, MovedTurn]], *, kept: int) -> Fresh:
    """Tell which of these turns, each with its line's number, are not here.

    Raises `LineConflict`; up to the line `kept` all was dealt with.
    """
    if not turns:
        return Fresh([], {})
    unit, space = here.unit, here.space
    held = dict(unit.turns.identified(space.key, [turn.id for _, turn in turns]))
    known = known_by_client_id(unit, space.key, turns)
    fresh = Fresh([], {})
    for number, turn in turns:
        found = held_as(turn, held, known)
        if found is None:
            fresh.turns.append(turn)
            held[turn.id] = turn
            if turn.client_id is not None:
                known[turn.stream, turn.client_id] = Here(turn.id, turn.content_digest)
        elif found.digest != turn.content_digest:
            raise LineConflict(turn.id, line=number, kept=kept)
        elif found.id != turn.id:
            fresh.aliases[turn.id] = found.id
    return fresh


def to_be_kept(
    here: Arrival, fresh: Sequence[MovedTurn], *, settled: Mapping[StreamName, bool]
) -> list[MovedTurn]:
    """Return those of these turns that come in.

    Not what was deleted or forgotten here, what has expired, and what is in a `settled` stream.
    """
    unsaid = set() if here.restoring else forgotten_words(here.unit, here.space, fresh)
    return [
        turn
        for turn in fresh
        if turn.id not in here.passing.turns
        and turn.id not in unsaid
        and turn.stream not in settled
        and (turn.expires_at is None or turn.expires_at > here.standing.now)
    ]


@dataclass(frozen=True, slots=True)
class KeepTurns:
    """Keeps turns that come, with what that needs; `fingerprint` is of the vectors that come."""

    here: Arrival
    embedder: Embedder
    analyzer: Analyzer
    episodes: Episodes
    fingerprint: str

    def __call__(self, turns: Sequence[MovedTurn], *, ready: Mapping[TurnId, Ready]) -> Kept:
        """Keep turns with terms, versions and vectors, in streams that are here or are made.

        `ready` may lack some. Raises `StreamOwned`.
        """
        if not turns:
            return Kept()
        unit, space, now = self.here.unit, self.here.space, self.here.now
        streams, made_streams = self._streams(turns)
        made = [
            ready.get(turn.id) or make_ready(turn, self.embedder, self.analyzer) for turn in turns
        ]
        embeds = [self._fits(turn, own) for turn, own in zip(turns, made, strict=True)]
        kept = unit.turns.place(
            space.key,
            [
                PlacedTurn(streams[turn.stream], turn.seq, self._draft(turn, own, embedded=fits))
                for turn, own, fits in zip(turns, made, embeds, strict=True)
            ],
            first_position=unit.ledger.next_position(space.key),
        )
        unit.terms.add(
            space.key, {turn.key: own.terms for turn, own in zip(kept, made, strict=True)}
        )
        mentioned = {
            turn.key: Mentioned(own.names, subjects_of(streams[turn.stream].title))
            for turn, own in zip(kept, made, strict=True)
        }
        unit.mentions.add(space.key, mentioned)
        owe_names(unit, space, mentioned, now=now)
        self._embed(kept, turns)
        self.here.enter([self._added(turn) for turn in kept])
        for turn, moved in zip(kept, turns, strict=True):
            self._edit(turn, moved)
        grown = [stream.key for stream in streams.values()]
        self.episodes.close(unit, space, grown, actor=self.here.actor, at=now)
        return Kept(len(kept), sum(embeds), made_streams)

    def _streams(self, turns: Iterable[MovedTurn]) -> tuple[dict[StreamName, Stream], int]:
        """Return the streams of these turns; one that was deleted since its own line is made.

        Raises `StreamOwned`: only its document writes to a stream of one.
        """
        unit, space = self.here.unit, self.here.space
        found: dict[StreamName, Stream] = {}
        made = 0
        for name in dict.fromkeys(turn.stream for turn in turns):
            stream = unit.streams.find(space.key, name)
            if stream is None:
                made += make_stream(self.here, MovedStream(name, None, self.here.now))
                stream = unit.streams.find(space.key, name)
                assert stream is not None  # noqa: S101  made just above
            if stream.document is not None:
                raise StreamOwned(stream.name, document=stream.document)
            found[name] = stream
        return found, made

    def _fits(self, turn: MovedTurn, ready: Ready) -> bool:
        """Tell whether the turn's vectors are those that would be made here."""
        wanted = self.embedder.fingerprint
        return (
            turn.vectors is not None
            and self.fingerprint == wanted.text
            and turn.vectors.shape[1] == wanted.dimension
            and turn.pieces == ready.prepared.spans
        )

    def _embed(self, kept: Sequence[Turn], turns: Sequence[MovedTurn]) -> None:
        """Keep the vectors that came along, and owe the others."""
        unit, space = self.here.unit, self.here.space.key
        embeddings = [
            Embedding(turn.key, moved.pieces, moved.vectors)
            for turn, moved in zip(kept, turns, strict=True)
            if turn.embedded and moved.vectors is not None
        ]
        if embeddings:
            unit.embeddings.add(space, embeddings, fingerprint=self.embedder.fingerprint)
        told = keep_tokens(unit, space, {turn.key: None for turn in kept}, embedder=self.embedder)
        owed = [turn.key for turn in kept if not (turn.embedded and turn.key in told)]
        unit.outbox.put(space, Step.EMBED, owed, now=self.here.now)
        owe_reading(unit, self.here.space, kept, now=self.here.now)

    def _edit(self, turn: Turn, moved: MovedTurn) -> None:
        """Repeat the edits that the turn has seen."""
        unit, space = self.here.unit, self.here.space
        for version in moved.versions[1:]:
            place, metadata = version.place, version.metadata
            digest = revision_digest(place=place, metadata=metadata, secret=space.secret)
            position = self.here.enter([EntryDraft(Change.TURN_REVISED, turn.id, digest)])
            turn = unit.turns.revise(
                space.key, turn, metadata=metadata, place=place, position=position
            )

    def _draft(self, turn: MovedTurn, ready: Ready, *, embedded: bool) -> TurnDraft:
        first = turn.versions[0]
        return TurnDraft(
            id=turn.id,
            role=turn.role,
            content=turn.content,
            speaker=turn.speaker,
            client_id=turn.client_id,
            at=turn.at,
            place=first.place,
            source=turn.source,
            metadata=first.metadata,
            user_id=turn.user_id,
            agent_id=turn.agent_id,
            tokens=ready.prepared.tokens,
            length=len(ready.terms),
            content_digest=turn.content_digest,
            embedded=embedded,
            expires_at=turn.expires_at,
            stands_until=self.here.space.settings.stands_until(
                turn.expires_at, written_at=self.here.now
            ),
            echo_of=turn.echo_of,
            manner=manner_of(turn.content, role=turn.role),
        )

    def _added(self, turn: Turn) -> EntryDraft:
        secret = self.here.space.secret
        digest = turn_digest(turn, place=turn.place, metadata=turn.metadata, secret=secret)
        return EntryDraft(Change.TURN_ADDED, turn.id, digest)
