"""JSON out of what a model wrote: one value, within bounds, and nothing that JSON does not have.

Python's own reader takes more than JSON (NaN, the last of two equal keys, numbers of any length,
texts that no UTF-8 can hold) and can be sent into recursion; all that is refused here. What stands
around the value is passed over where it is plain which value is meant: a mark of byte order, one
fence of code, thoughts that were closed, words before and after. Two values are refused.
"""

import json
import re
from collections.abc import Sequence
from math import isinf
from typing import Any

MAX_CHARS = 256 * 1024
"""Longest answer that is looked at."""

MAX_DEPTH = 24
"""Most lists and objects inside each other; what we ask for has four."""

MAX_DIGITS = 20
"""Longest integer: more than 64 bits hold, so that a shape's own bound speaks first."""

_THOUGHTS = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"```[a-zA-Z0-9]*[ \t]*\r?\n(.*?)```", re.DOTALL)
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_OPENS, _CLOSES = "[{", "]}"
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class Unreadable(Exception):
    """What a model wrote is not one JSON value within bounds; says why, in words for the model."""


def value_in(text: str) -> Any:
    """Return the one JSON value in `text`: an object or a list.

    Raises `Unreadable`.
    """
    if len(text) > MAX_CHARS:
        raise Unreadable(f"it is longer than {MAX_CHARS} characters")
    bare = _bare(text)
    begin = next((at for at, sign in enumerate(bare) if sign in _OPENS), None)
    if begin is None:
        raise Unreadable("there is no JSON object in it")
    end = _end(bare, begin)
    rest = bare[end:]
    if any(sign in _OPENS for sign in rest) and _is_json(rest):
        raise Unreadable("there is more than one JSON value in it")
    return _read(bare[begin:end])


def _bare(text: str) -> str:
    """Return the text without what is often put around the JSON that was asked for."""
    text = _THOUGHTS.sub("", text.replace(_MARK, ""), count=1).strip()
    if text[:1] in _OPENS:
        return text
    fences: Sequence[str] = _FENCE.findall(text)
    return fences[0].strip() if len(fences) == 1 else text


def _end(text: str, begin: int) -> int:
    """Return where the value that begins at `begin` ends. Raises `Unreadable`."""
    depth, at = 0, begin
    while at < len(text):
        sign = text[at]
        if sign == '"':
            string = _STRING.match(text, at)
            if string is None:
                break
            at = string.end()
            continue
        if sign in _OPENS:
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable(f"more than {MAX_DEPTH} lists and objects are inside each other")
        elif sign in _CLOSES:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    raise Unreadable("its JSON is cut off")


def _is_json(rest: str) -> bool:
    """Tell whether another value can be read behind the first: prose may have brackets too."""
    begin = next(at for at, sign in enumerate(rest) if sign in _OPENS)
    try:
        _read(rest[begin : _end(rest, begin)])
    except Unreadable:
        return False
    return True


def _read(text: str) -> Any:
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except json.JSONDecodeError as error:
        raise Unreadable(f"its JSON is wrong at character {error.pos}: {error.msg}") from error
    _require_text(value)
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"the key {key[:40]!r} comes twice in one object")
        found[key] = value
    return found


def _no_constant(said: str) -> Any:
    raise Unreadable(f"{said} is no number in JSON")


def _integer(said: str) -> int:
    if len(said) > MAX_DIGITS:
        raise Unreadable(f"a number has more than {MAX_DIGITS} digits")
    return int(said)


def _number(said: str) -> float:
    number = float(said)
    if isinf(number):
        raise Unreadable("a number is too large")
    return number


def _require_text(value: Any) -> None:
    """Refuse texts that no store keeps: with a NUL, or half of a character. Raises `Unreadable`."""
    if isinstance(value, str):
        if _NOT_TEXT.search(value):
            raise Unreadable("a text has a NUL or half of a character in it")
    elif isinstance(value, dict):
        for key, part in value.items():
            _require_text(key)
            _require_text(part)
    elif isinstance(value, list):
        for part in value:
            _require_text(part)
