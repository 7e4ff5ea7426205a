"""Titles of events by a language model: the adapter of `memsvc.ports.improving.EventTitler`."""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.llm.asking import about, answers, fitted
from memsvc.llm.makers import maker_of
from memsvc.ports.improving import Passage, Unread
from memsvc.ports.language import Ask, LanguageModel
from memsvc.prompts.rendering import data, prompt
from memsvc.prompts.shapes import TitleSaid

TITLE = "title-1"
MOST_TOKENS = 160
"""Of an answer: eighty characters, and in some scripts a token each."""

MOST_SHOWN_CHARS = 8_000
"""Of an event: its beginning says what it is about, and a title is to cost little."""


@dataclass(frozen=True, slots=True)
class ModelTitles:
    """Gives events titles. `within_s` is for all events of a call."""

    model: LanguageModel
    within_s: float

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, TITLE)

    def title(self, events: Sequence[Passage]) -> list[str | Unread]:
        """Return a title for each event, in their order. Raises `ModelUnavailable`."""
        asks = [
            Ask(prompt(TITLE)(about=about(one), text=data(self._shown(one))), MOST_TOKENS)
            for one in events
        ]
        found = answers(self.model, asks, TitleSaid, within_s=self.within_s)
        return [one if isinstance(one, Unread) else one.title for one in found]

    def _shown(self, event: Passage) -> str:
        return fitted(self.model, event.text[:MOST_SHOWN_CHARS], answer_tokens=MOST_TOKENS)
