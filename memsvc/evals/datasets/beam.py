"""BEAM: very long chats of one user with an assistant, and probing questions about them.

Reads the folders in which its authors publish it (Tavakoli et al., "Beyond a Million Tokens:
Benchmarking and Enhancing Long-Term Memory in LLMs", arXiv 2510.27246): one folder a chat, in it
`chat.json` and `probing_questions.json`, the latter also in a folder of its own name. A chat of
10M tokens is a list of plans, each with batches like those of the smaller ones. Where the authors
cut a chat to its nominal size, `chat_trunecated.json` (their spelling) stands beside it and is
what their own evaluation reads, so it is read here too.

A batch is one sitting, and so a stream. Four traps: messages end in a marker such as
`->-> 1,1` that leaks the plan behind the chat; questions of abstention name no message; evidence
comes as a list or as a mapping of lists; in a few chats two messages share an id, and a question
that names such an id cannot be scored.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

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

SCHEMA = "BEAM"
ABSTENTION = "abstention"
CHATS = ("chat_trunecated.json", "chat.json")
QUESTIONS = ("probing_questions/probing_questions.json", "probing_questions.json")

_MARKER = re.compile(r"\s*->->\s*[\w\s,./-]*$")
_WHEN = "%B-%d-%Y"
"""For instance `March-15-2024`; read as UTC. Some batches have no date."""


def load_beam(folder: Path) -> DataSet:
    """Read a folder of chats, or that of one chat; its name names the data.

    Raises `InvalidField` that says what is not as BEAM has it.
    """
    chats = [folder] if _first_of(folder, CHATS) else sorted(_chats_in(folder), key=_number)
    if not chats:
        detail = "neither it nor the folders in it hold a chat.json and a probing_questions.json."
        raise of_another_shape(str(folder), SCHEMA, detail)
    asked, spaces = zip(*(_read(chat) for chat in chats), strict=True)
    scored = sum(len(space.questions) for space in spaces)
    return DataSet(name=folder.resolve().name, spaces=spaces, unlabelled=sum(asked) - scored)


def parse_beam(chat: bytes, questions: bytes, *, name: str) -> Asked:
    """Read one chat and what is asked about it, leaving out the questions without evidence."""
    sittings = list(_sittings(_parsed(_CHAT, chat, name), name))
    probes = _parsed(_QUESTIONS, questions, name)
    counts = Counter(message.id for _, _, messages in sittings for message in messages)
    seen: Counter[int] = Counter()
    sessions = tuple(_session(*sitting, seen=seen) for sitting in sittings)
    said = {turn.id for session in sessions for turn in session.turns}
    known = {number for number, count in counts.items() if count == 1 and str(number) in said}
    return Asked(
        name=name,
        sessions=tuple(session for session in sessions if session.turns),
        questions=tuple(_labelled(probes, known)),
        unanswered=tuple(probe.question for probe in probes.get(ABSTENTION, ())),
    )


class _Message(BaseModel):
    id: int
    role: str = Field(min_length=1)
    content: str
    time_anchor: str | None = None


class _Batch(BaseModel):
    turns: list[list[_Message]]
    time_anchor: str | None = None


class _Probe(BaseModel):
    question: str = Field(min_length=1)
    source_chat_ids: Any = None
    answer: str | None = None
    ideal_answer: str | None = None
    ideal_summary: str | None = None
    ideal_response: str | None = None

    @property
    def reference(self) -> str | None:
        """The answer under whichever name it goes; some questions have a rubric alone."""
        return self.answer or self.ideal_answer or self.ideal_summary or self.ideal_response


_Plan = dict[str, list[_Batch] | None]
_CHAT = TypeAdapter(Annotated[list[_Batch | _Plan], Field(min_length=1)])
_QUESTIONS = TypeAdapter(dict[str, list[_Probe]])

_Sitting = tuple[str, str | None, Sequence[_Message]]
"""A stream's name, the date that the data gives for it, and its messages."""


