"""The rule that makes notes: an adapter of `memsvc.ports.notemaker.NoteMaker`."""

from dataclasses import dataclass

from memsvc.domain.note import Facets
from memsvc.ingest.notes.gist import Terms, gist, read, told, weights
from memsvc.ingest.notes.keywords import context, keywords, tags
from memsvc.ports.notemaker import Sketch, TermCounts, ToldEvent

RULES = "rule/notes-1"
"""To be raised whenever the same event would give another note."""


@dataclass(frozen=True, slots=True)
class RuleNotes:
    """Makes notes of the most central sentences and phrases; no model takes part.

    `terms` makes the terms of a text without function words.
    """

    terms: Terms

    @property
    def name(self) -> str:
        """The rule and its version."""
        return RULES

    def make(self, event: ToldEvent, counts: TermCounts) -> Sketch | None:
        """Return the note of an event; None where nobody says a word."""
        found = read(event, self.terms)
        if not found:
            return None
        weighs = weights(found, counts)
        known_by = keywords(event, found, weighs, self.terms)
        facets = Facets(
            keywords=known_by,
            tags=tags(event, found, weighs, self.terms),
            context=context(event, known_by),
        )
        return Sketch(told(gist(found, weighs)), facets)
