"""LongMemEval: questions, each with a haystack of chat sessions between a user and an assistant.

Reads the schema in which its authors publish it (Wu et al., "LongMemEval: Benchmarking Chat
Assistants on Long-Term Interactive Memory", arXiv 2410.10813): `longmemeval_oracle.json`, `_s` and
`_m` alike. Only retrieval is measured: what has to be found are the turns marked `has_answer`.

Each question has a haystack of its own, and so a space of its own. Pooled, every distinct session
of all haystacks stands in one space, and each question keeps its own labels: many more sessions to
be mistaken for the right one. Questions whose id ends in `_abs` ask for what nobody said; they
belong to abstention and are left out here, as are those without a marked turn; a pool has them as
`unanswered`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from memsvc.evals.datasets.dataset import (
    Asked,
    DataSet,
    LabelledQuestion,
    Session,
    Utterance,
    of_another_shape,
)
from memsvc.sdk.faults import invalid_field

SCHEMA = "LongMemEval"
ABSTENTION = "_abs"
POOL = "pool"

_WEEKDAY = re.compile(r" \(\w+\)")
_WHEN = "%Y/%m/%d %H:%M"
"""For instance `2023/05/27 (Sat) 09:15`, its weekday left out; read as UTC."""


def load_longmemeval(path: Path, *, pooled: bool = False) -> DataSet:
    """Read a file in LongMemEval's schema; its name without the ending names the data.

    Raises `InvalidField` that says what is not as LongMemEval has it.
    """
    return parse_longmemeval(path.read_bytes(), name=path.stem, pooled=pooled)


def parse_longmemeval(content: bytes, *, name: str, pooled: bool = False) -> DataSet:
    """Read the content of such a file."""
    try:
        samples = _SAMPLES.validate_json(content)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error
    for sample in samples:
        _check_lengths(sample)
    apart = (_haystack(sample) for sample in samples if _is_scored(sample))
    spaces = (_pool(samples),) if pooled else tuple(apart)
    scored = sum(len(space.questions) for space in spaces)
    return DataSet(
        name=f"{name}-pooled" if pooled else name,
        spaces=spaces,
        unlabelled=len(samples) - scored,
    )


class _Turn(BaseModel):
    role: str = Field(min_length=1)
    content: str
    has_answer: bool | None = None


class _Sample(BaseModel):
    question_id: str = Field(min_length=1)
    question_type: str = Field(min_length=1)
    question: str = Field(min_length=1)
    question_date: str | None = None
    haystack_session_ids: list[str]
    haystack_dates: list[str]
    haystack_sessions: list[list[_Turn]]
    answer: str | int | float | None = None

    def labelled(self, evidence: frozenset[str]) -> LabelledQuestion:
        """Return the question with the turns that answer it, its answer and its day."""
        answer = None if self.answer is None else str(self.answer)
        asked_at = self.question_date and _moment(self.question_date, where=self.question_id)
        return LabelledQuestion(
            self.question, self.question_type, evidence, answer, asked_at or None
        )


_SAMPLES = TypeAdapter(Annotated[list[_Sample], Field(min_length=1)])


class _Streams:
    """Sessions by content: one that several haystacks share is kept once, under one name."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, tuple[tuple[str, str], ...]], Session] = {}
        self._named: dict[str, int] = {}

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The distinct sessions, in the order in which they came."""
        return tuple(session for session in self._kept.values() if session.turns)

    def add(self, session_id: str, date: str, turns: Sequence[_Turn]) -> Session:
        """Keep a session unless it is there, and return it as it is kept."""
        content = (session_id, tuple((turn.role, turn.content) for turn in turns))
        if content not in self._kept:
            number = self._named[session_id] = self._named.get(session_id, 0) + 1
            name = session_id if number == 1 else f"{session_id}~{number}"
            said = tuple(_utterances(name, turns, began=_moment(date, where=session_id)))
            self._kept[content] = Session(name=name, turns=said, title=date)
        return self._kept[content]


def _pool(samples: Sequence[_Sample]) -> Asked:
    """Return one space with every session, also those of questions that are not asked."""
    streams = _Streams()
    evidence = [frozenset(_marked(sample, streams)) for sample in samples]
    questions = (
        sample.labelled(answers)
        for sample, answers in zip(samples, evidence, strict=True)
        if answers and not _is_abstention(sample)
    )
    return Asked(
        name=POOL,
        sessions=streams.sessions,
        questions=tuple(questions),
        unanswered=tuple(sample.question for sample in samples if _is_abstention(sample)),
    )


def _haystack(sample: _Sample) -> Asked:
    streams = _Streams()
    evidence = frozenset(_marked(sample, streams))
    question = sample.labelled(evidence)
    return Asked(name=sample.question_id, sessions=streams.sessions, questions=(question,))


def _marked(sample: _Sample, streams: _Streams) -> Iterator[str]:
    """Keep the sample's sessions and yield the ids of its turns that hold the answer."""
    for session_id, date, turns in _sittings(sample):
        session = streams.add(session_id, date, turns)
        marked = {_turn_id(session.name, n) for n, turn in enumerate(turns) if turn.has_answer}
        yield from (turn.id for turn in session.turns if turn.id in marked)


def _sittings(sample: _Sample) -> Iterable[tuple[str, str, list[_Turn]]]:
    return zip(
        sample.haystack_session_ids, sample.haystack_dates, sample.haystack_sessions, strict=True
    )


def _utterances(session: str, turns: Sequence[_Turn], *, began: datetime) -> Iterator[Utterance]:
    """Give each turn a second of its own; a turn that says nothing is left out."""
    for number, turn in enumerate(turns):
        if text := turn.content.strip():
            at = began + timedelta(seconds=number)
            yield Utterance(id=_turn_id(session, number), text=text, role=turn.role, at=at)


def _turn_id(session: str, number: int) -> str:
    return f"{session}:{number}"


def _is_scored(sample: _Sample) -> bool:
    turns = (turn for session in sample.haystack_sessions for turn in session)
    is_marked = any(turn.has_answer and turn.content.strip() for turn in turns)
    return is_marked and not _is_abstention(sample)


def _is_abstention(sample: _Sample) -> bool:
    return sample.question_id.endswith(ABSTENTION)


def _moment(date: str, *, where: str) -> datetime:
    try:
        return datetime.strptime(_WEEKDAY.sub("", date), _WHEN).replace(tzinfo=UTC)
    except ValueError as error:
        detail = f"its date is {date!r}, not written like '2023/05/27 (Sat) 09:15'."
        raise of_another_shape(where, SCHEMA, detail) from error


def _check_lengths(sample: _Sample) -> None:
    ids, dates = len(sample.haystack_session_ids), len(sample.haystack_dates)
    sessions = len(sample.haystack_sessions)
    if not ids == dates == sessions:
        detail = f"it has {sessions} sessions with {ids} ids and {dates} dates."
        raise of_another_shape(sample.question_id, SCHEMA, detail)
