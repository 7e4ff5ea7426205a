"""Whether the words of two names say that they are two things, however near their vectors are.

Vectors of names put siblings as near as aliases: to all-MiniLM-L6-v2 "Chapter 3" and "Chapter 4"
are nearer than "Bill Clinton" and "William Clinton" (`memsvc eval synonyms` shows by how much).
So a synonym needs a cosine and words that do not contradict it. What is looked at is where two
names differ, never what they mean:

- numbers, as figures, ordinals or Roman numerals, must be the same in the same order;
- a word for a side, an age or a size must not stand in one alone ("South Sudan", "Old Delhi");
- where each has words that the other lacks, these must be spellings of each other or, beside a word
  that both have, short forms ("Mt. Everest", "Mount Everest");
- where only one has more words, they must be initials: "Smith" is no "John Smith", "National
  Museum" no "National Museum of Fine Arts". Titles and forms of companies are no words here.

Initials of a name are never told apart from it. The words in the lists here are English; names in
other languages are judged by their numbers and by how alike their words are.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from graph.names import alias_keys, name_key

MOST_LETTERS = 4
"""A shorter word with these many letters at most may abbreviate a longer one, in their order."""

LEAST_LIKENESS = 0.8
"""Of two ways to spell a word, as `difflib` measures it: "Dostoevsky", "Dostoyevsky"."""

_FULL = 2
"""Parts from which on a name is taken for a full one."""

_WORD = re.compile(
    r"(?:[$€£¥]|(?<![^\W\d_])[^\W\d_])?\d+(?:[.,:]\d+)*"  # 23, $23, S23
    r"(?:s(?![^\W\d_])|\s?%)?"  # 1990s, 23 %
    r"|[^\W\d_]+"
)
_POSSESSIVE = re.compile(r"'s?(?=\W|$)")
_VERSION = re.compile(r"\b(?:v|version)\s?(?=\d)")
_ROMAN = re.compile(r"(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50}
_COUNTED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
_RANKED = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_NUMBERS = {
    word: str(value) for words in (_COUNTED, _RANKED) for value, word in enumerate(words.split())
}
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_SMALL = frozenset({"a", "an", "and", "de", "der", "la", "of", "the"})
_TELLING = frozenset(
    """
    north south east west northeast northwest southeast southwest northern southern eastern western
    northeastern northwestern southeastern southwestern central upper lower inner outer left right
    middle old new great big little senior junior first last next former jr sr vice deputy assistant
    state federal pro max plus mini summer winter spring fall am pm
    """.split()  # noqa: SIM905 - as words they can be read
)
_FORMS = frozenset(
    "inc corp corporation company co ltd llc ag gmbh plc sa nv holdings com se lts inch".split()  # noqa: SIM905 - as above
)
_TITLES = frozenset(
    """
    mr mrs ms miss dr doctor prof professor sir dame lord lady president senator judge captain
    chancellor emperor king queen prince princess pope uncle aunt grandma grandpa
    """.split()  # noqa: SIM905 - as above
)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a name is made of: titles before it, its words without forms of companies, numbers."""

    titles: tuple[str, ...]
    words: tuple[str, ...]
    numbers: tuple[str, ...]


def told_apart(one: str, other: str) -> bool:
    """Return whether the words of two names, as written or as keys, say that they are two things.

    Symmetric. Names of equal keys are never told apart. Takes a tenth of a millisecond: meant for
    pairs that are already near, not for all pairs.
    """
    if _abbreviates(one, other) or _abbreviates(other, one):
        return False
    mine, theirs = _parts(one), _parts(other)
    if mine.numbers != theirs.numbers or _other_title(mine, theirs):
        return True
    if "".join(mine.words) == "".join(theirs.words):
        return False
    left, others = _left(mine.words, theirs.words), _left(theirs.words, mine.words)
    if _TELLING.intersection(left + others):
        return True
    if left and others:
        return _differ(left, others, shortened=left != mine.words)
    return not _is_initialled(*((mine, left) if left else (theirs, others)))


def _other_title(mine: _Parts, theirs: _Parts) -> bool:
    """Return whether titles tell two names apart: "Dr." and "Mrs. Brown", "Queen" and "Victoria".

    A title that only one of them has is nothing to a name of two parts and more.
    """
    if mine.titles and theirs.titles:
        return _differ(mine.titles, theirs.titles, shortened=True)
    return mine.titles != theirs.titles and len(mine.words + mine.numbers) < _FULL


def _is_initialled(longer: _Parts, extra: Sequence[str]) -> bool:
    return all(len(word) == 1 for word in extra) and longer.words[0] not in extra


def _differ(words: Sequence[str], others: Sequence[str], *, shortened: bool) -> bool:
    """Return whether some word of either has none to resemble; initials need none."""
    fewer, more = sorted((words, others), key=len)
    free = list(more)
    for word in fewer:
        near = next((m for m in free if _resemble(word, m, shortened=shortened)), None)
        if near is None:
            return True
        free.remove(near)
    return any(len(word) > 1 for word in free)


def _abbreviates(short: str, long: str) -> bool:
    return name_key(short) in {name_key(long), *alias_keys(long)}


def _parts(name: str) -> _Parts:
    found = _WORD.findall(_plain(name_key(name)))
    begin, end = 0, len(found)
    while begin + 1 < end and found[begin] in _TITLES and found[begin + 1] not in _SMALL:
        begin += 1
    while begin + 1 < end and found[end - 1] in _FORMS:
        end -= 1
    held = found[begin:end]
    numbers = [_number(word, place, of=len(held)) for place, word in enumerate(held)]
    return _Parts(
        titles=tuple(found[:begin]),
        words=tuple(
            word
            for word, number in zip(held, numbers, strict=True)
            if number is None and word not in _SMALL
        ),
        numbers=tuple(number for number in numbers if number is not None),
    )


def _plain(key: str) -> str:
    """Take off accents and possessive endings: "Dvořák's" is read as "dvorak"."""
    letters = unicodedata.normalize("NFKD", key)
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _VERSION.sub(" ", _ORDINAL.sub("", _POSSESSIVE.sub("", kept)))


def _number(word: str, place: int, *, of: int) -> str | None:
    """Return what a word counts; nothing for a word by itself, and for an "I" that begins.

    A letter that ends a name is a number too: "Group A", "Xbox Series S".
    """
    if any(letter.isdigit() for letter in word):
        return word.replace(" ", "")
    if of == 1:
        return None
    if place and _ROMAN.fullmatch(word):
        return str(_roman(word))
    if len(word) == 1 and place == of - 1:
        return word
    return _NUMBERS.get(word)


def _roman(word: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in word]
    following = [*values[1:], 0]
    return sum(-v if v < after else v for v, after in zip(values, following, strict=True))


def _left(words: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return the words that the other name does not have, each of its words taken once."""
    free = list(others)
    left = []
    for word in words:
        if word in free:
            free.remove(word)
        else:
            left.append(word)
    return tuple(left)


def _resemble(one: str, other: str, *, shortened: bool) -> bool:
    """Return whether both are spellings of one word or, if asked, one shortens the other.

    Spellings begin and end alike: endings make "Eric" and "Erica", "Niger" and "Nigeria" two.
    """
    if one[0] != other[0]:
        return False
    short, long = sorted((one, other), key=len)
    if shortened and len(short) <= MOST_LETTERS and len(short) + 1 < len(long):
        letters = iter(long)
        return all(letter in letters for letter in short)
    alike = SequenceMatcher(None, short, long, autojunk=False).ratio()
    return one[-1] == other[-1] and alike > LEAST_LIKENESS
