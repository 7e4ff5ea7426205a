"""Markdown: rendered as CommonMark with tables, and then read like any page."""

import re
from dataclasses import replace

from markdown_it import MarkdownIt

from memsvc.domain.document import MARKDOWN, Contents
from memsvc.reading.html import read_html

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE)


def read_markdown(text: str) -> Contents:
    """Return a text by its headings. Front matter is no text; its title is the document's."""
    text = text.replace("\r\n", "\n")
    front = _FRONT_MATTER.match(text)
    rules = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    found = read_html(rules.render(text[front.end() :] if front else text), media_type=MARKDOWN)
    title = _TITLE.search(front[1]) if front else None
    return replace(found, title=title[1] or found.title) if title else found
