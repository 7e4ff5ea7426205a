"""Append: turns made ready outside the unit of work, and kept inside it.

Remembering and writing documents both do this. What costs time (vectors, terms, names) is made
before the unit begins, so that the one writer never waits for a model.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from memsvc.app.compare import owe_names
from memsvc.app.episodes import Episodes
from memsvc.app.fingerprints import content_digest, turn_digest
from memsvc.app.owe_improving import owe_reading
from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.ids import EventId, Position, SpaceKey, StreamName, TurnId, TurnKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import NewTurn, Space, Stream, Turn
from memsvc.domain.work import Step
from memsvc.ingest.compose import Prepared, embed_prepared, prepare, said
from memsvc.ingest.extract.named import names_in, subjects_of
from memsvc.ingest.manner import manner_of
from memsvc.ports.keeping import Unit
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Embedder, Matrix, Tokens
from memsvc.ports.records import Embedding, EntryDraft, TurnDraft
from memsvc.ports.world import Ids

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ready:
    """A turn with its place in the batch and all that can be computed before the unit begins."""

    place: int
    turn: NewTurn
    prepared: Prepared
    terms: tuple[str, ...]
    names: tuple[str, ...]
    digest: bytes
    vectors: Matrix | None
    tokens: Tokens | None = None
    echo_of: TurnId | None = None
    id: TurnId | None = None
    """One that it has already, because it was held; a new one without it."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes (the key's id), when, and what scopes their turns carry."""

    actor: str
    now: datetime
    user_id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The turns of each batch, and the events that they closed."""

    turns: list[list[Turn]]
    events: list[EventId]


@dataclass(frozen=True, slots=True)
class Append:
    """The steps, with what they need."""

    embedder: Embedder
    analyzer: Analyzer
    ids: Ids
    episodes: Episodes

    def make_ready(
        self,
        turns: Sequence[NewTurn],
        *,
        embed_later: bool,
        known: Mapping[str, Matrix] | None = None,
        echoes: Mapping[int, TurnId] | None = None,
    ) -> list[Ready]:
        """Make vectors, terms, names and digests of turns.

        `known` holds the vectors of texts that were embedded before, `echoes` by their places which
        turns are echoes, and of what. While the model is
        unavailable, the words are kept all the same: they are found by words, and vectors follow.
        """
        prepared = [prepare(turn, self.embedder) for turn in turns]
        vectors: dict[int, Matrix] = {}
        tokens: dict[int, Tokens | None] = {}
        for place, (turn, ready) in enumerate(zip(turns, prepared, strict=True)):
            held = (known or {}).get(said(turn))
            if held is not None and len(held) == len(ready.spans):
                vectors[place] = held
        if not embed_later:
            missing = [place for place in range(len(turns)) if place not in vectors]
            try:
                made = embed_prepared([prepared[place] for place in missing], self.embedder)
                vectors |= {place: one.vectors for place, one in zip(missing, made, strict=True)}
                tokens |= {place: one.tokens for place, one in zip(missing, made, strict=True)}
            except ModelUnavailable:
                log.warning("write.embedding_postponed", turns=len(missing))
        return [
            Ready(
                place,
                turn,
                prepared[place],
                tuple(self.analyzer.terms(said(turn))),
                names_in(turn),
                content_digest(turn),
                vectors.get(place),
                tokens.get(place),
                (echoes or {}).get(place),
            )
            for place, turn in enumerate(turns)
        ]

    def make_stream(
        self, unit: Unit, space: Space, name: StreamName, *, title: str | None, author: Author
    ) -> Stream:
        """Make a stream whose name is free and enter it in the ledger."""
        stream = unit.streams.make(space.key, name, title=title, at=author.now)
        digest = digest_of({"name": name, "title": title}, secret=space.secret)
        entry = EntryDraft(Change.STREAM_MADE, name, digest)
        unit.ledger.append(space.key, [entry], actor=author.actor, at=author.now)
        return stream

    def keep(
        self,
        unit: Unit,
        space: Space,
        batches: Sequence[tuple[Stream, Sequence[Ready]]],
        *,
        author: Author,
    ) -> Kept:
        """Append turns to streams: rows, terms, mentions, vectors, what is owed and ledger.

        Events that the new turns settle are closed.

        A stream may get no turn.
        """
        kept = self._rows(unit, space, batches, author)
        turns = [turn for batch in kept for turn in batch]
        ready = [one for _, batch in batches for one in batch]
        if not turns:
            return Kept(kept, [])
        unit.terms.add(
            space.key, {turn.key: one.terms for turn, one in zip(turns, ready, strict=True)}
        )
        mentioned = _mentioned(batches, kept)
        unit.mentions.add(space.key, mentioned)
        owe_names(unit, space, mentioned, now=author.now)
        embeddings = [
            Embedding(turn.key, one.prepared.spans, one.vectors)
            for turn, one in zip(turns, ready, strict=True)
            if one.vectors is not None
        ]
        if embeddings:
            unit.embeddings.add(space.key, embeddings, fingerprint=self.embedder.fingerprint)
        told = keep_tokens(
            unit,
            space.key,
            {turn.key: one.tokens for turn, one in zip(turns, ready, strict=True)},
            embedder=self.embedder,
        )
        owed = [turn.key for turn in turns if not (turn.embedded and turn.key in told)]
        unit.outbox.put(space.key, Step.EMBED, owed, now=author.now)
        owe_reading(unit, space, turns, now=author.now)
        entries = [
            EntryDraft(
                Change.TURN_ADDED,
                turn.id,
                turn_digest(turn, place=turn.place, metadata=turn.metadata, secret=space.secret),
            )
            for turn in turns
        ]
        unit.ledger.append(space.key, entries, actor=author.actor, at=author.now)
        # A stream that got no vector has no more to be cut than before.
        to_cut = [
            stream.key for stream, batch in batches if any(one.vectors is not None for one in batch)
        ]
        closed = self.episodes.close(unit, space, to_cut, actor=author.actor, at=author.now)
        return Kept(kept, closed)

    def _rows(
        self,
        unit: Unit,
        space: Space,
        batches: Sequence[tuple[Stream, Sequence[Ready]]],
        author: Author,
    ) -> list[list[Turn]]:
        position = unit.ledger.next_position(space.key)
        kept = []
        for stream, ready in batches:
            turns: list[Turn] = []
            if ready:
                drafts = [self._draft(one, space, author) for one in ready]
                turns = unit.turns.add(space.key, stream, drafts, first_position=position)
            position = Position(position + len(turns))
            kept.append(turns)
        return kept

    def _draft(self, ready: Ready, space: Space, author: Author) -> TurnDraft:
        turn = ready.turn
        return TurnDraft(
            id=ready.id or TurnId(self.ids.new("t")),
            role=turn.role,
            content=turn.content,
            speaker=turn.speaker,
            client_id=turn.client_id,
            at=turn.at or author.now,
            place=turn.place,
            source=turn.source,
            metadata=turn.metadata or {},
            user_id=author.user_id,
            agent_id=author.agent_id,
            tokens=ready.prepared.tokens,
            length=len(ready.terms),
            content_digest=ready.digest,
            embedded=ready.vectors is not None,
            expires_at=turn.expires_at,
            stands_until=space.settings.stands_until(turn.expires_at, written_at=author.now),
            echo_of=ready.echo_of,
            manner=manner_of(turn.content, role=turn.role),
        )


def keep_tokens(
    unit: Unit,
    space: SpaceKey,
    found: Mapping[TurnKey, Tokens | None],
    *,
    embedder: Embedder,
) -> Collection[TurnKey]:
    """Keep what a model says of the tokens of turns; return those that lack nothing of it."""
    fingerprint = embedder.token_fingerprint
    if fingerprint is None:
        return found.keys()
    kept = {turn: tokens for turn, tokens in found.items() if tokens is not None}
    unit.tokens.put(space, kept, fingerprint=fingerprint)
    return kept.keys()


def _mentioned(
    batches: Sequence[tuple[Stream, Sequence[Ready]]], kept: Sequence[Sequence[Turn]]
) -> dict[TurnKey, Mentioned]:
    return {
        turn.key: Mentioned(one.names, subjects)
        for (stream, ready), turns in zip(batches, kept, strict=True)
        for subjects in [subjects_of(stream.title)]
        for turn, one in zip(turns, ready, strict=True)
    }
