"""A language model that answers by a script, and what was asked of it, for tests of enrichment."""

import re
from collections.abc import Sequence

from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm import fakes
from memsvc.ports.language import Ask, Reply, Unanswered


class ScriptedModel(fakes.ScriptedModel):
    """Answers by `script`, unless it is down. `calls` holds what was asked, call by call."""

    def __init__(self, script: fakes.Script) -> None:
        super().__init__(self._by_script, context_tokens=32_768)
        self.script = script
        self.is_down = False
        self.calls: list[list[Ask]] = []

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        if self.is_down:
            raise ModelUnavailable("The model is down.")
        self.calls.append(list(asks))
        return super().replies(asks, within_s=within_s)

    def _by_script(self, ask: Ask) -> str | Reply | Unanswered:
        return self.script(ask)


def marked(ask: Ask, mark: str) -> str:
    """Return what stands between marks in what was asked."""
    found = re.search(f"<{mark}[^>]*>\n(.*)\n</{mark}>", ask.messages[1].content, re.DOTALL)
    assert found is not None, ask.messages[1].content
    return found[1]


def is_for(ask: Ask, prompt: str) -> bool:
    """Tell whether an ask is made by a prompt, by how its instructions begin."""
    return ask.messages[0].content.startswith(BEGINNINGS[prompt])


BEGINNINGS = {
    "entities": "You list what a passage names.",
    "triples": "You write down what a passage says,",
    "profile": "You write down what a user says",
    "note": "You write a note",
    "evolution": "You are shown a new note",
    "judgement": "You are shown a new fact",
    "title": "You give a stretch",
    "clues": "You help to search a memory",
    "sifting": "You are shown a question and a few facts",
}
