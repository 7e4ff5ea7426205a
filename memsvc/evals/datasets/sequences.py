"""Pairs of passages of one text, of which one came first: the questions of SORT.

Follows Book-SORT (Pink et al., "Assessing Episodic Memory in LLMs with Sequence Order Recall
Tasks", arXiv 2410.08133): from an excerpt of so many words two segments of 20 or 50 words are
taken, each beginning where a sentence does, in one of four bins of distance; which of them is
asked for first is chance. We differ in what is read beside books: any data set of `dataset`, each
of its spaces with all its sessions as one sequence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.beam import load_beam
from memsvc.evals.datasets.dataset import DataSet, Utterance
from memsvc.evals.datasets.locomo import load_locomo
from memsvc.evals.datasets.longmemeval import load_longmemeval
from memsvc.ingest.paragraphs import paragraphs

EXCERPTS = (250, 1_000, 2_500, 10_000)
"""Words of an excerpt, as in Book-SORT but for its longest, which few conversations have."""

SEGMENTS = (20, 50)
BINS = {"LE/4": 4.0, "LE/3": 3.0, "LE/2": 2.0, "LE/0.8": 0.8}
"""The upper edge of each bin, by what the excerpt's length is divided by; the segments of the first
lie next to each other at least."""

TRIES = 200
"""Excerpts tried for a pair before a cell goes without it: some texts have no such sentences."""

_WORD = re.compile(r"\S+")
_SENTENCE_END = re.compile(r"[.!?\u2026][\"')\]\u2019\u201d]*$")
_BLANK = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sequence: in which turn, from which character to before which."""

    turn: int
    start: int
    end: int
    begins_sentence: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Turns in order, with their words one after the other."""

    name: str
    turns: tuple[Utterance, ...]
    words: tuple[Word, ...]

    def text(self, begin: int, length: int) -> list[str]:
        """Return the words from number `begin` on."""
        return [
            self.turns[w.turn].text[w.start : w.end] for w in self.words[begin : begin + length]
        ]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two segments of a sequence by the numbers of their first words; a stands first or b does."""

    excerpt: int
    segment: int
    bin: str
    a: int
    b: int

    @property
    def first(self) -> str:
        """The one that came first."""
        return "a" if self.a < self.b else "b"

    @property
    def cell(self) -> tuple[int, int, str]:
        """What the pair is counted under."""
        return self.excerpt, self.segment, self.bin


def load_sequences(paths: Sequence[Path]) -> list[Told]:
    """Read plain texts, and files or folders of the other evaluations' data sets.

    Raises `InvalidField` for a file that is neither.
    """
    found = [sequence for path in paths for sequence in _loaded(path)]
    if not any(len(sequence.words) >= EXCERPTS[0] for sequence in found):
        raise InvalidField(
            f"No text has {EXCERPTS[0]} words, which the shortest excerpt has; name a longer one.",
            field="files",
        )
    return found


def sequence_of(name: str, turns: Sequence[Utterance]) -> Told:
    """Return turns as a sequence."""
    return Told(name, tuple(turns), tuple(_words(turns)))


def pairs_of(sequences: Sequence[Told], *, each: int, seed: int) -> list[tuple[int, Pair]]:
    """Draw `each` pairs for every length and bin, with the number of the sequence that holds them.

    Excerpt lengths that no sequence has are left out; so are pairs that chance does not find.
    """
    chance = Random(seed)  # noqa: S311  nothing secret
    drawn = []
    for excerpt in EXCERPTS:
        holders = [n for n, sequence in enumerate(sequences) if len(sequence.words) >= excerpt]
        if not holders:
            continue
        for segment in SEGMENTS:
            for name in BINS:
                for _ in range(each):
                    found = _drawn(sequences, holders, (excerpt, segment, name), chance)
                    if found is not None:
                        drawn.append(found)
    return drawn


def _drawn(
    sequences: Sequence[Told],
    holders: Sequence[int],
    cell: tuple[int, int, str],
    chance: Random,
) -> tuple[int, Pair] | None:
    excerpt, segment, name = cell
    low, high = _edges(excerpt, segment, name)
    for _ in range(TRIES):
        holder = chance.choice(holders)
        words = sequences[holder].words
        begin = chance.randrange(len(words) - excerpt + 1)
        starts = [
            n for n in range(begin, begin + excerpt - segment + 1) if words[n].begins_sentence
        ]
        if not starts:
            continue
        one = chance.choice(starts)
        others = [n for n in starts if low < n - one <= high]
        if others:
            both = [one, chance.choice(others)]
            chance.shuffle(both)
            return holder, Pair(excerpt, segment, name, a=both[0], b=both[1])
    return None


def _edges(excerpt: int, segment: int, name: str) -> tuple[float, float]:
    """Return the bounds of a bin in words: above the first, up to the second."""
    names = list(BINS)
    place = names.index(name)
    low = excerpt / BINS[names[place - 1]] if place else segment - 1
    return max(low, segment - 1), excerpt / BINS[name]


def _loaded(path: Path) -> Iterator[Told]:
    if path.is_dir():
        yield from _of_data(load_beam(path))
    elif path.suffix == ".json":
        yield from _of_data(_json(path))
    else:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InvalidField(f"{path} is no text in UTF-8.", field="files") from error
        blocks = paragraphs(_BLANK.split(text))
        turns = [Utterance(id=f"p{n}", text=block) for n, block in enumerate(blocks)]
        yield sequence_of(path.stem, turns)


def _json(path: Path) -> DataSet:
    try:
        return load_locomo(path)
    except InvalidField:
        return load_longmemeval(path)


def _of_data(data: DataSet) -> Iterator[Told]:
    return (sequence_of(space.name, space.turns) for space in data.spaces)


def _words(turns: Sequence[Utterance]) -> Iterator[Word]:
    for number, turn in enumerate(turns):
        begins = True
        for match in _WORD.finditer(turn.text):
            yield Word(number, match.start(), match.end(), begins)
            begins = _SENTENCE_END.search(match[0]) is not None
