"""What stands in the folder of an exported model, and whether it can be trusted.

    model.onnx           token ids in, one unit vector a text out: pooling and scaling included
    tokenizer.json       how text becomes token ids
    projection.npy       what vectors of tokens are made small by; `memsvc.llm.projection` has how
    memsvc-model.json    the card: which model this is, and the checksums of the others

Folders that were made before vectors of tokens were kept have no projection, and go on without.

The folder is made once by `memsvc.llm.embed_st` and read by `memsvc.llm.embed_onnx`. It may be
copied to a machine that has no torch. This module runs neither of them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from memsvc.domain.errors import ModelMissing
from memsvc.domain.memory import Fingerprint

GRAPH_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
PROJECTION_FILE = "projection.npy"
CARD_FILE = "memsvc-model.json"

PRECISION = "fp32"
"""The only precision that is exported: int8 changes 13 % of the top ten (docs: measured)."""

_FILES = (GRAPH_FILE, TOKENIZER_FILE)


@dataclass(frozen=True, slots=True)
class Card:
    """Which model a folder holds.

    `weights` is the checksum of the model's parameters, in hex. Vectors are told apart by it and
    not by the graph's bytes, so that another release of the exporter, or the same model run by
    sentence-transformers, goes on with the vectors that are there. `sha256` is by file name.
    """

    name: str
    precision: str
    dimension: int
    max_tokens: int
    weights: str
    sha256: Mapping[str, str]

    @property
    def fingerprint(self) -> Fingerprint:
        """What every vector of the model carries."""
        return fingerprint(self.name, weights=self.weights, dimension=self.dimension)

    @property
    def tells_tokens(self) -> bool:
        """Whether the graph has vectors of tokens too, and the folder what makes them small."""
        return PROJECTION_FILE in self.sha256


_CARD = TypeAdapter(Card)


def fingerprint(name: str, *, weights: str, dimension: int) -> Fingerprint:
    """Name a model by its short checksum too, so that two models of one name never mix."""
    return Fingerprint(f"{name}@{weights[:8]}", PRECISION, dimension)


def is_ready(folder: Path) -> bool:
    """Tell whether every file is there; `read` also checks what is in them."""
    return all((folder / name).is_file() for name in (*_FILES, CARD_FILE))


def read(folder: Path) -> Card:
    """Return the card of a folder whose files are those that the card was written for.

    Raises `ModelMissing` when a file is absent, unreadable or has changed since.
    """
    if not is_ready(folder):
        raise _unusable(folder, "it does not hold " + ", ".join((*_FILES, CARD_FILE)))
    try:
        card = _CARD.validate_json((folder / CARD_FILE).read_bytes())
    except ValidationError as error:
        raise _unusable(folder, f"its {CARD_FILE} cannot be read") from error
    for name in (*_FILES, *((PROJECTION_FILE,) if card.tells_tokens else ())):
        if not (folder / name).is_file():
            raise _unusable(folder, f"it does not hold {name}")
        if card.sha256.get(name) != _sha256(folder / name):
            raise _unusable(folder, f"its {name} is not the file that {CARD_FILE} describes")
    return card


def write_card(folder: Path, name: str, *, dimension: int, max_tokens: int, weights: str) -> Card:
    """Write the card for the files that stand in `folder`: the last step of making it."""
    card = Card(
        name=name,
        precision=PRECISION,
        dimension=dimension,
        max_tokens=max_tokens,
        weights=weights,
        sha256={
            file: _sha256(folder / file)
            for file in (*_FILES, PROJECTION_FILE)
            if (folder / file).is_file()
        },
    )
    (folder / CARD_FILE).write_bytes(_CARD.dump_json(card, indent=2) + b"\n")
    return card


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unusable(folder: Path, reason: str) -> ModelMissing:
    return ModelMissing(
        f"The folder {folder} is not a ready ONNX model: {reason}. Delete the folder to have it "
        "made again at the next start, or name a ready one in MEMSVC_EMBEDDER."
    )
