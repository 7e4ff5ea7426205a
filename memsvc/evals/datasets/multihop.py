"""Multi-hop questions: what answers them stands in two to four passages, and no one holds it all.

Reads the files as HippoRAG publishes them (arXiv 2502.14802): a corpus, which is a list of
`{title, text}` or a mapping from title to sentences, and questions in the schema of MuSiQue
(`paragraphs` with `is_supporting`) or of HotpotQA and 2WikiMultihopQA (`supporting_facts` by
title).

All passages stand in one space. A passage is one turn and is never split into several; its title
is its stream's title and, as in every published figure on these files, the first line of its text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from memsvc.ingest.extract.triples import Extracted
from memsvc.sdk.faults import invalid_field

SCHEMA = "HippoRAG"

BASELINES = ("dense", "bm25", "rrf", "convex")

_HOPS = re.compile(r"(\d)hop")


class Passage(BaseModel):
    """One passage of a corpus."""

    title: str = Field(min_length=1)
    text: str


def load_corpus(path: Path) -> list[Passage]:
    """Read a corpus in either form. Raises `InvalidField`."""
    return parse_corpus(path.read_bytes(), name=path.stem)


def load_multihop(questions: Path, passages: Sequence[Passage]) -> DataSet:
    """Read the questions that are asked of these passages; the questions' file names the data.

    Raises `InvalidField` that says what is not in one of the schemas, and when a question rests on
    a passage that the corpus does not hold.
    """
    return parse_multihop(questions.read_bytes(), passages, name=questions.stem)


def parse_corpus(content: bytes, *, name: str) -> list[Passage]:
    """Read the content of a corpus in either form. Raises `InvalidField`."""
    try:
        found = _CORPUS.validate_json(content)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error
    if isinstance(found, list):
        return found
    return [Passage(title=title, text="".join(text)) for title, text in found.items()]


def parse_multihop(content: bytes, passages: Sequence[Passage], *, name: str) -> DataSet:
    """Read questions, each of which must rest on passages of the corpus. Raises `InvalidField`."""
    try:
        samples = _SAMPLES.validate_json(content)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error
    by_text = {(p.title, p.text): turn_id(n) for n, p in enumerate(passages)}
    by_title: dict[str, str] = {}
    for n, passage in enumerate(passages):
        by_title.setdefault(passage.title, turn_id(n))
    questions = tuple(_labelled(sample, by_text, by_title) for sample in samples)
    kept = tuple(question for question in questions if question.evidence)
    return data_of(passages, kept, name=name, unlabelled=len(questions) - len(kept))


def data_of(
    passages: Sequence[Passage],
    questions: tuple[LabelledQuestion, ...],
    *,
    name: str,
    unlabelled: int = 0,
) -> DataSet:
    """Return the data set of one space that holds every passage; evidence is by `turn_id`."""
    sessions = tuple(
        Session(
            name=f"passage-{n}",
            title=passage.title,
            turns=(Utterance(id=turn_id(n), text=f"{passage.title}\n{passage.text}"),),
        )
        for n, passage in enumerate(passages)
    )
    space = Asked(name=name, sessions=sessions, questions=questions)
    return DataSet(name=name, spaces=(space,), unlabelled=unlabelled, baselines=BASELINES)


def recorded_of(
    passages: Sequence[Passage], extracted: Iterable[Extracted]
) -> dict[str, Extracted]:
    """Return by turn what a recorded extraction found in its passage; a passage may have none.

    They are matched by the passage's text, its title as the first line.
    """
    by_text = {each.passage: each for each in extracted}
    texts = ((turn_id(n), f"{p.title}\n{p.text}") for n, p in enumerate(passages))
    return {turn: by_text[text] for turn, text in texts if text in by_text}


def turn_id(number: int) -> str:
    """Return the id of the passage that stands at this place of the corpus, from 0."""
    return str(number)


class _Paragraph(BaseModel):
    title: str
    paragraph_text: str
    is_supporting: bool = False


class _Sample(BaseModel):
    question: str = Field(min_length=1)
    id: str = ""
    type: str = ""
    paragraphs: list[_Paragraph] = Field(default_factory=list)
    supporting_facts: list[tuple[str, Any]] = Field(default_factory=list)


_SAMPLES = TypeAdapter(Annotated[list[_Sample], Field(min_length=1)])
_CORPUS: TypeAdapter[list[Passage] | dict[str, list[str]]] = TypeAdapter(
    Annotated[list[Passage], Field(min_length=1)]
    | Annotated[dict[str, list[str]], Field(min_length=1)]
)


def _labelled(
    sample: _Sample, by_text: Mapping[tuple[str, str], str], by_title: Mapping[str, str]
) -> LabelledQuestion:
    try:
        evidence = frozenset(_evidence(sample, by_text, by_title))
    except KeyError as error:
        detail = f"the corpus does not hold the passage {error}, on which a question rests."
        raise of_another_shape(sample.question, SCHEMA, detail) from error
    return LabelledQuestion(sample.question, _category(sample, evidence), evidence)


def _evidence(
    sample: _Sample, by_text: Mapping[tuple[str, str], str], by_title: Mapping[str, str]
) -> Iterator[str]:
    yield from (by_text[p.title, p.paragraph_text] for p in sample.paragraphs if p.is_supporting)
    yield from (by_title[title] for title, _ in sample.supporting_facts)


def _category(sample: _Sample, evidence: frozenset[str]) -> str:
    """Return the number of hops, as the data says it or else as many as there are passages."""
    said = _HOPS.match(sample.id)
    hops = f"{said[1] if said else len(evidence)} hops"
    return f"{hops}, {sample.type}" if sample.type else hops
