"""What two hops cost a recall in a large space whose turns name things as passages and chats do.

Data at hand is small, so it is copied: in each copy four of five names become names of its own,
the same ones throughout the copy (`Copies`). So what leads from turn to turn in the original does
so in each copy, few names stand everywhere, and words are as common as they were. The vector of a
copied text is that of its original moved aside, so that no copy is as near to a question.

The service is in this process, and each stage of the default recipe has a watch of its own. Times
are of the processor, since machines are shared.
"""

import re
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count, islice
from pathlib import Path

import numpy as np
from typing_extensions import override

from memsvc.app.recall import Recall
from memsvc.app.remember import Batch
from memsvc.config import Settings
from memsvc.domain.errors import SpaceNotFound
from memsvc.domain.ids import SpaceName, StreamName
from memsvc.domain.memory import NewTurn, Span
from memsvc.domain.recall import Question
from memsvc.evals.datasets.dataset import DataSet, Session
from memsvc.evals.growth.copying import aside, fill
from memsvc.evals.spaces.passing import Around, Remembering
from memsvc.evals.speed.service import Figure
from memsvc.local import OWNER
from memsvc.ports.models import Embedded, Embedder, Matrix
from memsvc.wiring import Service, open_service
from retrieval.bridge import Bridge, Reach
from retrieval.pool import Ask, Pool
from retrieval.recipes import DEFAULT
from retrieval.stage import Composable, Part, Recipe, Stage

WRITERS = 8
WARMING = 10
"""Questions asked before any that count."""

ROUNDS = 3
"""How often each question is asked; its median counts."""

NEAR = 0.7
"""The cosine of a copied text with its original."""

OWN_NAMES = 0.8
"""Share of names that are a copy's own."""

MS = 1_000.0

NO_NAME, NOWHERE, ON = "nothing is named", "names lead nowhere", "names lead on"
"""What two hops find in a question; only the last is work."""

_WORD = re.compile(r"\w+")


class Copies:
    """Makes texts into texts of a copy, and back."""

    def __init__(self, texts: Sequence[str]) -> None:
        words = {word for text in texts for word in _WORD.findall(text)}
        self._names = {word for word in words if word.istitle() and word.lower() not in words}
        self._original: dict[str, str] = {}

    def copied(self, text: str, number: int) -> str:
        """Return the text as it stands in a copy; copy 0 is the original."""
        return text if number == 0 else _WORD.sub(partial(self._named_anew, number=number), text)

    def original(self, text: str) -> str:
        """Return the text that a copied one was made of."""
        return _WORD.sub(lambda found: self._original.get(found[0], found[0]), text)

    def _named_anew(self, found: re.Match[str], *, number: int) -> str:
        word = found[0]
        if word not in self._names:
            return word
        if zlib.crc32(f"{number} {word}".encode()) >= OWN_NAMES * 2**32:
            return word
        anew = word + _syllables(number)
        self._original[anew] = word
        return anew


def _syllables(number: int) -> str:
    """Return letters that tell a copy from others."""
    return (
        ""
        if number == 0
        else _syllables(number // 70) + "kbdfglmnprstvz"[number % 14] + ("aeiou"[number // 14 % 5])
    )


class OfCopies(Around):
    """An `Embedder` that embeds each original once, and moves the vectors of its copies aside."""

    def __init__(self, embedder: Embedder, copies: Copies) -> None:
        super().__init__(Remembering(embedder))
        self._copies = copies

    @override
    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors of the originals, those of copies at a cosine of `NEAR` from them."""
        originals = [self._copies.original(text) for text in texts]
        vectors = self._embedder.embed(originals).copy()
        for place, (text, original) in enumerate(zip(texts, originals, strict=True)):
            if text != original:
                chance = np.random.default_rng(zlib.crc32(text.encode()))
                vectors[place] = aside(vectors[place], chance, cosine=NEAR)
        return vectors

    @property
    @override
    def token_fingerprint(self) -> None:
        """None: words moved aside would be measured, not hops."""
        return None

    @override
    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return the vectors alone."""
        return Embedded(self.embed(texts), None)

    @override
    def tokens(self, text: str) -> Sequence[Span]:
        """Return the words: a copy has as many as its original, and is cut in the same places."""
        return [Span(*found.span()) for found in _WORD.finditer(text)]

    @override
    def count(self, text: str) -> int:
        """Return how many words there are."""
        return len(self.tokens(text))


@dataclass(frozen=True, slots=True)
class Watched(Composable):
    """A stage with a watch, which notes for each run the processor time in seconds."""

    stage: Stage
    took: list[float] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)

    @override
    def part(self) -> Part:
        """Stand where the stage may."""
        return self.stage.part()

    def describe(self) -> str:
        """Say what the stage says."""
        return self.stage.describe()

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Run the stage, and note besides whether there was a way to go."""
        begun = time.process_time()
        found = self.stage.run(ask, pool)
        self.took.append(time.process_time() - begun)
        self.ways.append(NO_NAME if not ask.named else NOWHERE if found.ways is None else ON)
        return found


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of processor time that one question took; `way` says what two hops had to do."""

    way: str
    hops: float
    whole: float


