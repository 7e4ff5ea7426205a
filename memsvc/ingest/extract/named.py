"""What a turn names and what a title says that turns are about, as it is kept beside the turns."""

from memsvc.ingest.compose import Spoken
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind, normal, stands_in
from memsvc.ingest.extract.titles import title_names

RULES = "names-1"
"""Kept with the store; to be raised whenever the same text or title would give other names."""

KINDS = frozenset({Kind.NAME, Kind.QUOTED, Kind.CODE, Kind.HASHTAG, Kind.EMAIL, Kind.URL})
"""Mentions that lead somewhere. A date or a quantity that two turns share connects nothing."""

BETWEEN_TITLES = " › "  # noqa: RUF001  the mark of a path through headings


def names_in(turn: Spoken) -> tuple[str, ...]:
    """Return what the turn's text names, each once, in order; the speaker's own name is left out.

    Everybody who talks is named by everybody: that somebody says their own name leads nowhere.
    """
    speaker = normal(turn.speaker or "")
    found = (mention.name for mention in entities(turn.content) if mention.kind in KINDS)
    return tuple(name for name in dict.fromkeys(found) if not stands_in(name, speaker))


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
