"""By what a note is known: key phrases, broad tags, and one line of context.

Key phrases are what the event names and the runs of words between function words (RAKE), ranked by
how much their words return in the event and how rare they are in the space. Speakers and times are
no key to anything: everybody who talks is named by everybody, and what else happened on a day is
another matter. Both stand in the context instead.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from memsvc.domain.note import MAX_WORD_CHARS
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind, normal, stands_in
from memsvc.ingest.extract.named import KINDS, subjects_of
from memsvc.ingest.extract.phrases import phrases
from memsvc.ingest.function_words import FUNCTION_WORDS
from memsvc.ingest.notes.gist import Sentence, Terms
from memsvc.ports.notemaker import ToldEvent

MOST_KEYWORDS = 8
MADE_TAGS = 6
"""Tags that a note is made with; the rest of the room is for what it turns out to belong to."""

MOST_CONTEXT = 300
"""Characters of a context as it is made: the rest of its room is for what is learned later."""

MOST_NAMED = 4
"""Entities and key phrases that a context names."""

NAMED = 1.5
"""What a name counts beside a phrase of the same words."""

LONGEST_PHRASE = 3
SHORTEST_CALL = 3
"""Characters of the beginning of a name that it is called by."""

RETURNS = 2
"""Turns of an event that hold a word which it is about broadly."""

_TIMES = frozenset(
    """
    yesterday today tomorrow tonight morning afternoon evening night day days week weeks weekend
    weekends month months year years hour hours minute minutes time times ago last next recently
    lately soon later early monday tuesday wednesday thursday friday saturday sunday january
    february march april june july august september october november december
    """.split()  # noqa: SIM905 - as words they can be read
)
_LIGHT = frozenset(
    """
    went go goes going gone got get gets getting took take takes taken taking made make makes making
    think thinks thought know knows knew known want wants wanted need needs needed said say says
    tell told see saw seen look looks looking looked come came feel feels felt feeling keep kept
    find found try trying tried let lets give gave given put really thanks thank wow hey hi hello
    oh ok okay yeah yes yep cool great good nice awesome amazing glad sure thing things stuff lot
    lots way bit kind sort something anything everything nothing someone everyone anyone one ones
    like likes ask asks asked asking call calls called calling love loves loved loving definitely
    absolutely totally pretty actually maybe well
    super sounds sound still even ever never always much many help helps helped start started
    can't don't didn't isn't i'm it's that's i've i'll you're
    """.split()  # noqa: SIM905 - as words they can be read
)
_EMPTY = _LIGHT | _TIMES | frozenset(FUNCTION_WORDS["english"])
_BROAD: Mapping[Kind, str] = {
    Kind.CODE: "code",
    Kind.URL: "links",
    Kind.EMAIL: "contacts",
    Kind.QUANTITY: "figures",
    Kind.HASHTAG: "hashtags",
}

Weights = Mapping[str, float]


def names_of(event: ToldEvent) -> list[str]:
    """Return what an event names, each once, the most named first; no speaker's name."""
    speakers = _speakers(event)
    named = Counter(
        mention.name
        for turn in event.turns
        for mention in entities(turn.text)
        if mention.kind in KINDS and not any(_calls(mention.name, one) for one in speakers)
    )
    return [name for name, _ in named.most_common()]


def keywords(
    event: ToldEvent, found: Sequence[Sentence], weighs: Weights, terms: Terms
) -> tuple[str, ...]:
    """Return the key phrases of an event, the most telling first."""
    speakers = _speakers(event)
    scored: dict[str, float] = {}
    for name in names_of(event):
        scored[name] = NAMED * _telling(name, weighs, terms)
    named = tuple(scored)  # what is called by a name goes by that alone
    for phrase, times in Counter(_phrases(found)).items():
        if not any(stands_in(one, phrase) or _calls(phrase, one) for one in (*speakers, *named)):
            worth = _telling(phrase, weighs, terms) * (1 if times == 1 else NAMED)
            scored.setdefault(phrase, worth)
    chosen: list[str] = []
    covered: set[str] = set()
    for phrase in sorted(scored, key=lambda one: (-scored[one], one)):
        new = set(terms(phrase)) - covered
        if new and len(phrase) <= MAX_WORD_CHARS:
            chosen.append(phrase)
            covered |= new
        if len(chosen) == MOST_KEYWORDS:
            break
    return tuple(chosen)


