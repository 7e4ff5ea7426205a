"""From recorded extractions to facts: which turns hold the passages, and what they say.

A recorded extraction says what was found in a passage, and a fact is said by a turn. So passages
are looked for among turns by their text: white space does not count, and a passage that begins
with a title may be a turn without it in a stream of that title, or the other way round.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from memsvc.domain.ids import TurnId
from memsvc.domain.knowledge import (
    MAX_FACT_TURNS,
    MAX_OBJECT_CHARS,
    MAX_SUBJECT_CHARS,
    NewFact,
)
from memsvc.domain.relation import predicate_name
from memsvc.ingest.extract.mention import normal
from memsvc.ingest.extract.triples import Extracted, Triple


class Passage(NamedTuple):
    """A turn that may hold a passage: its id, the title of its stream, its text."""

    turn: TurnId
    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recorded extractions say of some turns, each fact once for up to so many turns.

    `passages` were found among the turns, `unmatched` were not. `passed_over` are what was
    extracted from those found and is in no usable form, and triples that name nothing, are too
    long or hold what no text may.
    """

    facts: tuple[NewFact, ...]
    passages: int
    unmatched: int
    passed_over: int


def recorded_facts(extracted: Sequence[Extracted], turns: Iterable[Passage]) -> Recorded:
    """Return what the extractions say of those of these turns that hold their passages."""
    holding: dict[str, dict[TurnId, None]] = {}
    for turn in turns:
        for text in _texts(turn):
            holding.setdefault(text, {})[turn.turn] = None
    said: dict[tuple[str, str, str], tuple[Triple, dict[TurnId, None]]] = {}
    passages = passed_over = 0
    for each in extracted:
        by = holding.get(_plain(each.passage))
        if by is None:
            continue
        passages += 1
        passed_over += each.passed_over
        for triple in each.triples:
            if is_usable(triple):
                _first, saying = said.setdefault(_what(triple), (triple, {}))
                saying.update(by)
            else:
                passed_over += 1
    facts = tuple(fact for triple, by in said.values() for fact in _facts(triple, by))
    return Recorded(facts, passages, len(extracted) - passages, passed_over)


def facts_read(triples: Iterable[Triple], turn: TurnId) -> tuple[NewFact, ...]:
    """Return what triples that were read in one turn say, each once; none of what is unusable."""
    said: dict[tuple[str, str, str], Triple] = {}
    for triple in filter(is_usable, triples):
        said.setdefault(_what(triple), triple)
    return tuple(
        NewFact(triple.subject, triple.relation, triple.object, (turn,)) for triple in said.values()
    )


def _texts(turn: Passage) -> set[str]:
    """Return the texts by which a passage is known to be this turn."""
    text = _plain(turn.text)
    if turn.title is None:
        return {text}
    title = _plain(turn.title)
    first, _, rest = turn.text.partition("\n")
    return {text, _plain(rest) if _plain(first) == title else f"{title} {text}"}


def _plain(text: str) -> str:
    return " ".join(text.split())


def _what(triple: Triple) -> tuple[str, str, str]:
    return normal(triple.subject), predicate_name(triple.relation), normal(triple.object)


def is_usable(triple: Triple) -> bool:
    """Tell whether a triple names something at both ends and fits the bounds of a fact."""
    parts = (triple.subject, triple.relation, triple.object)
    limits = (MAX_SUBJECT_CHARS, MAX_SUBJECT_CHARS, MAX_OBJECT_CHARS)
    return (
        all(_what(triple))
        and all(len(part) <= limit for part, limit in zip(parts, limits, strict=True))
        and all(_is_text(part) for part in parts)
    )


def _is_text(part: str) -> bool:
    return "\0" not in part and not any("\ud800" <= character <= "\udfff" for character in part)


def _facts(triple: Triple, by: Iterable[TurnId]) -> Iterator[NewFact]:
    turns = iter(by)
    while some := tuple(islice(turns, MAX_FACT_TURNS)):
        yield NewFact(triple.subject, triple.relation, triple.object, some)