def measure_hops(
    data: Path,
    sets: Sequence[DataSet],
    *,
    turns: int,
    embedder: Embedder,
    progress: Callable[[str], None],
) -> list[Figure]:
    """Fill a space of so many turns with copies of each data set, and ask it the set's questions.

    What an earlier run left in the folder `data` is used again.
    """
    copies = Copies([text for each in sets for text in _texts(each)])
    settings = Settings(data=data, embedder_threads=1)
    with open_service(settings, embedder=OfCopies(embedder, copies)) as service:
        return [
            figure
            for each in sets
            for figure in _one_set(service, each, copies, turns=turns, progress=progress)
        ]


def _one_set(
    service: Service,
    data: DataSet,
    copies: Copies,
    *,
    turns: int,
    progress: Callable[[str], None],
) -> Iterator[Figure]:
    progress(f"{data.name}: writing {turns:,} turns")
    space = SpaceName(f"{data.name}-{turns}".lower())
    _fill(service, space, data, copies, turns=turns)
    progress(f"{data.name}: questions")
    asked = [question.text for question in data.questions]
    took = _asked(service.recall, space, asked)
    for way in sorted({each.way for each in took}):
        those = [each for each in took if each.way == way]
        hops = statistics.median(each.hops for each in those)
        whole = statistics.median(each.whole for each in those)
        name = f"{turns:,} turns of {data.name}: two hops in a recall, {way} ({len(those)} asked)"
        beside = "the whole recall"
        yield Figure(f"{name}, processor p50", hops * MS, "ms", hops / whole, beside)
        p95 = float(np.quantile([each.hops for each in those], 0.95))
        yield Figure(f"{name}, processor p95", p95 * MS, "ms")


def _fill(service: Service, space: SpaceName, data: DataSet, copies: Copies, *, turns: int) -> None:
    """Write sessions of copy after copy."""
    # Made also where they are held already, so that `copies` knows the names of copies again.
    batches = list(_batches(data, copies, turns=turns))
    if not _holds(service, space):
        fill(service, space, batches, writers=WRITERS)


def _holds(service: Service, space: SpaceName) -> bool:
    try:
        service.inspect.space(OWNER, space)
    except SpaceNotFound:
        return False
    return True


def _batches(data: DataSet, copies: Copies, *, turns: int) -> Iterator[Batch]:
    written = 0
    for number in count():
        for place, session in enumerate(_sessions(data)):
            if written >= turns:
                return
            said = tuple(
                NewTurn(
                    role=turn.role,
                    content=copies.copied(turn.text, number),
                    speaker=turn.speaker and copies.copied(turn.speaker, number),
                    at=turn.at,
                )
                for turn in islice(session.turns, turns - written)
            )
            written += len(said)
            title = session.title and copies.copied(session.title, number)
            yield Batch(StreamName(f"{number}-{place}"), said, title=title)


def _asked(recall: Recall, space: SpaceName, questions: Sequence[str]) -> list[Took]:
    """Ask each question several times, never twice in a row, and return medians."""
    stages = [Watched(stage) for stage in DEFAULT.stages]
    hops = [each for each in stages if isinstance(each.stage, (Reach, Bridge))]
    watched = replace(recall, recipes={"default": Recipe(tuple(stages))})
    asking = [partial(watched, OWNER, space, Question(question)) for question in questions]
    for ask in asking[:WARMING]:
        ask()
    took = [_timed(ask, hops) for _ in range(ROUNDS) for ask in asking]
    rounds = [took[begin :: len(asking)] for begin in range(len(asking))]
    return [
        Took(
            same[0].way,
            statistics.median(each.hops for each in same),
            statistics.median(each.whole for each in same),
        )
        for same in rounds
    ]


def _timed(ask: Callable[[], object], hops: Sequence[Watched]) -> Took:
    for each in hops:
        each.took.clear()
    begun = time.process_time()
    ask()
    whole = time.process_time() - begun
    return Took(hops[-1].ways[-1], sum(sum(each.took) for each in hops), whole)


def _sessions(data: DataSet) -> Iterator[Session]:
    return (session for asked in data.spaces for session in asked.sessions)


def _texts(data: DataSet) -> Iterator[str]:
    for session in _sessions(data):
        yield session.title or ""
        for turn in session.turns:
            yield f"{turn.speaker or ''} {turn.text}"
