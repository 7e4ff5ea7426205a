"""What of a turn is embedded and indexed: its text, with its speaker in front.

"Caroline: I adopted a dog" answers "whose dog"; the bare text does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from memsvc.domain.memory import Span
from memsvc.domain.note import Facets
from memsvc.ingest.pieces import pieces
from memsvc.ports.models import Embedder, Matrix, Tokens

MARKERS = 2
"""Tokens that a model adds of its own: one at the beginning, one at the end."""

LEAST_ROOM = 32
"""Tokens left for the text however long the speaker's name is."""


class Spoken(Protocol):
    """Whatever has a text and perhaps a speaker: a turn that comes, stands or moves."""

    @property
    def speaker(self) -> str | None:
        """Who says it, by name."""
        ...

    @property
    def content(self) -> str:
        """The text."""
        ...


def said(turn: Spoken) -> str:
    """Return the turn's text as it is found by."""
    return f"{turn.speaker}: {turn.content}" if turn.speaker else turn.content


def noted(content: str, facets: Facets) -> str:
    """Return a note as it is found by: its facets, which are short, before its content.

    A model reads as much of a text as it takes, so that what is cut off is the end of the content.
    """
    words = ", ".join(facets.keywords), ", ".join(facets.tags)
    return "\n".join(part for part in (facets.context, *words, content) if part)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A turn ready for the embedder: its length in tokens, and each piece with its text."""

    tokens: int
    spans: tuple[Span, ...]
    texts: tuple[str, ...]


def prepare(turn: Spoken, embedder: Embedder) -> Prepared:
    """Cut a turn into what the model can take in one pass, each piece with the speaker in front."""
    text = said(turn)
    prefix = text[: len(text) - len(turn.content)]
    tokens, before = embedder.count(text), embedder.count(prefix.rstrip())
    whole = Span(0, len(turn.content))
    if tokens <= embedder.max_tokens - MARKERS:  # nearly every turn: looked at only once
        return Prepared(tokens=tokens - before, spans=(whole,), texts=(text,))
    room = max(embedder.max_tokens - MARKERS - before, LEAST_ROOM)
    spans = pieces(turn.content, embedder.tokens(turn.content), limit=room)
    return Prepared(
        tokens=tokens - before,
        spans=tuple(spans),
        texts=tuple(f"{prefix}{turn.content[span.start : span.end]}" for span in spans),
    )


class Read(NamedTuple):
    """A turn as the model has read it: a vector a piece, and a vector a token of all its pieces.

    `tokens` is None where the model tells of none.
    """

    vectors: Matrix
    tokens: Tokens | None


def embed_prepared(prepared: Sequence[Prepared], embedder: Embedder) -> list[Read]:
    """Embed all pieces of all turns together, each once."""
    found = embedder.embed_with_tokens([text for turn in prepared for text in turn.texts])
    read = []
    begin = 0
    for turn in prepared:
        pieces = slice(begin, begin + len(turn.texts))
        tokens = None if found.tokens is None else np.concatenate(found.tokens[pieces])
        read.append(Read(found.vectors[pieces], tokens))
        begin = pieces.stop
    return read
