"""What a turn names and what a title says that turns are about, as it is kept beside the turns."""

from collections.abc import Sequence

from memsvc.ingest.compose import Spoken
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind, normal, stands_in
from memsvc.ingest.extract.titles import title_forms, title_names

RULES = "names-2"
"""Kept with the store; to be raised whenever the same text or title would give other names."""

KINDS = frozenset({Kind.NAME, Kind.QUOTED, Kind.CODE, Kind.HASHTAG, Kind.EMAIL, Kind.URL})
"""Mentions that lead somewhere. A date or a quantity that two turns share connects nothing."""

MOST_BYTES = 1_000
"""Of a name, in UTF-8. A longer one is data that begins with a capital, or an address that nobody
types; and of two in one row no index of PostgreSQL takes more than 2,704."""

BETWEEN_TITLES = " › "  # noqa: RUF001  the mark of a path through headings


def names_in(turn: Spoken) -> tuple[str, ...]:
    """Return what the turn's text names, each once, in order; the speaker's own name is left out.

    Everybody who talks is named by everybody: that somebody says their own name leads nowhere.
    """
    speaker = normal(turn.speaker or "")
    found = (mention.name for mention in entities(turn.content) if mention.kind in KINDS)
    return tuple(
        name for name in dict.fromkeys(found) if can_be_name(name) and not stands_in(name, speaker)
    )


def can_be_name(text: str) -> bool:
    """Tell whether a text is short enough for a name; an end of a fact may be a sentence."""
    return len(text.encode(errors="replace")) <= MOST_BYTES


def subjects_of(title: str | None) -> tuple[str, ...]:
    """Return what the turns of a stream of this title are about, each once; none without a title.

    Of a path through headings ("Jaws", then "Plot") that is the whole, and a heading only when it
    is a name of several words by its capitals: every other document has a plot.
    """
    if not title:
        return ()
    whole, *headings = title.split(BETWEEN_TITLES)
    told = [whole, *(heading for heading in headings if _is_name(heading))]
    return tuple(dict.fromkeys(name for each in told for name in title_names(each)))


def _is_name(heading: str) -> bool:
    name = title_names(heading)[:1]
    # After a word, a capital is not that of a sentence.
    return " " in "".join(name) and [each.name for each in entities(f"about {heading}")][:1] == name


def spelling(names: Sequence[str], text: str, *, title: str | None) -> str | None:
    """Return how a text, or else the title above it, writes the first of these names that it has.

    A stretch that is the name goes before one that only stands for it, as a surname does. None
    when neither holds any of them: a fact that the turn says may have named it.
    """
    mentions = [mention for mention in entities(text) if mention.kind in KINDS]
    for name in names:
        found = [mention.surface for mention in mentions if mention.name == name]
        if found:
            return next((one for one in found if normal(one) == name), found[0])
    forms = [form for part in (title or "").split(BETWEEN_TITLES) for form in title_forms(part)]
    return next((form for name in names for form in forms if normal(form) == name), None)
