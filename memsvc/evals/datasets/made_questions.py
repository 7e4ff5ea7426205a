"""Two-hop questions made by rule from a corpus that comes without any.

"When was the director of Ladies Courageous born?" rests on two passages: the one about the film
says who directed it, and the one about that person says when. Both ends are found by patterns in
the passages' own sentences, so the questions are plainer than people's, and now and then the
second passage says it of somebody else. They are made anew each time, the same from the same
corpus, and no data is kept for them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import LabelledQuestion
from memsvc.evals.datasets.multihop import Passage, turn_id
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.titles import title_names

PER_KIND = 25
"""Questions of one kind at most, so that no kind drowns the others."""


@dataclass(frozen=True, slots=True)
class _Relation:
    """How a passage names the bridge, and what the question calls it ("the director of")."""

    words: re.Pattern[str]
    called: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the passage about the bridge must say, and how it is asked for."""

    words: re.Pattern[str]
    before: str
    after: str


_RELATIONS = (
    _Relation(re.compile(r"\b[Ff]ilm (?:\w+ )?(?:and )?directed by "), "the director of"),
    _Relation(re.compile(r"\b(?:song|single|album) (?:\w+ ){0,4}by "), "the performer of"),
    _Relation(re.compile(r"\b(?:son|daughter) of (?:\w+ )?(?=[A-Z])"), "the father of"),
    _Relation(re.compile(r"\b(?:married to|wife of|husband of|consort of) "), "the spouse of"),
)
_WANTED = (
    _Wanted(re.compile(r"\bborn\b"), "When was", "born?"),
    _Wanted(re.compile(r"\bdied\b"), "When did", "die?"),
    _Wanted(re.compile(r"\b(?:son|daughter) of\b"), "Who was the father of", "?"),
)


def make_questions(passages: Sequence[Passage]) -> tuple[LabelledQuestion, ...]:
    """Return the questions that the rules make of a corpus.

    Each rests on the passage about its subject and the one about the bridge. Titles that several
    passages share are passed over: nobody could tell which is meant. Raises `InvalidField` for a
    corpus of which no question can be made.
    """
    about = _by_title(passages)
    made: dict[str, list[LabelledQuestion]] = {}
    for number, passage in enumerate(passages):
        subject = title_names(passage.title)[:1]
        if not subject or about.get(subject[0]) != number:
            continue
        for relation, bridge in _bridges(passage, about):
            if bridge == number:
                continue
            for wanted in _WANTED:
                kind = f"{wanted.before} {relation.called}"
                if wanted.words.search(passages[bridge].text):
                    text = (
                        f"{wanted.before} {relation.called} {_bare(passage.title)} {wanted.after}"
                    )
                    evidence = frozenset([turn_id(number), turn_id(bridge)])
                    asked = LabelledQuestion(text.replace(" ?", "?"), kind, evidence)
                    made.setdefault(kind, []).append(asked)
    if not made:
        raise InvalidField(
            "No question can be made of this corpus; name a file of questions.", field="questions"
        )
    return tuple(question for kind in sorted(made) for question in made[kind][:PER_KIND])


def _bridges(passage: Passage, about: Mapping[str, int]) -> Iterator[tuple[_Relation, int]]:
    """Yield by each relation the passage about the first one whom this passage names so."""
    starts = {mention.span.start: mention.name for mention in entities(passage.text)}
    for relation in _RELATIONS:
        found = relation.words.search(passage.text)
        if found and (bridge := about.get(starts.get(found.end(), ""))) is not None:
            yield relation, bridge


def _by_title(passages: Sequence[Passage]) -> dict[str, int]:
    """Return the passages by what they are about, but for those that share it."""
    held: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        for name in title_names(passage.title)[:1]:
            held.setdefault(name, []).append(number)
    return {name: numbers[0] for name, numbers in held.items() if len(numbers) == 1}


def _bare(title: str) -> str:
    return re.sub(r"\s*\([^)]*\)", "", title)