def tags(
    event: ToldEvent, found: Sequence[Sentence], weighs: Weights, terms: Terms
) -> tuple[str, ...]:
    """Return what an event broadly is: what its stream is about, its matter, and its form."""
    about = [name for name in subjects_of(event.title) if not any(map(str.isdigit, name))]
    kinds = {mention.kind for turn in event.turns for mention in entities(turn.text)}
    forms = [tag for kind, tag in _BROAD.items() if kind in kinds]
    speakers = {word for one in _speakers(event) for word in one.split()}
    matter = [word for word in _returning(found, weighs, terms) if word not in speakers]
    made = dict.fromkeys([*about, *matter, *forms])
    return tuple(tag for tag in made if len(tag) <= MAX_WORD_CHARS)[:MADE_TAGS]


def context(event: ToldEvent, known_by: Sequence[str]) -> str:
    """Return one line on an event: its stream's title, when, who, and what about."""
    begun, ended = _bounds(event)
    first, last = (f"{at.day} {at:%B %Y}" for at in (begun, ended))
    when = first if first == last else f"{first} to {last}"
    who = " and ".join(dict.fromkeys(turn.speaker for turn in event.turns if turn.speaker))
    # A title that holds the year is a date, and says when in other words.
    title = None if str(begun.year) in (event.title or "") else event.title
    parts = [title, when, who]
    line = ", ".join(" ".join(part.split()) for part in parts if part)
    about = [*islice(names_of(event), MOST_NAMED), *known_by]
    named = ", ".join(list(dict.fromkeys(about))[:MOST_NAMED])
    return _within(f"{line}: {named}" if named else line)


def _within(line: str) -> str:
    return line if len(line) <= MOST_CONTEXT else f"{line[: MOST_CONTEXT - 1]}…"


def _bounds(event: ToldEvent) -> tuple[datetime, datetime]:
    moments = [turn.at for turn in event.turns]
    return min(moments), max(moments)


def _speakers(event: ToldEvent) -> list[str]:
    return [normal(one) for one in dict.fromkeys(turn.speaker or "" for turn in event.turns) if one]


def _calls(name: str, speaker: str) -> bool:
    """Tell whether a name is a speaker's, or a part or the beginning of it: Mel for Melanie."""
    return stands_in(name, speaker) or (
        len(name) >= SHORTEST_CALL and any(word.startswith(name) for word in speaker.split())
    )


def _telling(phrase: str, weighs: Weights, terms: Terms) -> float:
    parts = [weighs.get(term, 0.0) for term in dict.fromkeys(terms(phrase))]
    return sum(parts) / len(parts) if parts else 0.0


def _phrases(found: Sequence[Sentence]) -> Iterator[str]:
    for sentence in found:
        for mention in phrases(sentence.text):
            words = _trimmed(mention.name.split())
            if 0 < len(words) <= LONGEST_PHRASE and not _TIMES.intersection(words):
                yield " ".join(words)


def _trimmed(words: list[str]) -> list[str]:
    """Take off light words at both ends: "went hiking" is about hiking."""
    while words and words[0] in _EMPTY:
        words = words[1:]
    while words and words[-1] in _EMPTY:
        words = words[:-1]
    return words


def _returning(found: Sequence[Sentence], weighs: Weights, terms: Terms) -> list[str]:
    """Return single words that several turns of an event hold, the most telling first."""
    turns: dict[str, set[int]] = {}
    for sentence in found:
        for phrase in _phrases([sentence]):
            for word in phrase.split():
                turns.setdefault(word, set()).add(sentence.number)
    returning = [word for word, held in turns.items() if len(held) >= RETURNS]
    telling = {word: _telling(word, weighs, terms) for word in returning}
    return sorted(returning, key=lambda word: (-telling[word], word))[: MADE_TAGS // 2]
