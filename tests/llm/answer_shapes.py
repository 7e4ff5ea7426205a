"""Shapes that ask more of what holds answers to them than those of the prompts do.

Patterns, least lengths, numbers within bounds and lists in lists. Each text has a longest length
and each list a largest size, as every shape of a prompt must: a model that has nothing to say, and
one with weights of chance, would fill a text without end.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=60)]
Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=30)]
Line: TypeAlias = Annotated[str, Field(max_length=160)]
Handle: TypeAlias = Annotated[str, Field(pattern=r"^n[0-9]{1,2}$")]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class Shape(BaseModel):
    """What a model answers: these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Entity(Shape):
    """A named thing."""

    name: Name
    kind: Literal["person", "place", "organisation", "work", "date", "other"]


class Entities(Shape):
    """The first step of an extraction: what a passage names."""

    entities: Annotated[list[Entity], Field(max_length=8)]


class Triple(Shape):
    """What a passage says of one named thing and another."""

    subject: Name
    predicate: Name
    object: Name


class Triples(Shape):
    """The second step: what it says of them."""

    triples: Annotated[list[Triple], Field(max_length=6)]


class Note(Shape):
    """One idea, with what helps to find it."""

    keywords: Annotated[list[Word], Field(min_length=1, max_length=6)]
    context: Line
    tags: Annotated[list[Word], Field(max_length=5)]


class Link(Shape):
    """A note that another is to be linked with, by its handle."""

    handle: Handle
    kind: Literal["same_topic", "causes", "follows", "contradicts", "elaborates"]
    score: Share
    reason: Line


class Links(Shape):
    """Which of the neighbours a note is linked with."""

    links: Annotated[list[Link], Field(max_length=5)]


class Change(Shape):
    """What a neighbour is to say from now on; None leaves it as it is."""

    handle: Handle
    context: Line | None
    tags: Annotated[list[Word], Field(max_length=5)] | None


class Changes(Shape):
    """How neighbours evolve because of a new note."""

    changes: Annotated[list[Change], Field(max_length=4)]


class Verdict(Shape):
    """Whether a fact and an older one can both hold."""

    verdict: Literal["contradicts", "updates", "agrees", "unrelated"]
    confidence: Share
    older: Annotated[int, Field(ge=0, le=19)] | None
    reason: Line


class Title(Shape):
    """What an event is called."""

    title: Annotated[str, Field(min_length=3, max_length=80)]


class ProfileLine(Shape):
    """One thing that a user said of themselves, with the turns that say so."""

    text: Line
    standing: bool
    turns: Annotated[list[Annotated[int, Field(ge=1, le=999)]], Field(min_length=1, max_length=4)]


class Profile(Shape):
    """What is known of a user."""

    lines: Annotated[list[ProfileLine], Field(max_length=5)]


class Clues(Shape):
    """A draft of the answer, and questions that would find it (MemoRAG, arXiv 2409.05591)."""

    draft: Line
    questions: Annotated[list[Line], Field(min_length=1, max_length=4)]


SHAPES: tuple[type[Shape], ...] = (
    Entities,
    Triples,
    Note,
    Links,
    Changes,
    Verdict,
    Title,
    Profile,
    Clues,
)
