"""The gist of an event: its few most central sentences, as they were written and in their order.

Nothing is put in other words, so that nothing can be made up. A sentence is central where it holds
what the event keeps coming back to and the rest of the space does not (tf-idf over sentences, as in
SumBasic, Nenkova and Vanderwende 2005, with the space's own counts), and where its turn is like the
whole of the event. What an earlier choice has said already counts no more, so that the sentences
together say most.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from memsvc.ingest.pieces import sentences
from memsvc.ports.notemaker import TermCounts, Told, ToldEvent

MOST_SENTENCES = 4
MOST_CHARS = 600
"""Of all chosen sentences together: about as long as a passage that is read at one go."""

LONGEST_SENTENCE = 300
"""Characters of one sentence; a longer one is no sentence and is cut at a word."""

READ = 256
"""Sentences of an event that are read. A longer one says its matter before that."""

ASKED = 0.5
"""What a question counts beside a statement: it says what was talked of, and not what is so."""

Terms = Callable[[str], Sequence[str]]
"""Makes the terms of a text, without function words."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an event: its text, its distinct terms, and the turn that says it."""

    text: str
    terms: frozenset[str]
    turn: Told
    number: int
    """The place of its turn in the event."""


def read(event: ToldEvent, terms: Terms) -> list[Sentence]:
    """Return the sentences of an event in order, the first `READ` of them."""
    return list(islice(_read(event, terms), READ))


def weights(found: Sequence[Sentence], counts: TermCounts) -> dict[str, float]:
    """Return what each term of some sentences weighs: how often it returns, times how rare it is.

    A term of the event counts once a sentence. Of a space that holds nothing else yet, every term
    is as rare as the next.
    """
    held = Counter(term for sentence in found for term in sorted(sentence.terms))
    known = counts.holding(list(held))
    return {
        term: count * math.log(1 + (counts.texts + 1) / (others + 1))
        for (term, count), others in zip(held.items(), known, strict=True)
    }


def gist(found: Sequence[Sentence], weighs: Mapping[str, float]) -> list[Sentence]:
    """Return the most central sentences in order; none only where there is no sentence.

    At most `MOST_SENTENCES`, together at most `MOST_CHARS` long.
    """
    chosen: list[Sentence] = []
    said: set[str] = set()
    room = MOST_CHARS
    for _ in range(MOST_SENTENCES):
        rest = [each for each in found if each not in chosen and len(each.text) <= room]
        best = max(rest, key=lambda each: _worth(each, weighs, said), default=None)
        if best is None or (chosen and _worth(best, weighs, said) <= 0):
            break
        chosen.append(best)
        said |= best.terms
        room -= len(best.text) + 1
    return [each for each in found if each in chosen]


def told(chosen: Sequence[Sentence]) -> str:
    """Return sentences as a text, each speaker in front of what they say."""
    lines: list[str] = []
    before: Sentence | None = None
    for each in chosen:
        if before is not None and each.turn.speaker == before.turn.speaker:
            lines[-1] += f" {each.text}"
        else:
            lines.append(f"{each.turn.speaker}: {each.text}" if each.turn.speaker else each.text)
        before = each
    return "\n".join(lines)


def _worth(sentence: Sentence, weighs: Mapping[str, float], said: set[str]) -> float:
    new = sum(weighs.get(term, 0.0) for term in sentence.terms - said)
    asked = ASKED if sentence.text.rstrip("\"')").endswith("?") else 1.0
    return asked * sentence.turn.central * new / math.sqrt(len(sentence.terms) + 1)


def _read(event: ToldEvent, terms: Terms) -> Iterator[Sentence]:
    for number, turn in enumerate(event.turns):
        for span in sentences(turn.text):
            text = _cut(" ".join(turn.text[span.start : span.end].split()))
            if text:
                yield Sentence(text, frozenset(terms(text)), turn, number)


def _cut(text: str) -> str:
    if len(text) <= LONGEST_SENTENCE:
        return text
    head, _, _ = text[: LONGEST_SENTENCE - 1].rpartition(" ")
    return f"{head or text[: LONGEST_SENTENCE - 1]}…"
