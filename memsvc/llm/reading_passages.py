"""Reading passages with a language model: adapters of `memsvc.ports.improving.PassageReader`.

Triples are read in two steps, as HippoRAG does (arXiv 2502.14802): what the passage names, then
what it says of that. Of a passage that names nothing the second is not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.llm.asking import about, answers, fitted
from memsvc.llm.makers import maker_of
from memsvc.ports.improving import Passage, Proposed, Unread
from memsvc.ports.language import Ask, LanguageModel
from memsvc.prompts.rendering import data, line, prompt
from memsvc.prompts.shapes import Entities, ProfileLines, Triples

ENTITIES, TRIPLES, PROFILE = "entities-1", "triples-1", "profile-1"

MOST_NAMED_TOKENS = 1_024
MOST_TRIPLE_TOKENS = 3_072
MOST_LINE_TOKENS = 768
"""Tokens that answers may have."""

USER = "user"
"""Of whom the lines of a profile speak where nobody is named."""


@dataclass(frozen=True, slots=True)
class TripleReading:
    """Reads entities, then triples about them. `within_s` is for all passages of a call, twice."""

    model: LanguageModel
    within_s: float

    @property
    def name(self) -> str:
        """Which model, by which prompts."""
        return maker_of(self.model, ENTITIES, TRIPLES)

    def read(self, passages: Sequence[Passage]) -> list[tuple[Proposed, ...] | Unread]:
        """Return what each passage says, in their order. Raises `ModelUnavailable`."""
        texts = [fitted(self.model, one.text, answer_tokens=MOST_TRIPLE_TOKENS) for one in passages]
        asks = [
            Ask(prompt(ENTITIES)(about=about(one), passage=data(text)), MOST_NAMED_TOKENS)
            for one, text in zip(passages, texts, strict=True)
        ]
        named = answers(self.model, asks, Entities, within_s=self.within_s)
        found: list[tuple[Proposed, ...] | Unread] = [
            one if isinstance(one, Unread) else () for one in named
        ]
        telling = {
            place: one.entities
            for place, one in enumerate(named)
            if isinstance(one, Entities) and one.entities
        }
        asks = [
            Ask(
                prompt(TRIPLES)(
                    about=about(passages[place]),
                    passage=data(texts[place]),
                    entities="\n".join(map(line, entities)),
                ),
                MOST_TRIPLE_TOKENS,
            )
            for place, entities in telling.items()
        ]
        told = answers(self.model, asks, Triples, within_s=self.within_s)
        for place, one in zip(telling, told, strict=True):
            if isinstance(one, Unread):
                found[place] = one
            else:
                found[place] = tuple(
                    Proposed(each.subject, each.relation, each.object) for each in one.triples
                )
        return found


@dataclass(frozen=True, slots=True)
class ProfileReading:
    """Reads what users say of themselves, as triples about who speaks."""

    model: LanguageModel
    within_s: float

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, PROFILE)

    def read(self, passages: Sequence[Passage]) -> list[tuple[Proposed, ...] | Unread]:
        """Return what each passage says of its speaker. Raises `ModelUnavailable`."""
        asks = [
            Ask(prompt(PROFILE)(message=data(text)), MOST_LINE_TOKENS)
            for text in (
                fitted(self.model, one.text, answer_tokens=MOST_LINE_TOKENS) for one in passages
            )
        ]
        found = answers(self.model, asks, ProfileLines, within_s=self.within_s)
        return [
            one
            if isinstance(one, Unread)
            else tuple(
                Proposed(passage.speaker or USER, each.relation, each.object) for each in one.lines
            )
            for passage, one in zip(passages, found, strict=True)
        ]
