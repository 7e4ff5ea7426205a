"""LoCoMo: long conversations of two people, and questions with the turns that answer them.

Reads the schema in which its authors publish it (Maharana et al., "Evaluating Very Long-Term
Conversational Memory of LLM Agents", arXiv 2402.17753; `locomo10.json`). Summaries are passed over.

Three traps: one evidence string may hold several ids and some hold none; a photo's caption is part
of what was said, because some answers are only there; category 5 asks for what nobody said in this
form, so it is reported apart as well. The categories are: 1 several turns, 2 time, 3 open domain,
4 one turn, 5 adversarial.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from memsvc.evals.datasets.dataset import (
    NOT_SAID,
    Asked,
    DataSet,
    LabelledQuestion,
    Session,
    Utterance,
    of_another_shape,
)
from memsvc.sdk.faults import invalid_field

SCHEMA = "LoCoMo"

HEADLINE_APART = {"1-4": ("1", "2", "3", "4")}
"""Categories 1 to 4, those that other reports average over, as a category of their own."""

OPEN_DOMAIN, ADVERSARIAL = 3, 5
"""Categories: the second asks for what nobody said in the form in which it is asked for."""

_EVIDENCE_ID = re.compile(r"D\d+:\d+")
_SESSION = re.compile(r"session_(\d+)")
_WHEN = "%I:%M %p on %d %B, %Y"
"""For instance `1:56 pm on 8 May, 2023`; the data names no time zone, so it is read as UTC."""


def load_locomo(path: Path) -> DataSet:
    """Read a file in LoCoMo's schema; its name without the ending names the data.

    Raises `InvalidField` that says what is not as LoCoMo has it.
    """
    return parse_locomo(path.read_bytes(), name=path.stem)


def parse_locomo(content: bytes, *, name: str) -> DataSet:
    """Read the content of such a file."""
    try:
        samples = TypeAdapter(Annotated[list[_Sample], Field(min_length=1)]).validate_json(content)
        spaces = tuple(_conversation(sample) for sample in samples)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error
    asked = sum(len(sample.qa) for sample in samples)
    labelled = sum(len(space.questions) for space in spaces)
    return DataSet(name, spaces, unlabelled=asked - labelled, together=HEADLINE_APART)


class _Turn(BaseModel):
    dia_id: str = Field(min_length=1)
    speaker: str = Field(min_length=1)
    text: str = ""
    blip_caption: str | None = None


class _Asked(BaseModel):
    question: str = Field(min_length=1)
    category: int = Field(ge=1, le=5)
    evidence: list[str] = Field(default_factory=list)
    answer: str | int | float | None = None

    @property
    def reference(self) -> str | None:
        """The answer as LoCoMo's own evaluation reads it: of category 3 what stands before a ;."""
        if self.category == ADVERSARIAL:
            return NOT_SAID
        said = None if self.answer is None else str(self.answer)
        return said.split(";")[0].strip() if said and self.category == OPEN_DOMAIN else said


class _Sample(BaseModel):
    sample_id: str = Field(min_length=1)
    conversation: dict[str, Any]
    qa: list[_Asked]


_TURNS = TypeAdapter(list[_Turn])


def _conversation(sample: _Sample) -> Asked:
    sessions = tuple(_sessions(sample))
    if not sessions:
        detail = "its conversation holds no session_1, session_2, ..."
        raise of_another_shape(sample.sample_id, SCHEMA, detail)
    known = {turn.id for session in sessions for turn in session.turns}
    return Asked(
        name=sample.sample_id,
        sessions=sessions,
        questions=tuple(_labelled(sample.qa, known)),
        unanswered=tuple(one.question for one in sample.qa if one.category == ADVERSARIAL),
    )


def _sessions(sample: _Sample) -> Iterator[Session]:
    numbers = sorted(
        int(match[1]) for key in sample.conversation if (match := _SESSION.fullmatch(key))
    )
    for number in numbers:
        name = f"session_{number}"
        title = str(sample.conversation.get(f"{name}_date_time", ""))
        began = _began(title, session=f"{sample.sample_id}, {name}")
        turns = _TURNS.validate_python(sample.conversation[name])
        yield Session(name=name, title=title, turns=tuple(_utterances(turns, began)))


def _began(title: str, *, session: str) -> datetime:
    try:
        return datetime.strptime(title, _WHEN).replace(tzinfo=UTC)
    except ValueError as error:
        example = "1:56 pm on 8 May, 2023"
        detail = f"its date_time is {title!r}, not written like {example!r}."
        raise of_another_shape(session, SCHEMA, detail) from error


def _utterances(turns: list[_Turn], began: datetime) -> Iterator[Utterance]:
    """Give each turn a second of its own, so that time keeps the order in which they were said."""
    for second, turn in enumerate(turns):
        if text := _said(turn):
            at = began + timedelta(seconds=second)
            yield Utterance(id=turn.dia_id, speaker=turn.speaker, text=text, at=at)


def _said(turn: _Turn) -> str:
    photo = f"[shares a photo: {turn.blip_caption}]" if turn.blip_caption else ""
    return f"{turn.text.strip()} {photo}".strip()


def _labelled(asked: list[_Asked], known: set[str]) -> Iterator[LabelledQuestion]:
    for question in asked:
        named = {found for text in question.evidence for found in _EVIDENCE_ID.findall(text)}
        if evidence := frozenset(named & known):
            kind = str(question.category)
            yield LabelledQuestion(question.question, kind, evidence, question.reference)
