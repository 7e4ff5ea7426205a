"""What every data set is once it has been read: spaces of sessions of turns, and what is asked.

The readers (`locomo`, `longmemeval`, `beam`, `multihop`) know their authors' schemas and traps;
the runner knows only this. Ids are unique within their space; an id means nothing outside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from memsvc.domain.errors import InvalidField

CHAT_BASELINES = ("dense", "bm25", "rrf", "floor", "floor:stored")

NOT_SAID = "Not mentioned."
"""The reference of a question for what nobody said."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn. `speaker` is None where the data names roles only, `at` where it has no date."""

    id: str
    text: str
    role: str = "user"
    speaker: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """The turns of one sitting, a stream in the service; `title` is the data's own word for it."""

    name: str
    turns: tuple[Utterance, ...]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question and the ids of the turns that answer it; never without one.

    `answer` is the data's own, where it has one, `NOT_SAID` where nobody said it; `asked_at` is
    when the question is asked, where the data says so.
    """

    text: str
    category: str
    evidence: frozenset[str]
    answer: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is written to one space, and the questions that are asked of it.

    `unanswered` are those that nobody answered there, by what the data says. They may be among the
    others, where the data names turns that only seem to answer.
    """

    name: str
    sessions: tuple[Session, ...]
    questions: tuple[LabelledQuestion, ...]
    unanswered: tuple[str, ...] = ()

    @property
    def turns(self) -> tuple[Utterance, ...]:
        """Every turn of every session, in order."""
        return tuple(turn for session in self.sessions for turn in session.turns)

    @property
    def ended_at(self) -> datetime | None:
        """When its last turn happened; None where none has a date."""
        return max((turn.at for turn in self.turns if turn.at is not None), default=None)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Spaces in order. `unlabelled` questions name no turn that exists and are left out.

    `together` names groups of categories that are reported as one category more; `baselines` the
    plain ways of finding that are to stand beside the product (see `memsvc.evals.peers.baselines`).
    """

    name: str
    spaces: tuple[Asked, ...]
    unlabelled: int = 0
    together: Mapping[str, Sequence[str]] = field(default_factory=dict)
    baselines: Sequence[str] = CHAT_BASELINES

    @property
    def questions(self) -> tuple[LabelledQuestion, ...]:
        """Every question of every space, in order."""
        return tuple(question for space in self.spaces for question in space.questions)

    @property
    def categories(self) -> dict[str, frozenset[str]]:
        """Each category to report with the categories in it: the groups, then each that occurs."""
        found = sorted({question.category for question in self.questions})
        groups = {name: frozenset(inside) for name, inside in self.together.items()}
        return groups | {category: frozenset([category]) for category in found}

    def first(self, limit: int | None) -> "DataSet":
        """Return the data with its first `limit` questions, and the spaces that these ask."""
        return self if limit is None else replace(self, spaces=tuple(_first(self.spaces, limit)))


def joined(parts: Sequence[DataSet]) -> DataSet:
    """Return the spaces of several files as one data set."""
    return replace(
        parts[0],
        name="+".join(part.name for part in parts),
        spaces=tuple(space for part in parts for space in part.spaces),
        unlabelled=sum(part.unlabelled for part in parts),
    )


def of_another_shape(where: str, schema: str, detail: str) -> InvalidField:
    """Return the error for a file that is not in the schema it was read as."""
    return InvalidField(f"{where} is not in {schema}'s schema: {detail}", field="file")


def _first(spaces: Sequence[Asked], limit: int) -> Iterator[Asked]:
    for space in spaces:
        questions = space.questions[:limit]
        limit -= len(questions)
        if questions:
            yield replace(space, questions=questions)
