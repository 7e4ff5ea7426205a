"""Ways to say which turns of a space are worth keeping: one number a turn, higher is kept first.

`memsvc` is the strength of `retrieval.strength`, with nothing faded yet, from the same indexes that
a service holds. The others are what it stands beside:

- `memsvc momentum`: the same with momentum .5 within events.
- `surprise`: by embeddings, as it stands in the curves of events, every turn measured.
- `surprise momentum`: S = .7 S + surprise over the stream's mean, halved where an event begins:
  Titans (arXiv 2501.00663) with events for its gate.
- `self-information`: the sum of -ln p of a turn's different terms, p by the document frequencies of
  the whole space, later turns included: SirLLM (arXiv 2405.12528) with unigrams.
- `longest`, `newest` (what a queue of fixed length keeps), `oldest`.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.episode import Segmentation
from memsvc.domain.forgetting import Forgetting
from memsvc.domain.memory import Source
from memsvc.evals.datasets.dataset import Asked, Utterance
from memsvc.ingest.compose import embed_prepared, prepare, said
from memsvc.ingest.segment import Unit, measure, segment
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.server.shapes import SOURCE_OF_ROLE
from retrieval.strength import Fading
from store.loaded import LoadedSpace
from store.traits import Traits

Worth = NDArray[np.float64]
"""One number a turn, in the order of the turns; shape (n,)."""

UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
MOMENTUM = 0.5
"""Of strength; the figures of smaller and of larger ones lie between and beyond."""

CARRIED = 0.7
GATE = 0.5
"""Of surprise: what is carried on to the next turn, and what an event's beginning leaves of it."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn as it is embedded and indexed."""

    speaker: str | None
    content: str


@dataclass(frozen=True, slots=True)
class Streams:
    """What cutting says of a space's turns: surprise, and the number of the event each begins in.

    An event is -1 while it is open; numbers are unique in the space.
    """

    surprise: Worth
    event: NDArray[np.int64]
    stream: NDArray[np.int64]


def worths(asked: Asked, *, embedder: Embedder, analyzer: Analyzer) -> dict[str, Worth]:
    """Return what each way says of the turns of a space, in order."""
    terms = [analyzer.terms(said(_said(turn))) for turn in asked.turns]
    streams = _cut(asked, embedder)
    count = len(terms)
    return {
        "memsvc": _strength(asked, terms, streams, Forgetting()),
        "memsvc momentum": _strength(asked, terms, streams, Forgetting(momentum=MOMENTUM)),
        "surprise": streams.surprise,
        "surprise momentum": _carried(streams),
        "self-information": _self_information(terms),
        "longest": np.array([len(own) for own in terms], dtype=np.float64),
        "newest": np.arange(count, dtype=np.float64),
        "oldest": -np.arange(count, dtype=np.float64),
    }


def _said(turn: Utterance) -> _Said:
    return _Said(turn.speaker, turn.text)


def _strength(
    asked: Asked, terms: Sequence[Sequence[str]], streams: Streams, how: Forgetting
) -> Worth:
    """Ask the service's own indexes, at a moment at which nothing has faded."""
    held = LoadedSpace.empty(1)
    keys = np.arange(1, len(terms) + 1)
    for key, turn, own, stream in zip(
        keys.tolist(), asked.turns, terms, streams.stream.tolist(), strict=True
    ):
        place = held.timeline.append(key, stream=stream, length=len(own))
        held.lexicon.append(place, own)
        source = SOURCE_OF_ROLE.get(turn.role.lower(), Source.USER).value
        held.traits.append(
            Traits(turn.at or UNDATED, turn.role, source, turn.speaker, None, None, None)
        )
        held.episodes.append()
    for event in np.unique(streams.event[streams.event >= 0]).tolist():
        held.episodes.close(event, np.flatnonzero(streams.event == event))
    return Fading(how, UNDATED).of(held.indexes, keys).astype(np.float64)


def _cut(asked: Asked, embedder: Embedder) -> Streams:
    """Cut every session as a stream that goes on; measure its tail as if it were closed."""
    how = Segmentation()
    surprise: list[float] = []
    event: list[int] = []
    stream: list[int] = []
    begun = 0
    for number, session in enumerate(asked.sessions):
        read = embed_prepared([prepare(_said(turn), embedder) for turn in session.turns], embedder)
        pieces = [turn.vectors for turn in read]
        units = [
            Unit(vector, turn.at or UNDATED, None)
            for turn, vectors in zip(session.turns, pieces, strict=True)
            for vector in vectors
        ]
        firsts = np.cumsum([0, *map(len, pieces)])[:-1]
        cuts = segment(units, how)
        of_unit = np.repeat(
            [*range(begun, begun + len(cuts)), -1],
            [*(cut.size for cut in cuts), len(units) - sum(cut.size for cut in cuts)],
        )
        surprise.extend(measure(units, how).curve[firsts].tolist())
        event.extend(of_unit[firsts].tolist())
        stream.extend([number] * len(firsts))
        begun += len(cuts)
    known = np.array(surprise)
    return Streams(
        np.where(np.isnan(known), np.nanmean(known) if not np.isnan(known).all() else 0.0, known),
        np.array(event, dtype=np.int64),
        np.array(stream, dtype=np.int64),
    )


def _carried(streams: Streams) -> Worth:
    return np.array(list(_carrying(streams)))


def _carrying(streams: Streams) -> Iterator[float]:
    for _, turns in groupby(range(len(streams.stream)), key=lambda turn: streams.stream[turn]):
        inside = list(turns)
        usual = float(streams.surprise[inside].mean())
        strength, event = 0.0, int(streams.event[inside[0]])
        for turn in inside:
            if streams.event[turn] != event:
                strength, event = strength * GATE, int(streams.event[turn])
            strength = CARRIED * strength + max(0.0, float(streams.surprise[turn]) - usual)
            yield strength


def _self_information(terms: Sequence[Sequence[str]]) -> Worth:
    holders: Mapping[str, int] = Counter(term for own in terms for term in set(own))
    return np.array(
        [sum(-math.log(holders[term] / (len(terms) + 1)) for term in set(own)) for own in terms]
    )
