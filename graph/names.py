"""When two ways of writing a name are the same name.

A name's *key* is what it is known by in the graph: Unicode in compatibility form (NFKC), folded to
lower case, without quotes, possessive endings and the points of initials. Letters of every
script are kept, with their accents: "Orléans" and "Orleans" are two names, which a synonym
edge may join. Nothing here guesses; whoever knows that two keys mean one entity merges them.
"""

import re
import unicodedata

_QUOTES = "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_OUTSIDE = _QUOTES + " \t\n.,;:!?()[]{}<>*_~|/\\\u2026\u3002\u3001\uff0c"
_POSSESSIVE = re.compile(r"(?:'s|(?<=s)')$")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u00b4`", "'"))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}(?=\s|$|[^\W\d_])")
_ARTICLE = re.compile(r"^the\s+")
_NUMERAL = re.compile(r"\d+|[ivx]{2,}")


def name_key(name: str) -> str:
    """Return the key of a name; empty when nothing of it is a letter, a digit or a symbol.

    Two keys are equal when the names differ in case, width, kind of dash or quote, spaces, outer
    punctuation, a possessive ending, or in how initials are set ("J.R.R.", "J. R. R.", "JRR").
    """
    text = _folded(name).translate(_APOSTROPHES).translate(_DASHES)
    text = " ".join(text.split()).strip(_OUTSIDE.replace("'", "").replace(".", ""))
    text = _POSSESSIVE.sub("", text.rstrip(" .,;:!?"))
    text = _INITIALS.sub(_joined, f"{text}." if _ends_in_initial(name) else text)
    return " ".join(text.split()).strip(_OUTSIDE)


def alias_keys(name: str) -> frozenset[str]:
    """Return other keys that are likely to mean the same: candidates for a merge, not merges.

    Without a leading article; as initials, for two words and more ("United Nations": "un"), numbers
    kept whole: "World War II" is "wwii", for "wwi" is another war.
    """
    key = name_key(name)
    bare = _ARTICLE.sub("", key)
    found = {bare}
    words = [word for word in re.split(r"[\s-]+", bare) if word]
    if len(words) > 1 and words[0][0].isalpha():
        found.add("".join(map(_initial, words)))
        found.add("".join(_initial(word) for word in words if word not in _SMALL_WORDS))
    return frozenset(other for other in found if len(other) > 1 and other != key)


_SMALL_WORDS = frozenset(
    {"a", "an", "and", "de", "der", "for", "in", "la", "of", "on", "the", "to"}
)


def _initial(word: str) -> str:
    return word if _NUMERAL.fullmatch(word) else word[0]


def _folded(name: str) -> str:
    """Fold case in compatibility form; folding may leave that form, so it is made again."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _ends_in_initial(name: str) -> bool:
    return bool(re.search(r"\b[^\W\d_]\.\s*$", name))


def _joined(initials: re.Match[str]) -> str:
    return re.sub(r"[.\s]", "", initials.group()) + " "
