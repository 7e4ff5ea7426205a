"""The shapes of answers: what a model may say to each prompt, and how much of it.

Every text and every list has its bound, so that an answer held to its schema ends.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from memsvc.domain.episode import MAX_TITLE_CHARS
from memsvc.domain.knowledge import MAX_OBJECT_CHARS, MAX_SUBJECT_CHARS
from memsvc.domain.note import (
    MAX_CONTEXT_CHARS,
    MAX_KEYWORDS,
    MAX_REASON_CHARS,
    MAX_TAGS,
    MAX_WORD_CHARS,
)
from memsvc.prompts.shaped import Shape

MOST_ENTITIES = 64
MOST_TRIPLES = 64
MOST_LINES = 8
MOST_SHOWN = 8
"""Notes or facts that may be spoken of in one answer."""

MOST_NOTE_CHARS = 1_200
"""Of a note's content: five short sentences are some 600."""

LONGEST_HANDLE = 8

MOST_QUESTIONS = 4
"""Questions beside the one that is asked; each is one more search."""

MOST_CLUE_CHARS = 400

Entity = Annotated[str, StringConstraints(max_length=MAX_SUBJECT_CHARS)]
Short = Annotated[str, StringConstraints(max_length=MAX_SUBJECT_CHARS)]
Object = Annotated[str, StringConstraints(max_length=MAX_OBJECT_CHARS)]
Word = Annotated[str, StringConstraints(max_length=MAX_WORD_CHARS)]
Reason = Annotated[str, StringConstraints(max_length=MAX_REASON_CHARS)]
Context = Annotated[str, StringConstraints(max_length=MAX_CONTEXT_CHARS)]
Clue = Annotated[str, StringConstraints(max_length=MOST_CLUE_CHARS)]
Handle = Annotated[str, StringConstraints(max_length=LONGEST_HANDLE)]


class Entities(Shape):
    """What a passage names."""

    entities: list[Entity] = Field(max_length=MOST_ENTITIES)


class Triple(Shape):
    """One thing that a passage says."""

    subject: Short
    relation: Short
    object: Object


class Triples(Shape):
    """What a passage says."""

    triples: list[Triple] = Field(max_length=MOST_TRIPLES)


class ProfileLine(Shape):
    """One thing that a user says of themselves."""

    relation: Short
    object: Object


class ProfileLines(Shape):
    """What a user says of themselves."""

    lines: list[ProfileLine] = Field(max_length=MOST_LINES)


class NoteSaid(Shape):
    """A note of a stretch of text."""

    content: Annotated[str, StringConstraints(max_length=MOST_NOTE_CHARS)]
    keywords: list[Word] = Field(max_length=MAX_KEYWORDS)
    context: Context
    tags: list[Word] = Field(max_length=MAX_TAGS)


class TitleSaid(Shape):
    """What a stretch of text is called."""

    title: Annotated[str, StringConstraints(max_length=MAX_TITLE_CHARS)]


class LinkSaid(Shape):
    """A link to an older note."""

    handle: Handle
    kind: Literal["related", "elaborates", "contradicts", "supersedes"]
    score: float = Field(ge=0, le=1)
    reason: Reason


class ChangeSaid(Shape):
    """What an older note is to say."""

    handle: Handle
    context: Context | None = None
    tags: list[Word] | None = Field(default=None, max_length=MAX_TAGS)
    reason: Reason


class EvolutionSaid(Shape):
    """What a new note means for older ones."""

    links: list[LinkSaid] = Field(max_length=MOST_SHOWN)
    changes: list[ChangeSaid] = Field(max_length=MOST_SHOWN)


class EndSaid(Shape):
    """An older fact that holds no longer."""

    handle: Handle
    reason: Reason


class JudgementSaid(Shape):
    """Which older facts hold no longer."""

    ended: list[EndSaid] = Field(max_length=MOST_SHOWN)


class CluesSaid(Shape):
    """What would find the answer to a question."""

    answer: Clue
    questions: list[Clue] = Field(max_length=MOST_QUESTIONS)


class KeptSaid(Shape):
    """Which facts matter to a question."""

    keep: list[Handle] = Field(max_length=MOST_SHOWN)
