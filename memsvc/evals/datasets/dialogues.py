"""Dialogues whose topics were marked by people: what cutting streams into events is held against.

Reads lists of `{utterances, segments, set}`: the texts in order, the lengths of the segments that
they fall into, and the split. TIAGE (Xie et al. 2021, arXiv 2109.04562) and DialSeg711 (Xu et al.
2021, arXiv 2012.07311) are kept so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator

from memsvc.evals.datasets.dataset import of_another_shape
from memsvc.evals.scoring.boundaries import Boundaries
from memsvc.sdk.faults import invalid_field

SCHEMA = "a set of segmented dialogues"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Utterances in order and before which of them people saw a topic begin; `part` its split."""

    texts: tuple[str, ...]
    begins: Boundaries
    part: str


def load_dialogues(paths: Sequence[Path]) -> list[Dialogue]:
    """Read files of dialogues one after the other.

    Raises `InvalidField` that says which file is not as it should be, and how.
    """
    return [each for path in paths for each in parse_dialogues(path.read_bytes(), name=path.stem)]


def parse_dialogues(content: bytes, *, name: str) -> list[Dialogue]:
    """Read the content of such a file."""
    try:
        found = TypeAdapter(Annotated[list[_Marked], Field(min_length=1)]).validate_json(content)
    except ValidationError as error:
        raise of_another_shape(name, SCHEMA, invalid_field(error).detail) from error
    return [
        Dialogue(tuple(marked.utterances), _begins(marked.segments), marked.part)
        for marked in found
    ]


class _Marked(BaseModel):
    utterances: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1)
    segments: list[Annotated[int, Field(ge=1)]]
    part: str = Field(alias="set", default="all")

    @model_validator(mode="after")
    def _segments_hold_every_utterance(self) -> "_Marked":
        if sum(self.segments) != len(self.utterances):
            message = f"segments hold {sum(self.segments)} of {len(self.utterances)} utterances"
            raise ValueError(message)
        return self


def _begins(segments: Sequence[int]) -> Boundaries:
    begins = np.zeros(sum(segments), dtype=bool)
    begins[np.cumsum(segments)[:-1]] = True
    return begins
