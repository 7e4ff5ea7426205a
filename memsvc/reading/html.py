"""HTML: what a page says, without its machinery, by headings.

Parsed as browsers do (Lexbor, the HTML standard's own algorithm), then walked without recursion,
so that no depth of nesting matters. Scripts, styles, navigation and controls are no memory; tables
keep their rows, lists their items, code its lines.
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from memsvc.domain.document import HTML, Contents, Section

_NOISE = """
    script style noscript template svg head title nav footer iframe object canvas audio video
    select button input textarea dialog datalist
"""
_BLOCKS = """
    address article aside blockquote body caption dd details div dl dt fieldset figcaption figure
    footer form header hgroup hr legend li main ol p pre section summary table tbody tfoot thead
    tr ul
"""
NOISE = frozenset(_NOISE.split())
NOISY_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "menu", "menubar"))
BLOCKS = frozenset(_BLOCKS.split())
CELLS = frozenset(("td", "th"))
LEVELS = {f"h{level}": level for level in range(1, 7)}
BETWEEN_CELLS = " | "

CHARSET_WITHIN = 1_024
"""Bytes at the beginning within which a page must name its charset, by the HTML standard."""

_CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_HIDES = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def read_html(text: str, *, media_type: str = HTML) -> Contents:
    """Return a page's text by its headings; its title is its own, or its only first heading."""
    page = LexborHTMLParser(text)
    outline = _Outline()
    root = page.css_first("main, [role=main]") or page.body
    if root is not None:
        _walk(root, outline)
    outline.end_block()
    title = page.css_first("head > title")
    named = "" if title is None else _SPACE.sub(" ", title.text()).strip()
    first = outline.only_first_heading()
    sections = outline.sections if first is None else _without_first(outline.sections)
    return Contents(media_type, named or first, tuple(sections))


def charset_in(content: bytes) -> str | None:
    """Return the charset that a page names in its own head."""
    named = _CHARSET.search(content[:CHARSET_WITHIN])
    return named[1].decode() if named else None


def _walk(root: LexborNode, outline: "_Outline") -> None:
    stack: list[tuple[LexborNode, str, bool]] = [(root, root.tag or "", True)]
    while stack:
        node, tag, entering = stack.pop()
        if not entering:
            outline.leave(tag)
        elif node.is_text_node:
            outline.say(node.text_content or "")
        elif node.is_element_node and not _is_noise(node, tag):
            outline.enter(tag)
            if tag == "img":
                outline.say(node.attributes.get("alt") or "")
            stack.append((node, tag, False))
            child = node.last_child
            while child is not None:
                stack.append((child, child.tag or "", True))
                child = child.prev


def _is_noise(node: LexborNode, tag: str) -> bool:
    if tag in NOISE:
        return True
    said = node.attributes
    return bool(said) and (
        "hidden" in said
        or said.get("aria-hidden") == "true"
        or said.get("role") in NOISY_ROLES
        or _HIDES.search(said.get("style") or "") is not None
    )


class _Outline:
    """Sections as they grow: text gathers in a block, blocks in the section of the last heading."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._firsts = 0
        self._blocks: list[str] = []
        self._text: list[str] = []
        self._marker = ""
        self._verbatim = 0
        self._cells = 0

    def enter(self, tag: str) -> None:
        """Begin an element."""
        if tag in LEVELS:
            self._end_text()
        elif tag == "br":
            self._text.append("\n")
        elif tag in CELLS:
            self._cells += 1
        elif tag in BLOCKS:
            self._break()
        if tag == "li":
            self._marker = "- "
        self._verbatim += tag == "pre"

    def leave(self, tag: str) -> None:
        """End an element."""
        if tag in LEVELS:
            self._end_heading(LEVELS[tag])
        elif tag in CELLS:
            self._cells -= 1
            self._text.append(BETWEEN_CELLS)
        elif tag in BLOCKS:
            self._break()
        self._verbatim -= tag == "pre"

    def say(self, text: str) -> None:
        """Add text to the open block."""
        self._text.append(text if self._verbatim else _SPACE.sub(" ", text))

    def end_block(self) -> None:
        """Close the open block and the section that it is in."""
        self._end_text()
        if self._blocks:
            headings = tuple(text for _, text in self._headings)
            self.sections.append(Section(headings, tuple(self._blocks)))
            self._blocks = []

    def only_first_heading(self) -> str | None:
        """Return the one heading of the first level, when there is just one and it comes first."""
        headed = [section.headings for section in self.sections if section.headings]
        return headed[0][0] if self._firsts == 1 and _all_share_first(headed) else None

    def _break(self) -> None:
        if self._cells:  # a paragraph in a table's cell does not end the row
            self._text.append(" ")
        else:
            self._end_text()

    def _end_text(self) -> None:
        text = _tidy("".join(self._text), is_verbatim=self._verbatim > 0)
        self._text = []
        if text:
            self._blocks.append(self._marker + text)
            self._marker = ""

    def _end_heading(self, level: int) -> None:
        heading = " ".join("".join(self._text).split())
        self._text = []
        if heading:
            self.end_block()
            self._headings = [(own, text) for own, text in self._headings if own < level]
            self._headings.append((level, heading))
            self._firsts += level == 1
            self._blocks.append(heading)


def _tidy(text: str, *, is_verbatim: bool) -> str:
    if is_verbatim:
        return text.strip("\n").rstrip()
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line).removesuffix(BETWEEN_CELLS.rstrip()).rstrip()


def _all_share_first(paths: list[tuple[str, ...]]) -> bool:
    return all(path[0] == paths[0][0] for path in paths)


def _without_first(sections: list[Section]) -> list[Section]:
    """Take the heading that names the whole out of every path; its text stays in its block."""
    return [Section(section.headings[1:], section.blocks) for section in sections]
