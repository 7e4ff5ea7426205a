"""Whether an answer only repeats what it was given, so that memory does not feed on itself.

The service marks such answers by runs of four words, from twelve words on. "You live in Lisbon" is
shorter, and stands closer to the question "Where do I live?" than "I moved to Lisbon in May" ever
will. Whoever wrote the answer knows what it was made of, so here its few words are held against
exactly that: the memories that were shown, and what the user said. Words of small talk and of not
knowing do not count. They are English; elsewhere more answers seem to say something of their own.
"""

import re
from collections.abc import Mapping

MOST_NEW = 0.25
"""Share of an answer's content words that may stand in none of its sources."""

LEAST_IN_ONE = 0.5
"""Share of them that one source must hold: words that lie about in many say something new."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_STEM = 4
"""Letters that two forms of a word have in common at least."""

_ENDING = 3
"""Letters that one of them may have more."""

_SAYS_NOTHING = frozenset(
    """
    a about all also am an and any are as at be been but by can could d did do does don for from had
    has have he her hers him his how i if in is it its just ll m may me mentioned mention memories
    memory my no not of on or our out s say says she so some t tell than that the their them then
    there they this to told too up us user users ve was we were what when where which who whom whose
    why will with would you your yours know known knows don't doesn't didn't i'm i've i'll you're
    you've it's sorry afraid unfortunately anything nothing yet said according earlier remember
    recall
    """.split()  # noqa: SIM905  as words they can be read
)


def repeated(answer: str, sources: Mapping[str, str]) -> str | None:
    """Return which source an answer says again; None where it says something of its own.

    `sources` has texts by the ids of their turns, those that it names first, and last the message
    that it answers. Of several it is the one with most of its words; of equals the first. What says
    nothing at all ("I do not know that.") goes with the message.
    """
    words = _content(answer)
    held = {turn: _content(text) for turn, text in sources.items()}
    if not held:
        return None
    if not words:
        return list(sources)[-1]
    new = [word for word in words if not any(_has(own, word) for own in held.values())]
    if len(new) > MOST_NEW * len(words):
        return None
    shares = {turn: sum(_has(own, word) for word in words) for turn, own in held.items()}
    best = max(shares, key=lambda turn: shares[turn])
    return best if shares[best] >= LEAST_IN_ONE * len(words) else None


def _content(text: str) -> frozenset[str]:
    words = (word.replace("\u2019", "'") for word in _WORD.findall(text.casefold()))
    return frozenset(word.removesuffix("'s") for word in words) - _SAYS_NOTHING


def _has(own: frozenset[str], word: str) -> bool:
    return word in own or any(_are_forms(word, other) for other in own)


def _are_forms(one: str, other: str) -> bool:
    """Tell whether two words differ in their endings alone: "lives", "living"."""
    common = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        common += 1
    return common >= _STEM and max(len(one), len(other)) - common <= _ENDING
