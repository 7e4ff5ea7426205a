"""What a title says that the text below it is about."""

import re

from memsvc.ingest.extract.mention import normal

_BRACKETED = re.compile(r"\s*[(\[（][^)\]）]*[)\]）]")  # noqa: RUF001 - wide brackets are meant


def title_names(title: str) -> list[str]:
    """Return the names that a title is known by, each once; none for a title without a letter.

    "Jaws (film)" is Jaws, and "Leland, North Carolina" also Leland.
    """
    return [name for name in dict.fromkeys(map(normal, title_forms(title))) if name]


def title_forms(title: str) -> tuple[str, ...]:
    """Return how a title may be written for short, itself included."""
    bare = _BRACKETED.sub("", title)
    return (bare, title, bare.split(", ")[0])
