"""ConflictQA: passages that answer a question yes, and passages that answer it no.

Reads the schema in which its authors publish it (Xie et al., "Adaptive Chameleon or Stubborn
Sloth", arXiv 2305.13300): for each question what a model had in memory, a passage for the contrary,
and for each of the two a piece of evidence on the same side. Two passages of different sides
contradict each other; a passage and the evidence of its own side do not. Whether a text was written
by people or by a model says nothing of its side: both kinds stand on both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from memsvc.evals.datasets.dataset import of_another_shape
from memsvc.sdk.faults import invalid_field

SCHEMA = "ConflictQA"

MEMORIES, EVIDENCE, STRANGERS = "memories", "evidence", "other questions"
"""The passages of both sides beside each with its evidence; the same with each passage beside the
evidence of the other side; and passages of different questions, which have nothing to do with each
other."""


@dataclass(frozen=True, slots=True)
class PairOfTexts:
    """Two texts, the question that the first is on, by its number, and whether they contradict."""

    one: str
    other: str
    question: int
    contradict: bool


class _Sample(BaseModel):
    question: str = Field(min_length=1)
    parametric_memory: str = Field(min_length=1)
    counter_memory: str = Field(min_length=1)
    parametric_memory_aligned_evidence: str = Field(min_length=1)
    counter_memory_aligned_evidence: str = Field(min_length=1)


_SAMPLES = TypeAdapter(list[_Sample])


def load_conflictqa(path: Path) -> dict[str, list[PairOfTexts]]:
    """Read a file and return its pairs by kind. Raises `InvalidField` for another schema."""
    return parse_conflictqa(path.read_bytes(), name=path.stem)


def parse_conflictqa(content: bytes, *, name: str) -> dict[str, list[PairOfTexts]]:
    """Read the content of such a file, which has four questions at least."""
    try:
        samples = _SAMPLES.validate_json(content)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error
    if len(samples) < 4:  # noqa: PLR2004  two to fit by, two to show it on
        raise of_another_shape(name, SCHEMA, f"it has {len(samples)} questions, and 4 are needed.")
    return {
        MEMORIES: _of_memories(samples),
        EVIDENCE: _of_evidence(samples),
        STRANGERS: _of_strangers(samples),
    }


def _of_memories(samples: Sequence[_Sample]) -> list[PairOfTexts]:
    """Pair the two memories, and one of them with its own evidence, by turns the one and other."""
    pairs = []
    for number, sample in enumerate(samples):
        memory, counter = sample.parametric_memory, sample.counter_memory
        own, others = (
            sample.parametric_memory_aligned_evidence,
            sample.counter_memory_aligned_evidence,
        )
        same = (memory, own) if number % 2 == 0 else (counter, others)
        pairs += [
            PairOfTexts(memory, counter, number, contradict=True),
            PairOfTexts(*same, number, contradict=False),
        ]
    return pairs


def _of_evidence(samples: Sequence[_Sample]) -> list[PairOfTexts]:
    """Pair both memories with the evidence of both sides: every text is as often in either kind."""
    pairs = []
    for number, sample in enumerate(samples):
        sides = (
            (sample.parametric_memory, sample.parametric_memory_aligned_evidence),
            (sample.counter_memory, sample.counter_memory_aligned_evidence),
        )
        pairs += [
            PairOfTexts(memory, evidence, number, contradict=mine != others)
            for mine, (memory, _) in enumerate(sides)
            for others, (_, evidence) in enumerate(sides)
        ]
    return pairs


def _of_strangers(samples: Sequence[_Sample]) -> list[PairOfTexts]:
    """Pair each memory with the counter memory of the next question of its half."""
    half = len(samples) // 2
    halves = samples[:half], samples[half:]
    return [
        PairOfTexts(
            sample.parametric_memory,
            part[(place + 1) % len(part)].counter_memory,
            begin + place,
            contradict=False,
        )
        for begin, part in zip((0, half), halves, strict=True)
        for place, sample in enumerate(part)
    ]
