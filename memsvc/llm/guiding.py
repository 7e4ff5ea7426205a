"""Guiding a recall with a language model: the adapters of `memsvc.ports.helping`.

Clues are MemoRAG's (arXiv:2409.05591): a draft of the answer and questions that stand in for the
one that is asked, though by a model that has read the head of a first search and not the whole
memory. Sifting facts is the recognition memory of HippoRAG 2 (arXiv:2502.14802), by handles and not
by copying: what was not shown cannot be chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from memsvc.domain.helping import Unhelped
from memsvc.domain.improving import Tokens
from memsvc.llm.makers import maker_of
from memsvc.llm.tallied import TalliedModel
from memsvc.ports.helping import Clues, Handles, Told, Untold
from memsvc.ports.language import Ask, Unanswered
from memsvc.prompts.rendering import data, line, prompt
from memsvc.prompts.shaped import Misshapen, Shape, Shaped, ask_for
from memsvc.prompts.shapes import CluesSaid, KeptSaid

CLUES, SIFTING = "clues-1", "sifting-1"

MOST_CLUE_TOKENS = 512
"""Of an answer: five clues of 400 characters, which few fill, and the JSON around them."""

MOST_HANDLE_TOKENS = 96

MOST_QUESTION_CHARS = 2_000
"""Of the question that are shown; hardly one has more."""

MOST_PASSAGE_CHARS = 1_000
"""Of each passage that is shown. Counted in characters, so that the same recall asks the same
whoever counts the tokens, and what was recorded of it is found again."""

AROUND_TOKENS = 512
"""For the instructions and whatever a server puts around messages."""

S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True)
class ModelClues:
    """Writes clues to a question."""

    model: TalliedModel

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, CLUES)

    def clues(
        self, question: str, found: Sequence[str], *, within_s: float
    ) -> Told[Clues] | Untold:
        """Return clues to a question. Raises `ModelUnavailable`."""
        shown = data(question[:MOST_QUESTION_CHARS])
        passages = [f"<passage>\n{data(text[:MOST_PASSAGE_CHARS])}\n</passage>" for text in found]
        room = self.model.context_tokens - 2 * MOST_CLUE_TOKENS - AROUND_TOKENS
        while passages and self.model.count("\n".join((shown, *passages))) > room:
            passages.pop()
        messages = prompt(CLUES)(question=shown, passages="\n".join(passages))
        said = _said(self.model, Ask(messages, MOST_CLUE_TOKENS), CluesSaid, within_s=within_s)
        if isinstance(said, Untold):
            return said
        return Told(Clues(said.value.answer, tuple(said.value.questions)), said.spent)


@dataclass(frozen=True, slots=True)
class ModelSifting:
    """Says which facts matter to a question."""

    model: TalliedModel

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        return maker_of(self.model, SIFTING)

    def sift(
        self, question: str, facts: Sequence[tuple[str, str]], *, within_s: float
    ) -> Told[Handles] | Untold:
        """Return the handles that it names. Raises `ModelUnavailable`."""
        messages = prompt(SIFTING)(
            question=data(question[:MOST_QUESTION_CHARS]),
            facts="\n".join(f'<fact handle="{handle}">{line(one)}</fact>' for handle, one in facts),
        )
        said = _said(self.model, Ask(messages, MOST_HANDLE_TOKENS), KeptSaid, within_s=within_s)
        if isinstance(said, Untold):
            return said
        return Told(tuple(dict.fromkeys(said.value.keep)), said.spent)


def _said(model: TalliedModel, ask: Ask, shape: type[S], *, within_s: float) -> Told[S] | Untold:
    """Return the answer to an ask as a shape, or why there is none, with what that took."""
    with model.counting() as counted:
        (found,) = ask_for(model, shape, [ask], within_s=within_s)
    spent: Tokens = counted.tokens
    if isinstance(found, Shaped):
        return Told(found.value, spent)
    if isinstance(found, Misshapen):
        return Untold(Unhelped.ANSWER, found.why, spent)
    return _unanswered(found, spent)


def _unanswered(found: Unanswered, spent: Tokens) -> Untold:
    return Untold(Unhelped.TIME if found.is_late else Unhelped.ANSWER, found.why, spent)
