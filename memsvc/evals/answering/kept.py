"""Answers and judgements as they come, one JSON object a line: to be read, and to go on from.

A run that was cut off may have left half a line at the end; it is passed over and written again.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered to one question in one setting."""

    key: str
    setting: str
    space: str
    category: str
    question: str
    reference: str
    answer: str
    model: str
    prompt: str
    turns: tuple[str, ...]
    seconds: float
    prompt_tokens: int | None
    completion_tokens: int | None
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge made of the answer under `key`; `correct` is None where it said neither."""

    key: str
    judge: str
    answer: str
    correct: bool | None
    kind: Literal["judgement"] = "judgement"


_LINE: TypeAdapter[Answered | Judged] = TypeAdapter(Answered | Judged)


class Answers:
    """The answers of a run by their keys; in a file as well, where one is given."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.answers: dict[str, Answered] = {}
        self._judgements: dict[tuple[str, str, str], Judged] = {}
        for line in _lines(file):
            self._take(line)

    def keep(self, line: Answered | Judged) -> None:
        """Take one in, and append it to the file."""
        self._take(line)
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(_text(asdict(line)))

    def judgement(self, key: str, judge: str) -> Judged | None:
        """Return what a judge made of the answer that stands under a key now."""
        return self._judgements.get((key, judge, self.answers[key].answer))

    def _take(self, line: Answered | Judged) -> None:
        if isinstance(line, Answered):
            self.answers[line.key] = line
        else:
            self._judgements[line.key, line.judge, line.answer] = line


def _lines(file: Path | None) -> Iterator[Answered | Judged]:
    if file is None or not file.exists():
        return
    content = file.read_bytes()
    if content and not content.endswith(b"\n"):
        with file.open("ab") as torn:  # so that what is appended next begins a line of its own
            torn.write(b"\n")
    for line in content.splitlines():
        try:
            yield _LINE.validate_json(line)
        except ValidationError:  # half a line, or something else's: asked again
            continue


def _text(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
