"""The process that parses: a file in on standard input, its sections out on standard output.

It bounds its own memory and processor time before the first byte is looked at. Whatever goes wrong
in a parser, a crash included, ends this process and nothing else; `apart` says so to the sender.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from memsvc.domain.document import HTML, MARKDOWN, PDF, Contents
from memsvc.domain.errors import TooLarge, UnreadableDocument
from memsvc.reading.plain import decoded, read_plain

LESS_URGENT = 10
"""How far behind the service, which people wait for, the scheduler may put this process."""


def main() -> None:
    """Answer one request. A reader that is not installed leaves with its name."""
    asked = json.loads(sys.stdin.buffer.readline())
    _bound(memory=asked["memory_bytes"], seconds=asked["seconds"])
    content = sys.stdin.buffer.read()
    try:
        answer = {"contents": asdict(_read(content, asked))}
    except UnreadableDocument as error:
        answer = {"unreadable": {"detail": error.detail, "reason": error.reason}}
    except TooLarge as error:
        answer = {"too_large": {"detail": error.detail, "limit": error.limit}}
    except ModuleNotFoundError as error:
        answer = {"missing": {"name": error.name}}
    sys.stdout.buffer.write(json.dumps(answer).encode())


def _read(content: bytes, asked: Mapping[str, Any]) -> Contents:
    # Imported here: each is a library that the other kinds do without.
    if asked["kind"] == PDF:
        from memsvc.reading.pdf import read_pdf  # noqa: PLC0415

        return read_pdf(content, max_pages=asked["max_pages"], max_chars=asked["max_chars"])
    if asked["kind"] == HTML:
        from memsvc.reading.html import charset_in, read_html  # noqa: PLC0415

        return read_html(decoded(content, charset=asked["charset"] or charset_in(content)))
    text = decoded(content, charset=asked["charset"])
    if asked["kind"] == MARKDOWN:
        from memsvc.reading.markdown import read_markdown  # noqa: PLC0415

        return read_markdown(text)
    return read_plain(text)


def _bound(*, memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return  # there, only the clock of the process that started this one bounds it
    import resource  # noqa: PLC0415  not everywhere

    os.nice(LESS_URGENT)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
