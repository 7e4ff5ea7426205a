"""What is known by its form in any script: addresses, dates, quantities, code, what is quoted.

One pattern a kind, each linear in the text. A pattern runs only where a character that it needs
occurs, so that a turn of plain words costs almost nothing.
"""

import re
from collections.abc import Iterator

from memsvc.domain.memory import Span
from memsvc.ingest.extract.mention import Kind

LONGEST_QUOTE = 80
"""Characters of a quotation that is taken for a title or term; a longer one is speech."""

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'`{}|\\^\[\]]+[^\s<>\"'`{}|\\^\[\].,;:!?)]")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
_HASHTAG = re.compile(r"(?<![\w&#/])#(?=\w*[^\W\d_])\w{2,64}")

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sep(?:t(?:ember)?)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DATE = re.compile(
    r"(?<![\w.,/-])(?:"
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?(?!\d)|{_MONTH},? \d{{4}}"
    r"|(?:1\d|20)\d{2}s?"
    r"|\d{2,4}年(?:\d{1,2}月(?:\d{1,2}日)?)?"
    r")(?![\w/]|[-.,]\d)"
)
_UNIT = (
    r"(?:%|percent\b|°[CF]?|€|£|\$|(?:k|c|m|µ|n)?m[²³]?\b|(?:k|m|µ)?g\b|(?:k|M|G|T)i?B\b|m?l\b"
    r"|(?:k|M|G)?Hz\b|k?W(?:h)?\b|m?s\b|h\b|mi\b|ft\b|in\b|lbs?\b|oz\b|mph\b|km/h\b"
    r"|(?:dollar|euro|pound|cent|second|minute|hour|day|week|month|year|metre|meter|kilometre"
    r"|kilometer|mile|foot|inch|gram|kilo|kilogram|ton|tonne|litre|liter|gallon|degree|calorie"
    r"|acre|hectare|page|point|people|person|time|feet|inche)s?\b)"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,])(?:[$€£]\s?\d[\d,]*(?:\.\d+)?(?: ?(?:million|billion|thousand|[kKmM])\b)?"
    rf"|\d[\d,]*(?:\.\d+)?(?: (?:million|billion|thousand))?[ -]?{_UNIT})"
)

_FENCED = re.compile(r"`([^`\n]{1,80})`")
_IDENTIFIER = re.compile(
    r"(?<![\w./@-])(?:"
    r"(?=\w*[^\W\d_])\w*[^\W_]_\w+(?:\(\))?"  # snake_case, CONSTANT_CASE
    r"|[a-z]+[a-z0-9]*[A-Z]\w*(?:\(\))?"  # camelCase; PascalCase is a name by its capital
    r"|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*){2,8}(?:\(\))?"  # a.b.c
    r"|\w+(?:\.\w+){0,4}\(\)"  # call()
    r"|[\w-]+\.(?:py|js|ts|tsx|rs|go|java|rb|cpp|cc|h|hpp|cs|sh|sql|md|txt|json|ya?ml|toml|csv|html|css"
    r"|pdf|docx?|xlsx?|png|jpe?g)"
    r"|[A-Z][A-Z0-9]{1,9}-\d{1,7}"  # ABC-123
    r"|v\d+(?:\.\d+){1,3}"
    r")(?![\w/@])"
)
_QUOTES = re.compile(
    r"\"([^\"\n]{2,80})\"|“([^“”\n]{2,80})”|„([^„“”\n]{2,80})[“”]|«\s?([^«»\n]{2,80}?)\s?»"
    r"|「([^「」\n]{1,80})」|『([^『』\n]{1,80})』|《([^《》\n]{1,80})》|``\s?([^`'\n]{2,80}?)\s?''"
)
_QUOTING = re.compile('["“„«「『《]|``')
_INSIDE = " \t,.;:!?"


_LIKE_CODE = re.compile(r"[a-z\d][A-Z]|\w_\w|\(\)|\w\.\w|[A-Z]-\d|\bv\d")
_DIGITS = frozenset("0123456789")

_BY_MARK: tuple[tuple[tuple[str, ...], re.Pattern[str], Kind], ...] = (
    (("://", "www."), _URL, Kind.URL),
    (("@",), _EMAIL, Kind.EMAIL),
    (("#",), _HASHTAG, Kind.HASHTAG),
)


def patterned(text: str) -> Iterator[tuple[Span, Kind]]:
    """Yield what the patterns find, those first that decide where two overlap."""
    if "`" in text:
        yield from _grouped(_FENCED, text, Kind.CODE)
    for marks, pattern, kind in _BY_MARK:
        if any(mark in text for mark in marks):
            yield from _whole(pattern, text, kind)
    if _QUOTING.search(text):
        quoted = _grouped(_QUOTES, text, Kind.QUOTED)
        yield from (found for found in quoted if _is_a_term(text[found[0].start : found[0].end]))
    if _LIKE_CODE.search(text):
        yield from _whole(_IDENTIFIER, text, Kind.CODE)
    if not _DIGITS.isdisjoint(text):
        yield from _whole(_DATE, text, Kind.DATE)
        yield from _whole(_QUANTITY, text, Kind.QUANTITY)


_MAX_WORDS_QUOTED = 8


def _is_a_term(quoted: str) -> bool:
    """Tell a title or term from a quoted word ("so-called") and from speech."""
    words = quoted.split()
    if len(words) == 1:
        return not quoted.isascii() or not quoted.islower()
    return len(words) <= _MAX_WORDS_QUOTED


def _whole(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[tuple[Span, Kind]]:
    for match in pattern.finditer(text):
        yield Span(*match.span()), kind


def _grouped(pattern: re.Pattern[str], text: str, kind: Kind) -> Iterator[tuple[Span, Kind]]:
    """Yield what stands between the marks, without the punctuation at its ends."""
    for match in pattern.finditer(text):
        if match.lastindex is None:
            continue
        begin, end = match.span(match.lastindex)
        while begin < end and text[begin] in _INSIDE:
            begin += 1
        while begin < end and text[end - 1] in _INSIDE:
            end -= 1
        if begin < end:
            yield Span(begin, end), kind
