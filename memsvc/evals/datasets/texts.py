"""Real sentences and questions to measure speed on, out of whatever JSON files are at hand.

Synthetic texts tell nothing about an index: their words are not Zipf's and their vectors do not
cluster as meanings do. Any file that holds text will do; nothing of it is kept in reports.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from memsvc.domain.errors import InvalidField

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
PARAGRAPH = re.compile(r"\n\s*\n|\n(?=[-|#*`])")
PAGE = ".md"
ASKED_WORDS = 9
FEWEST_WORDS = 4
LONGEST_CHARS = 600


@dataclass(frozen=True, slots=True)
class Texts:
    """Sentences in the order in which they were found, without repeats, and questions."""

    sentences: tuple[str, ...]
    questions: tuple[str, ...]

    def stretched(self, count: int, *, seed: int) -> list[str]:
        """Return so many sentences; when there are fewer, copies with one word less follow."""
        made = list(self.sentences[:count])
        chance = Random(seed)  # noqa: S311  nothing secret
        while len(made) < count:
            words = self.sentences[len(made) % len(self.sentences)].split()
            words.pop(chance.randrange(len(words)))
            made.append(" ".join([*words, str(len(made))]))
        return made

    def asking(self, count: int) -> "Texts":
        """Return the same with so many questions at least: more are made of sentences' beginnings.

        To a recall they are as long as questions are; what is found by them means nothing.
        """
        lacking = max(0, count - len(self.questions))
        made = (" ".join(text.rstrip(".").split()[:ASKED_WORDS]) + "?" for text in self.sentences)
        return Texts(self.sentences, (*self.questions, *islice(made, lacking)))


def load_texts(files: Sequence[Path]) -> Texts:
    """Collect every sentence and question in JSON files, and in pages of Markdown.

    Raises `InvalidField`.
    """
    sentences: dict[str, None] = {}
    questions: dict[str, None] = {}
    for file in files:
        text = file.read_text(encoding="utf-8")
        try:
            content = PARAGRAPH.split(text) if file.suffix == PAGE else json.loads(text)
        except ValueError as error:
            raise InvalidField(f"{file} cannot be read as JSON: {error}.", field="texts") from error
        for text in _strings(content):
            for sentence in SENTENCE_END.split(text):
                if len(sentence.split()) >= FEWEST_WORDS and len(sentence) <= LONGEST_CHARS:
                    held = questions if sentence.endswith("?") else sentences
                    held[sentence.strip()] = None
    if not sentences or not questions:
        raise InvalidField(
            "The files hold no sentences or no questions of four words and more; name others.",
            field="texts",
        )
    return Texts(tuple(sentences), tuple(questions))


def _strings(content: Any) -> Iterator[str]:
    """Yield every string of a JSON value, names of fields excluded."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for value in content.values():
            yield from _strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from _strings(value)
