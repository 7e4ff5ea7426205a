"""Reading apart: files are parsed in a process of their own, bounded in time and memory.

Parsers meet whatever anybody sends. A file made to exhaust or to crash them ends their process and
gets its sender an answer; the service goes on, and its recalls do not wait for a parser's turn of
the interpreter. UTF-8 text needs no parser and is read in place.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from memsvc.domain.document import PLAIN, Contents, File, Section
from memsvc.domain.errors import Busy, TooLarge, UnreadableDocument
from memsvc.reading.kinds import charset_of, kind_of
from memsvc.reading.plain import decoded, read_plain

MEMORY_BYTES = 1024**3
"""Address space of the process that parses; reading a 500-page PDF touches 42 MB of it."""

IN_THE_ROOM = 3
"""Files taken for each one that is parsed: that one, and two that wait."""

UTF8 = "utf-8"
HOME = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    max_bytes: int
    max_pages: int
    seconds: int


class ApartReader:
    """Reads files; `at_once` of them are parsed at the same time, and a few others wait for that.

    The rest are refused: whoever waits here holds a thread that a recall could use.
    """

    def __init__(self, limits: Limits, *, at_once: int = 2) -> None:
        self._limits = limits
        self._room = BoundedSemaphore(at_once * IN_THE_ROOM)
        self._places = BoundedSemaphore(at_once)

    def read(self, file: File) -> Contents:
        """Return what the file holds, in sections."""
        if len(file.content) > self._limits.max_bytes:
            raise TooLarge(
                f"A document may have {self._limits.max_bytes} bytes and this one has "
                f"{len(file.content)}; split it into several.",
                field="file",
                limit=self._limits.max_bytes,
            )
        if not file.content.strip():
            raise UnreadableDocument(
                "The document is empty; send one that says something.", reason="empty"
            )
        kind = kind_of(file)
        if kind == PLAIN and _is_utf8(file):
            return read_plain(decoded(file.content))
        return _contents(self._answer(file, kind), kind)

    def _answer(self, file: File, kind: str) -> dict[str, Any]:
        if not self._room.acquire(blocking=False):
            raise Busy("Too many documents are being read; send this one again later.")
        try:
            with self._places:
                return self._ask(file, kind)
        finally:
            self._room.release()

    def _ask(self, file: File, kind: str) -> dict[str, Any]:
        asked = {
            "kind": kind,
            "charset": charset_of(file.media_type),
            "max_pages": self._limits.max_pages,
            "max_chars": self._limits.max_bytes,
            "memory_bytes": MEMORY_BYTES,
            "seconds": self._limits.seconds,
        }
        try:
            # -P, so that a file of the working directory cannot stand in for a library.
            done = subprocess.run(
                [sys.executable, "-P", "-m", "memsvc.reading"],
                input=json.dumps(asked).encode() + b"\n" + file.content,
                capture_output=True,
                timeout=self._limits.seconds,
                check=False,
                env=_environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise _too_costly() from error
        if done.returncode != 0:
            raise _broken_off(done.returncode, done.stderr)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def _environment() -> dict[str, str]:
    """Return an environment in which this package is found, and no secret of the service."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEMSVC_")}
    paths = filter(None, (str(HOME), kept.get("PYTHONPATH")))
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}


def _contents(answer: dict[str, Any], kind: str) -> Contents:
    if "unreadable" in answer:
        raise UnreadableDocument(**answer["unreadable"])
    if "too_large" in answer:
        raise TooLarge(**answer["too_large"], field="file")
    if "missing" in answer:
        raise UnreadableDocument(
            f"This installation reads no {kind} ({answer['missing']['name']} is missing); run "
            "`pip install 'memsvc[documents]'` where the service is installed.",
            reason="reader_missing",
        )
    found = answer["contents"]
    sections = (Section(tuple(one["headings"]), tuple(one["blocks"])) for one in found["sections"])
    return Contents(found["media_type"], found["title"], tuple(sections))


def _broken_off(code: int, errors: bytes) -> UnreadableDocument:
    """Say why the process ended without an answer: it was stopped, or the file is damaged."""
    if code in _STOPPED or b"MemoryError" in errors:
        return _too_costly()
    return UnreadableDocument(
        "The document is damaged: its reader could not make sense of it. "
        "Send it whole, or open and save it anew.",
        reason="damaged",
    )


def _too_costly() -> UnreadableDocument:
    return UnreadableDocument(
        "Reading the document takes more time or memory than one may; split or simplify it.",
        reason="too_costly",
    )


_STOPPED = {-9, -24}
"""How a process ends that used up its memory or its time: SIGKILL and SIGXCPU."""


def _is_utf8(file: File) -> bool:
    if (charset_of(file.media_type) or UTF8).lower() != UTF8:
        return False
    try:
        file.content.decode()
    except UnicodeDecodeError:
        return False
    return True
