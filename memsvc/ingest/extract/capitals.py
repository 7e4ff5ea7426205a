"""Names in running text, by their capitals.

A name is a run of capitalised words, with particles inside ("University of Copenhagen", "Ludwig
van Beethoven") and numbers behind ("Apollo 11"). What makes that hard is the first word of a
sentence, which has a capital for another reason. It counts unless it is a function word, one of the
words that commonly open a sentence, or stands elsewhere in the same text without its capital.

Scripts without capitals (Chinese, Arabic, Hindi) simply yield nothing here. A text that capitalises
nearly everything (a heading, someone shouting) yields nothing either: there a capital says nothing.
"""

import re
import sys
import unicodedata
from collections.abc import Sequence

from memsvc.domain.memory import Span
from memsvc.ingest.function_words import FUNCTION_WORDS

LONGEST = 8
"""Words of a name; a longer run is a heading or an enumeration without commas."""

SHOUTED = 0.75
"""Share of capitalised words from which a text of some length is taken to capitalise anything."""

FEWEST_TO_SHOUT = 10

_LAST_WITH_CASE = 0x2DFF
"""Behind it no script in common use has capitals, but for the wide letters, which NFKC undoes."""


def _class_of(*categories: str) -> str:
    """Return the inside of a character class: every character of these Unicode categories."""
    runs: list[list[int]] = []
    for code in range(min(_LAST_WITH_CASE, sys.maxunicode)):
        if unicodedata.category(chr(code)) in categories:
            if runs and runs[-1][1] == code - 1:
                runs[-1][1] = code
            else:
                runs.append([code, code])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in runs)


_UPPER = _class_of("Lu", "Lt")
_PARTICLES = (
    "of|the|de|del|della|di|da|do|dos|das|du|des|la|le|les|el|al|von|van|der|den|zu|zur|ten|ter"
    "|af|av|bin|ibn|y"
)
"""Between two capitalised words; a second article may follow ("of the", "de la")."""

_DOTTED = rf"(?:[{_UPPER}]\.)+[{_UPPER}]?(?!\w)"
_TITLE = r"(?:St|Mr|Mrs|Ms|Dr|Jr|Sr|Mt|Ft)\."
_CORE = rf"[{_UPPER}]\w*(?:['’\-&]\w+)*"  # noqa: RUF001 - an apostrophe as it is set
_WORD = rf"(?:{_DOTTED}|{_TITLE}|{_CORE})"
_NEXT = rf"[ \t]+(?:&[ \t]+)?{_WORD}"
_NUMBER = r"[ \t]+\d{1,4}(?![\w.,:/%])"
_INNER = rf"[ \t]+(?:{_PARTICLES})(?:[ \t]+(?:the|la|der|den|los|las))?[ \t]+{_WORD}"
_RUN = re.compile(rf"(?<![\w@#/.'’\-]){_WORD}(?:{_NEXT}|{_INNER}|{_NUMBER})*")  # noqa: RUF001 - the same
_WORDS = re.compile(r"\S+")
_BEFORE = " \t\"'“”‘([*_"  # noqa: RUF001 - quotation marks as they are set
"""What may stand between the end of a sentence and the first word of the next."""

_ENDS = frozenset(".!?…:;\n\r•|>-–—")  # noqa: RUF001 - marks that are meant

