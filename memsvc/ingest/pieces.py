"""Cutting a long text into pieces that a model can read whole.

A model cuts off what is over its limit, so a long turn is embedded in pieces. They end where
sentences end, because half a sentence means something else. What ends a sentence is a rule on its
punctuation: an abbreviation before a space ("Dr. Smith") ends one too, which costs a piece that is
a little shorter and nothing else.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from memsvc.domain.memory import Span

_SENTENCE_END = re.compile(
    r"[.!?…؟۔।]+[\"'”’»)\]]*(?=\s|$)"  # noqa: RUF001 - the scripts' own marks are meant
    r"|[。！？｡]+[」』”’）】\"']*"  # noqa: RUF001 - the same; no space follows these
    r"|\n+"
)

_WORD_SEARCH = 16
"""Tokens given up at most to end inside a sentence between two words: longer words are no words."""


def pieces(text: str, tokens: Sequence[Span], *, limit: int) -> list[Span]:
    """Cut `text` into consecutive pieces of at most `limit` tokens, together the whole text.

    `tokens` are the spans of the text's tokens, in order; `limit` is at least 1. A text within
    the limit is one piece. Otherwise each piece takes as many whole sentences as fit; a sentence
    over the limit is cut between two words near the limit, or between two tokens where there is
    no space. No token is parted or lost. Tokens that share a character stay together, even when
    more than `limit` do.
    """
    starts = [token.start for token in tokens]
    sentence_cuts = _cuts_after_sentences(text, starts)
    cuts = [0]
    while len(tokens) - cuts[-1] > limit:
        cut = _next_cut(text, tokens, sentence_cuts, begin=cuts[-1], limit=limit)
        if cut == len(tokens):
            break
        cuts.append(cut)
    bounds = [0, *(starts[cut] for cut in cuts[1:]), len(text)]
    return [Span(*bound) for bound in pairwise(bounds)]


def sentences(text: str) -> list[Span]:
    """Return the sentences of a text in order; together they are the whole text.

    The space between two goes with the latter, that after the last with it.
    """
    cuts = [0]
    for match in _SENTENCE_END.finditer(text):
        if text[cuts[-1] : match.end()].strip():
            cuts.append(match.end())
    if len(cuts) > 1 and not text[cuts[-1] :].strip():
        cuts.pop()
    bounds = [*cuts, len(text)] if text else []
    return [Span(*bound) for bound in pairwise(bounds)]


def _cuts_after_sentences(text: str, starts: Sequence[int]) -> list[int]:
    """Return, ascending, the numbers of the tokens that begin a new sentence."""
    ends = (match.end() for match in _SENTENCE_END.finditer(text))
    return sorted({bisect_left(starts, end) for end in ends})


def _next_cut(
    text: str,
    tokens: Sequence[Span],
    sentence_cuts: Sequence[int],
    *,
    begin: int,
    limit: int,
) -> int:
    """Return the number of the token that begins the piece after the one begun at `begin`."""
    furthest = begin + limit
    last = bisect_right(sentence_cuts, furthest) - 1
    if last >= 0 and _parts(tokens, sentence_cuts[last]) and sentence_cuts[last] > begin:
        return sentence_cuts[last]
    for cut in range(furthest, max(begin, furthest - _WORD_SEARCH), -1):
        if _parts(tokens, cut) and text[tokens[cut].start - 1].isspace():
            return cut
    for cut in range(furthest, begin, -1):
        if _parts(tokens, cut):
            return cut
    return _after_shared_characters(tokens, furthest)


def _parts(tokens: Sequence[Span], cut: int) -> bool:
    """Tell whether the text can be cut before a token without touching the one before it."""
    return tokens[cut - 1].end <= tokens[cut].start and tokens[cut - 1].start < tokens[cut].start


def _after_shared_characters(tokens: Sequence[Span], cut: int) -> int:
    while cut < len(tokens) and not _parts(tokens, cut):
        cut += 1
    return cut
