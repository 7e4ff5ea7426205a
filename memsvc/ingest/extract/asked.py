"""Which known names a question names, in whatever case it is typed.

A question is short and the space knows its names, so every run of the question's words is looked
up, longest first: "who directed jaws" names Jaws although nobody capitalised it. A name found by
its capitals is sure; a plain word that happens to be one ("guest appearance") half as sure, and a
single plain word counts only when some turn is about it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import normal, stands_in
from memsvc.ingest.function_words import FUNCTION_WORDS

LONGEST = 8
"""Words of a name that is looked for."""

SURE, UNSURE = 1.0, 0.5

_FUNCTION_WORDS = frozenset(FUNCTION_WORDS["english"])


@dataclass(frozen=True, slots=True)
class AskedName:
    """A known name in a question, and how sure it is that the question means it."""

    name: str
    sure: float


def asked_names(
    question: str, *, known: Callable[[str], bool], subject: Callable[[str], bool]
) -> list[AskedName]:
    """Return the known names in a question, longest first where two overlap, each once.

    `known` tells whether any turn names this (a name as `normal` gives it), `subject` whether any
    turn is about it.
    """
    capitalised = {mention.name for mention in entities(question)}
    words = normal(question).split(" ")
    found = {
        name: SURE if any(stands_in(one, name) for one in capitalised) else UNSURE
        for name in _longest_first(words, capitalised, known=known, subject=subject)
    }
    left = [one for one in sorted(capitalised) if not any(stands_in(one, name) for name in found)]
    found.update((name, SURE) for name in left if known(name))
    return [AskedName(name, sure) for name, sure in found.items()]


def _longest_first(
    words: Sequence[str],
    capitalised: set[str],
    *,
    known: Callable[[str], bool],
    subject: Callable[[str], bool],
) -> Iterator[str]:
    taken = [False] * len(words)
    for length in range(min(LONGEST, len(words)), 0, -1):
        for begin in range(len(words) - length + 1):
            run = words[begin : begin + length]
            name = " ".join(run)
            if any(taken[begin : begin + length]) or all(word in _FUNCTION_WORDS for word in run):
                continue
            if known(name) and (length > 1 or name in capitalised or subject(name)):
                taken[begin : begin + length] = [True] * length
                yield name
