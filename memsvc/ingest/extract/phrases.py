"""Key phrases: what a text is about where it names nothing.

The second tier, for texts without names: runs of words between function words and punctuation, as
in RAKE (Rose et al., 2010). Which of them tell anything is a matter of the space: one that a single
text holds connects nothing, one that every tenth text holds says nothing.
"""

import math
import re
from collections.abc import Mapping, Sequence

from memsvc.domain.memory import Span
from memsvc.ingest.extract.entities import LONGEST_TEXT, MOST
from memsvc.ingest.extract.mention import Kind, Mention, normal
from memsvc.ingest.function_words import FUNCTION_WORDS

LONGEST = 4
"""Words of a phrase; a longer run is a sentence with few function words, and is passed over."""

SHORTEST_ALONE = 4
"""Characters of a phrase of one word."""

FEWEST = 2
COMMONEST_SHARE = 0.05
"""Texts that may hold a telling phrase: from two to one in twenty (but see `telling`)."""

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\s\w]|\d+")  # noqa: RUF001 - as it is set
_FUNCTION_WORDS = frozenset(FUNCTION_WORDS["english"])


def phrases(text: str) -> list[Mention]:
    """Return the phrases that a text is made of, in order, of at most four words each.

    They are lower in value than `entities` and may repeat those; a script without spaces yields
    its runs between punctuation when they are short.
    """
    found: list[Mention] = []
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text[:LONGEST_TEXT]):
        if match[0][0].isalpha() and match[0].lower() not in _FUNCTION_WORDS:
            run.append(match)
        else:
            found.extend(_phrase(text, run))
            run = []
    found.extend(_phrase(text, run))
    return found[:MOST]


def telling(phrase_counts: Mapping[str, int], *, texts: int) -> set[str]:
    """Return the phrases that connect texts without being everywhere.

    `phrase_counts` says how many of the space's `texts` hold each. A small space may repeat a
    phrase twice, whatever share of it that is.
    """
    most = max(FEWEST, math.floor(COMMONEST_SHARE * texts))
    return {phrase for phrase, count in phrase_counts.items() if FEWEST <= count <= most}


def _phrase(text: str, run: Sequence[re.Match[str]]) -> list[Mention]:
    if not 0 < len(run) <= LONGEST or (len(run) == 1 and len(run[0][0]) < SHORTEST_ALONE):
        return []
    span = Span(run[0].start(), run[-1].end())
    surface = text[span.start : span.end]
    name = normal(surface)
    return [Mention(span, surface, name, Kind.PHRASE)] if name else []
