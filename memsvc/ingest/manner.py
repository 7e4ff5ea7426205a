"""How a turn speaks: how much of it asks, and whether it states a preference or a standing rule.

A question tells little, so a turn that mostly asks is seldom what another question looks for. A
preference ("I'd rather ...", "I can't eat nuts") and a rule ("Always ... when I ask ...") answer
requests whose words they do not share. Both are found by cues first and then by the rules of
profiles (`memsvc.ingest.profile`), and besides where a profile would not take them: in the middle
of a long sentence, or of a question. Here they name nothing, so that a few too many do little
harm. The words are English; in others "?" still tells what asks.
"""

import re

from memsvc.domain.manner import Manner
from memsvc.domain.profile import LineKind
from memsvc.ingest.pieces import sentences
from memsvc.ingest.profile import LONGEST_TEXT, said_of_self

RULES = "manners-1"
"""The name of these rules, which changes with them: what was told by others is told anew.

Indexes on disk hold what they told, so `store.snapshots.FORMAT` changes with them too.
"""

LONGEST = 20_000
"""Characters of a turn in which questions are counted."""

_USER = "user"

_CUE = re.compile(
    r"\b(?:prefer|preferences?|want|rather|favou?r|favou?rite|love|hate|like|enjoy|dislike|adore|stand|eat|drink|"
    r"avoid|allergic|intolerant|vegan|vegetarian|pescatarian|gluten|fan|always|never|ever|"
    r"from now on|going forward|in (?:the )?future|when(?:ever)? i|every time i|"
    r"(?:answer|reply|respond|speak|write|talk|call)\b.{0,30}\b(?:me|in)|in all your)\b",
    re.IGNORECASE,
)
"""What a text holds in which any rule could find something: most hold none."""

_PREFERS = re.compile(
    r"\bi(?:'d| would)? (?:(?:really|generally|usually|always|still|much|strongly|personally) )*"
    r"(?:prefer(?!red)|rather\b(?! than)|favou?r\b|like to keep)|"
    r"\bmy (?:\w+ )?preference\b|\bi (?:don't|do not) (?:like|want) (?!to (?:know|be rude)\b)",
    re.IGNORECASE,
)
_TELLS_TO = re.compile(
    r"(?:^|[.!?\n]\s*)(?:and |also |so |ok(?:ay)?,? )*(?:please,? )?"
    r"(?:(?:always|never) (?!mind\b|been\b|had\b|thought\b|knew\b|heard\b|seen\b|tried\b|did\b)"
    r"\w+\b[^.?!\n]*\bwhen(?:ever)? i (?:ask|say|mention|write|talk|want|need)\b|"
    r"(?:from now on|going forward|in (?:the )?future),? (?:please |always |never |only |you |"
    r"don't |do not ))",
    re.IGNORECASE,
)


def manner_of(text: str, *, role: str) -> Manner:
    """Return how a text speaks; only a user's states preferences and rules."""
    asks = asking_share(text)
    if role != _USER:
        return Manner(asks)
    read = text[:LONGEST_TEXT].replace("\u2019", "'")
    if _CUE.search(read) is None:
        return Manner(asks)
    kinds = {said.kind for said in said_of_self(read)}
    return Manner(
        asks,
        prefers=LineKind.PREFERENCE in kinds or _PREFERS.search(read) is not None,
        rules=LineKind.INSTRUCTION in kinds or _TELLS_TO.search(read) is not None,
    )


def asking_share(text: str) -> float:
    """Return the share of a text's words, in [0, 1], that stand in sentences ending in "?"."""
    read = text[:LONGEST]
    if "?" not in read:
        return 0.0
    asking = total = 0
    for span in sentences(read):
        sentence = read[span.start : span.end]
        words = len(sentence.split())
        total += words
        asking += words if sentence.rstrip().rstrip("\"')]*_\u201d\u2019").endswith("?") else 0
    return asking / total if total else 0.0
