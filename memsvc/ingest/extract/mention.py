"""What extraction finds: a mention, which is a stretch of text that names something."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum, unique

from memsvc.domain.memory import Span


@unique
class Kind(StrEnum):
    """What a mention is, by the rule that found it."""

    NAME = "name"
    QUOTED = "quoted"
    DATE = "date"
    QUANTITY = "quantity"
    EMAIL = "email"
    URL = "url"
    CODE = "code"
    HASHTAG = "hashtag"
    PHRASE = "phrase"


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a text that names something.

    `surface` is exactly what stands in `span`; `name` is what the thing is called in every
    spelling, never empty (see `normal`).
    """

    span: Span
    surface: str
    name: str
    kind: Kind


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc`\u00b4", "'"))
_POSSESSIVE = re.compile(r"'s?(?=\s|$)")
_PUNCTUATION = re.compile(r"[^\w\s+#%$€£]+|_+")
_SPACES = re.compile(r"\s+")
_INITIALS = re.compile(r"\b(?:\w )+\w\b")
_ARTICLE = re.compile(r"^(?:the|an?) (?=.)")


def normal(surface: str) -> str:
    """Return a name as it is in every spelling; empty when nothing of it is a letter or digit.

    NFKC and casefold; possessives, a leading article and punctuation fall away; initials stand
    together, so that "J. R. R. Tolkien's" and "J.R.R. Tolkien" are both `jrr tolkien`, and "U.S."
    is `us`. Characters such as + # % stay, because C++ is not C.
    """
    if surface.isascii():
        folded = surface.lower().replace("`", "'")
    else:
        # Before NFKC, which would turn an acute accent that stands alone into a space and a mark.
        folded = unicodedata.normalize("NFKC", surface.translate(_APOSTROPHES)).casefold()
        folded = unicodedata.normalize("NFKC", folded)
    if folded.isalnum():  # nearly every name of one word
        return folded
    if "'" in folded:
        folded = _POSSESSIVE.sub("", folded).replace("'", "")
    spaced = _SPACES.sub(" ", _PUNCTUATION.sub(" ", folded)).strip()
    joined = _INITIALS.sub(lambda match: match[0].replace(" ", ""), spaced)
    return _ARTICLE.sub("", joined)


def stands_in(part: str, name: str) -> bool:
    """Tell whether the words of one name stand inside another, or are all of it."""
    return f" {part} " in f" {name} "
