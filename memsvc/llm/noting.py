"""Notes by a language model: adapters of `memsvc.ports.notemaker`.

The note of an event is written in one ask; what it means for the notes next to it in a second
(A-MEM, arXiv 2502.12110), which speaks of them by the handles that it is shown and changes neither
their content nor any other note.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from memsvc.domain.note import Facets
from memsvc.llm.asking import about, answers, day_of, fitted
from memsvc.llm.makers import maker_of
from memsvc.ports.improving import NoAnswer, Passage, Unread, UnreadableReply
from memsvc.ports.language import Ask, LanguageModel
from memsvc.ports.notemaker import (
    Neighbour,
    Proposal,
    ProposedChange,
    ProposedLink,
    Shown,
    Sketch,
    TermCounts,
    ToldEvent,
)
from memsvc.prompts.rendering import data, line, prompt
from memsvc.prompts.shaped import Shape
from memsvc.prompts.shapes import EvolutionSaid, NoteSaid

T = TypeVar("T", bound=Shape)

NOTE, EVOLUTION = "note-1", "evolution-1"
MOST_NOTE_TOKENS = 768
MOST_EVOLUTION_TOKENS = 1_024


@dataclass(frozen=True, slots=True)
class ModelNotes:
    """Writes the note of an event; how common words are plays no part."""

    model: LanguageModel
    within_s: float

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, NOTE)

    def make(self, event: ToldEvent, counts: TermCounts) -> Sketch | None:  # noqa: ARG002 - its port's
        """Return the note of an event; None where there is nothing to note.

        Raises `ModelUnavailable`, `NoAnswer` and `UnreadableReply`.
        """
        text = "\n".join(
            f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in event.turns
        )
        if not text.strip():
            return None
        cut = fitted(self.model, text, answer_tokens=MOST_NOTE_TOKENS)
        passage = Passage(cut, event.turns[0].at, title=event.title)
        ask = Ask(prompt(NOTE)(about=about(passage), text=data(cut)), MOST_NOTE_TOKENS)
        said = _one(self.model, ask, NoteSaid, within_s=self.within_s)
        facets = Facets(tuple(said.keywords), tuple(said.tags), said.context)
        return Sketch(said.content, facets)


@dataclass(frozen=True, slots=True)
class ModelEvolution:
    """Links a new note to its neighbours, and refines them."""

    model: LanguageModel
    within_s: float

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, EVOLUTION)

    def evolve(self, new: Shown, neighbours: Sequence[Neighbour]) -> Proposal:
        """Return what is to be linked to, and what of these neighbours is to be changed.

        Raises `ModelUnavailable`, `NoAnswer` and `UnreadableReply`.
        """
        notes = "\n".join(
            f'<note handle="{each.handle}">\n{_told(each.note)}\n</note>' for each in neighbours
        )
        ask = Ask(prompt(EVOLUTION)(new=_told(new), notes=notes), MOST_EVOLUTION_TOKENS)
        said = _one(self.model, ask, EvolutionSaid, within_s=self.within_s)
        return Proposal(
            links=tuple(
                ProposedLink(each.handle, each.kind, each.score, each.reason) for each in said.links
            ),
            changes=tuple(
                ProposedChange(
                    each.handle,
                    each.reason,
                    each.context,
                    None if each.tags is None else tuple(each.tags),
                )
                for each in said.changes
            ),
        )


def _told(note: Shown) -> str:
    facets = note.facets
    parts = (
        f"day: {day_of(note.at)}",
        f"content: {line(note.content)}",
        f"context: {line(facets.context)}",
        f"keywords: {line(', '.join(facets.keywords))}",
        f"tags: {line(', '.join(facets.tags))}",
    )
    return "\n".join(parts)


def _one(model: LanguageModel, ask: Ask, shape: type[T], *, within_s: float) -> T:
    (found,) = answers(model, [ask], shape, within_s=within_s)
    if not isinstance(found, Unread):
        return found
    if found.is_final:
        raise UnreadableReply(found.why)
    raise NoAnswer(found.why)
