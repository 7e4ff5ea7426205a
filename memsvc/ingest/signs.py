"""What the words of a unit say about whether something new begins with it, or goes on.

Three signs that a vector does not show. A question calls for its answer, so what follows one goes
on with it (the adjacency pairs of Schegloff and Sacks 1973). A unit that opens as a reply does
("yes", "thanks", "but", "which") goes on; so does one that speaks of something without naming it
("it", "they", "there"). They are read off the words alone, cost microseconds, and count for little:
none of them keeps together what is plainly apart.

Questions are known by their mark in any script. The words are English; streams in other languages
are cut without those two signs.
"""

import re
from enum import IntFlag
from itertools import islice

ENGLISH = "english"


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


OPENINGS = _words(
    """
    absolutely agreed ah ain also and aw awesome because but cool definitely exactly good great ha
    haha he her his indeed it its lol me nah nice no nope not of oh ok okay ooh or really right same
    she so sure thank thanks that their them there these they this those too true well which wow ya
    yea yeah yep yes yup
    """
)
"""With which a reply, or what goes on, opens."""

STAND_INS = _words("he her him his it its one ones she that their them there these they this those")
"""Words for what was named before."""

SPOKEN_EARLY = 16
"""In so many words at the beginning, stand-ins are for what was named before the unit; a long unit
names by then what it goes on to speak of."""

_WORD = re.compile(r"[^\W\d_]+")
_QUESTION = re.compile(r"[?\u037e\u061f\u1367\ua60f\uff1f][\s\"'\u2019\u201d\u00bb)\]]*\Z")


class Sign(IntFlag):
    """What was seen in the words of one unit."""

    NONE = 0
    ASKS = 1
    OPENS_AS_A_REPLY = 2
    STANDS_ON_WHAT_WAS_NAMED = 4


def signs_of(text: str, *, language: str) -> Sign:
    """Return the signs in `text`, whose words are read where the language is English.

    `language` is as analyzers are asked for: `english` or `en`.
    """
    found = Sign.ASKS if _QUESTION.search(text, max(0, len(text) - 16)) else Sign.NONE
    if language.strip().casefold() not in {ENGLISH, "en"}:
        return found
    words = [each[0].casefold() for each in islice(_WORD.finditer(text), SPOKEN_EARLY)]
    if words and words[0] in OPENINGS:
        found |= Sign.OPENS_AS_A_REPLY
    if not STAND_INS.isdisjoint(words):
        found |= Sign.STANDS_ON_WHAT_WAS_NAMED
    return found