_COMMON_OPENERS = frozenset(
    """
    able absolutely agreed almost appreciate believe bet crazy enjoy even gotta hang hope impressive
    lots lucky make makes nah need oof people reminds stay stuff things took tough whoa woah woohoo
    yay according accordingly actually additionally afterwards ah aha alas alright
    although always amazing anyway apart apparently are as aside assuming at awesome aw aww awww
    because besides both briefly but by bye certainly check cheers clearly come congrats
    congratulations consider considering cool could currently dear definitely depending despite
    did do does don eventually every everybody everyone everything exactly excellent except
    excited fair fantastic finally fine first firstly following for fortunately from
    furthermore generally get give given glad go gonna good got gotcha great guess ha haha
    happy hard have having hello help hence her here hey hi hmm hmmm honestly hopefully
    how however huh if imagine in including incredible indeed initially instead interesting
    interestingly is its just keep last lastly lately later let lets like likewise listen
    literally lol long look looking looks love lovely luckily many maybe meanwhile might mine
    more moreover morning most mostly much my neither never nevertheless new next nice night no
    nobody none nope not note nothing now obviously of off oh ok okay okey on once one only oops
    or originally otherwise ouch our out over overall perfect perhaps please plus possibly
    presumably previously probably quick quite rather read really recently regarding remember
    remind right sad sadly same say second secondly see seems send several shall she should
    show similarly simply since so some somebody someone something sometimes somewhere soon
    sorry sounds specifically speaking still stop such suddenly super sure surely surprisingly
    take talk tell terrific thank thanks that the their them then there therefore these they
    think third this those though thoughts three through thus till to today together tomorrow
    tonight too totally true truly try two typically ugh ultimately um under unfortunately
    unless unlike until up upon use using usually very via wait wanna want was watch way
    we welcome well were what whatever when whenever where whereas wherever whether which while
    who whoever whose why will wish with within without wonderful wow would write yeah year
    years yep yes yesterday yet you your yours yup
    """.split()  # noqa: SIM905 - as lines of prose they can be read and mended
)
"""English words that open sentences of chats and are no names in the middle of one."""


_FUNCTION_WORDS = frozenset(FUNCTION_WORDS["english"])
_OPENERS = _FUNCTION_WORDS | _COMMON_OPENERS


def capitalised(text: str) -> list[Span]:
    """Return the names that stand out by their capitals, in order and apart from each other."""
    runs = [(match.start(), match[0]) for match in _RUN.finditer(text)]
    if _shouts(text, runs):
        return []
    found = []
    for begin, run in runs:
        words = [(begin + word.start(), word[0]) for word in _WORDS.finditer(run)]
        if _opens_a_sentence(text, begin):
            words = _without_opener(words, text)
        words = _trimmed(words)
        if words and len(words) <= LONGEST and _names(words):
            found.append(Span(words[0][0], words[-1][0] + len(words[-1][1])))
    return found


_Words = list[tuple[int, str]]
"""Where each word begins, and the word."""


def _shouts(text: str, runs: Sequence[tuple[int, str]]) -> bool:
    words = text.count(" ") + 1
    at_most = sum(run.count(" ") + 1 for _, run in runs)
    if at_most < FEWEST_TO_SHOUT or at_most <= SHOUTED * words:
        return False
    capitals = sum(word[0].isupper() for _, run in runs for word in run.split())
    return capitals >= FEWEST_TO_SHOUT and capitals > SHOUTED * words


def _opens_a_sentence(text: str, begin: int) -> bool:
    place = begin - 1
    while place >= 0 and text[place] in _BEFORE:
        place -= 1
    return place < 0 or text[place] in _ENDS


def _without_opener(words: _Words, text: str) -> _Words:
    """Drop the first word when its capital is only that of the sentence."""
    first = _bare(words[0][1])
    if first in _OPENERS or _stands(first, text):
        return words[1:]
    if len(words) == 1 and first.endswith(("ing", "ly")):
        return []
    return words


def _stands(word: str, text: str) -> bool:
    """Tell whether a text holds this word as it is, not as a part of another."""
    if word not in text:  # by far the fastest way to know that it does not
        return False
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _trimmed(words: _Words) -> _Words:
    """Drop what stands at the ends and says nothing: "The", "I", a particle, a number."""
    begin, end = 0, len(words)
    while begin < end and _bare(words[begin][1]) in _FUNCTION_WORDS:
        begin += 1
    while begin < end and _bare(words[end - 1][1]) in _FUNCTION_WORDS:
        end -= 1
    return words[begin:end]


def _names(words: _Words) -> bool:
    """Tell whether what is left begins with a capital and is more than one plain letter."""
    first = words[0][1]
    return first[0].isupper() and (len(words) > 1 or len(first.rstrip(".")) > 1)


def _bare(word: str) -> str:
    """Return a word without the apostrophe and what follows it, lower-case."""
    return word.replace("\u2019", "'").split("'")[0].lower()