def _read(chat: Path) -> tuple[int, Asked]:
    """Return how many questions a chat's folder has, and what of it can be scored."""
    text, questions = _first_of(chat, CHATS), _first_of(chat, QUESTIONS)
    if text is None or questions is None:
        missing = CHATS[-1] if text is None else QUESTIONS[-1]
        raise of_another_shape(str(chat), SCHEMA, f"it holds no {missing}.")
    content = questions.read_bytes()
    asked = _parsed(_QUESTIONS, content, chat.name)
    space = parse_beam(text.read_bytes(), content, name=chat.name)
    return sum(len(probes) for probes in asked.values()), space


def _parsed(adapter: TypeAdapter[Any], content: bytes, name: str) -> Any:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error


def _sittings(chat: Sequence[_Batch | _Plan], name: str) -> Iterator[_Sitting]:
    """Yield the batches of a chat in order, those of a plan under the plan's name."""
    own = [part for part in chat if isinstance(part, _Batch)]
    plans = [plan for part in chat if isinstance(part, dict) for plan in part.items()]
    if own and plans:
        raise of_another_shape(name, SCHEMA, "its chat mixes batches and plans.")
    for plan, batches in [("", own), *plans]:
        for number, batch in enumerate(batches or [], start=1):
            messages = [message for group in batch.turns for message in group]
            dates = [batch.time_anchor, *(message.time_anchor for message in messages)]
            stream = f"{plan}:batch-{number}" if plan else f"batch-{number}"
            yield stream, next(filter(None, dates), None), messages


def _session(
    name: str, date: str | None, messages: Sequence[_Message], *, seen: Counter[int]
) -> Session:
    return Session(name=name, turns=tuple(_utterances(date, messages, seen)), title=date)


def _utterances(
    date: str | None, messages: Sequence[_Message], seen: Counter[int]
) -> Iterator[Utterance]:
    """Give each message a second of its own; `seen` counts ids, so that a second gets another."""
    began = _moment(date)
    for second, message in enumerate(messages):
        own_id = f"{message.id}~{seen[message.id] + 1}" if seen[message.id] else str(message.id)
        seen[message.id] += 1
        if text := _said(message):
            at = None if began is None else began + timedelta(seconds=second)
            yield Utterance(id=own_id, text=text, role=message.role, at=at)


def _said(message: _Message) -> str:
    """Return the text without the marker; assistants that were asked to go on have copied it."""
    return _MARKER.sub("", message.content).strip()


def _moment(date: str | None) -> datetime | None:
    """Read a batch's date; one in words that are no date gives none, since it changes no rank."""
    try:
        return datetime.strptime(date or "", _WHEN).replace(tzinfo=UTC)
    except ValueError:
        return None


def _labelled(probes: dict[str, list[_Probe]], known: set[int]) -> Iterator[LabelledQuestion]:
    for category, questions in probes.items():
        for probe in questions:
            named = set(_numbers(probe.source_chat_ids))
            if named and named <= known:
                evidence = frozenset(str(number) for number in named)
                yield LabelledQuestion(probe.question, category, evidence, probe.reference)


def _numbers(source: object) -> Iterator[int]:
    """Yield the message ids in a list, a list of lists or a mapping of lists."""
    if isinstance(source, int):
        yield source
    elif isinstance(source, dict):
        yield from _numbers(list(source.values()))
    elif isinstance(source, list):
        for part in source:
            yield from _numbers(part)


def _chats_in(folder: Path) -> Iterator[Path]:
    return (child for child in folder.iterdir() if child.is_dir() and _first_of(child, CHATS))


def _first_of(folder: Path, names: Sequence[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _number(chat: Path) -> tuple[int, str]:
    """Order folders by number, so that 10 stands after 9; others after them, by name."""
    return (int(chat.name), "") if chat.name.isdigit() else (1 << 62, chat.name)
