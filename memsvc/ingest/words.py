"""How text becomes the terms by which it is found: words, folded and stemmed.

Made for the lexical arm, so that a question meets what was written in other forms of its words.
Texts keep every word; questions are asked without function words (see `function_words`).
Stemming follows Snowball (https://snowballstem.org); scripts that put no space between words are
cut into overlapping pairs of characters, as Lucene's CJKAnalyzer does.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache

from memsvc.domain.errors import InvalidField
from memsvc.ingest.function_words import FUNCTION_WORDS

RULES = "words-1"
"""Part of the fingerprint; to be raised whenever the same text would give other terms."""

NO_STEMMING = "none"

MAX_TERM = 64
"""Characters of a term that count: enough for any word, and a bound for hashes and base64."""

_STEMS_KEPT = 65_536
"""Stems remembered; more than the active vocabulary of a large space, a few MB."""

_BY_ISO_CODE = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_ELIDING = frozenset({"catalan", "french", "irish", "italian"})
"""Languages in which an apostrophe parts two words (l'avion), where English makes them one."""

_WITHOUT_ACCENTS = frozenset({"english", "porter", NO_STEMMING})
"""Languages whose stemmers read no accent: there résumé is stemmed as resume is."""

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc`\u00b4", "'"))

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
"""The comma in 12,500: without it the number is one term, however it was written."""

_LATIN_MARKS = re.compile("[\u0300-\u036f]+")
"""Accents that stand apart after decomposition; other scripts' marks have blocks of their own."""

_SPACELESS = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"  # Hangul: has spaces, but particles cling to words
    "\u3005-\u3007\u3021-\u3029\u3031-\u303c\u3041-\u30ff\u31f0-\u31ff"  # kana, iteration marks
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
_SCRIPT_RUN = re.compile(f"[{_SPACELESS}]+|[^{_SPACELESS}]+")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")


class Words:
    """An `Analyzer` for one language; any number of threads may use it at once.

    `stem` maps a folded word to its stem; it is called once a word as long as that is remembered,
    by one thread at a time.
    """

    def __init__(self, language: str, *, stem: Callable[[str], str]) -> None:
        self._language = language
        self._one_at_a_time = threading.Lock()
        self._stem = stem
        self._term_of = lru_cache(maxsize=_STEMS_KEPT)(self._make_term)
        self._function_words = frozenset(self.terms(" ".join(FUNCTION_WORDS.get(language, ()))))

    @property
    def fingerprint(self) -> str:
        """The rules and the language, for instance `words-1/english`."""
        return f"{RULES}/{self._language}"

    def terms(self, text: str) -> list[str]:
        """Return the terms of `text` in order, repeats included.

        A term has 1 to 64 characters, each a letter or digit. Case, accents, width and the
        apostrophe do not count: "Don't" is `dont`, "Zoë's" is `zoe`.
        """
        return [term for word in self._words(_fold(text)) if (term := self._term_of(word))]

    def asked(self, question: str) -> list[str]:
        """Return the terms that a question asks for: all but function words, or all if only those.

        "Who was it?" keeps its words: then they are all there is to go by.
        """
        terms = self.terms(question)
        return [term for term in terms if term not in self._function_words] or terms

    def _words(self, folded: str) -> Iterator[str]:
        for match in _WORD.finditer(folded):
            for word in self._parted(match[0]):
                if word.isascii():
                    yield word
                else:
                    yield from _by_script(word)

    def _parted(self, word: str) -> list[str]:
        if "'" not in word:
            return [word]
        if self._language in _ELIDING:
            return word.split("'")
        return [word.removesuffix("'s").replace("'", "")]

    def _make_term(self, word: str) -> str:
        if self._language in _WITHOUT_ACCENTS:
            word = _without_accents(word)
        # PyStemmer's objects keep a buffer and crash when two threads meet in one.
        with self._one_at_a_time:
            stem = self._stem(word)
        return _without_accents(stem or word)[:MAX_TERM]


def is_spaceless(character: str) -> bool:
    """Tell whether a character is of a script that puts no space between words."""
    return _IS_SPACELESS.match(character) is not None


def words_of(language: str) -> Words:
    """Return the analyzer for a language, by its name or ISO 639-1 code; `none` stems nothing.

    Raises `InvalidField` for a language that Snowball has no stemmer for.
    """
    # Dozens of modules when PyStemmer is not there, so they wait until an analyzer is wanted.
    import snowballstemmer  # noqa: PLC0415

    asked = language.strip().casefold()
    if asked == NO_STEMMING:
        return Words(NO_STEMMING, stem=_unchanged)
    name = _BY_ISO_CODE.get(asked, asked)
    known = snowballstemmer.algorithms()
    if name not in known:
        raise InvalidField(
            f"There is no stemmer for {language!r}; MEMSVC_LANGUAGE knows {NO_STEMMING} "
            f"(also for Chinese, Japanese, Korean and Thai), "
            f"{', '.join(sorted(known))}, and their ISO 639-1 codes.",
            field="language",
        )
    return Words(name, stem=snowballstemmer.stemmer(name).stemWord)


def _unchanged(word: str) -> str:
    return word


def _fold(text: str) -> str:
    """Undo what differs between two spellings of one word, before words are looked for."""
    if text.isascii():
        return _THOUSANDS.sub("", text.lower().replace("`", "'"))
    # Before NFKC, which would turn an acute accent that stands alone into a space and a mark.
    folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    folded = unicodedata.normalize("NFKC", folded)
    return _THOUSANDS.sub("", "".join(filter(_stays, folded)))


def _stays(character: str) -> bool:
    """Tell whether a character counts: marks and joiners stand inside words and are no letters."""
    return character.isascii() or unicodedata.category(character) not in {"Mn", "Mc", "Me", "Cf"}


def _by_script(word: str) -> Iterator[str]:
    for match in _SCRIPT_RUN.finditer(word):
        run = match[0]
        if len(run) > 1 and _IS_SPACELESS.match(run):
            yield from (run[i : i + 2] for i in range(len(run) - 1))
        else:
            yield run


def _without_accents(word: str) -> str:
    """Drop Latin, Greek and Cyrillic accents, which many leave out when they type a question."""
    if word.isascii():
        return word
    bare = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", word))
    return unicodedata.normalize("NFC", bare)
