"""Which data sets a folder holds, told by what is in its files, wherever they lie below it."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from memsvc.evals.datasets.beam import CHATS, load_beam
from memsvc.evals.datasets.dataset import DataSet, LabelledQuestion
from memsvc.evals.datasets.locomo import load_locomo
from memsvc.evals.datasets.longmemeval import load_longmemeval
from memsvc.evals.datasets.multihop import load_corpus, load_multihop

POOLED = "LongMemEval, pooled"
LOCOMO, HAYSTACKS, BEAM, MULTIHOP = "LoCoMo", "LongMemEval", "BEAM", "multihop"
CORPUS, OPENIE = "_corpus.json", "_openie*.json"
"""What stands behind the name of a file of multi-hop questions: its passages, and extractions."""


@dataclass(frozen=True, slots=True)
class Held:
    """A data set of a folder: of what kind it is, its title, and how it is read.

    `corpus` and `openie` are the files of multi-hop questions.
    """

    kind: str
    title: str
    load: Callable[[], DataSet]
    corpus: Path | None = None
    openie: Path | None = None


def held_in(folder: Path) -> list[Held]:
    """Return every data set below a folder, by kind and path.

    Told by what a file holds, whatever it is called; but multi-hop questions by the corpus that
    stands beside them (`NAME.json`, `NAME_corpus.json`, perhaps `NAME_openie*.json`).
    """
    found = [*_chats(folder)]
    for file in sorted(folder.rglob("*.json")):
        found.extend(_in_file(file))
    order = [LOCOMO, POOLED, HAYSTACKS, BEAM, MULTIHOP]
    return sorted(found, key=lambda held: order.index(held.kind))


def questions_of(held: Iterable[Held], dataset: str, *, count: int) -> Sequence[LabelledQuestion]:
    """Return the first questions of the data set of this name; none where it is not held."""
    for one in held:
        data = one.load()
        if data.name == dataset and len(data.questions) >= count:
            return data.questions[:count]
    return ()


def _chats(folder: Path) -> Iterator[Held]:
    chats = {file.parent for name in CHATS for file in folder.rglob(name)}
    for parent in sorted({chat.parent for chat in chats}):
        yield Held(BEAM, f"{BEAM} {parent.name}", partial(load_beam, parent))


def _in_file(file: Path) -> Iterator[Held]:
    corpus = file.with_name(f"{file.stem}{CORPUS}")
    if corpus.exists():
        recorded = sorted(file.parent.glob(f"{file.stem}{OPENIE}"))
        openie = recorded[0] if recorded else None
        yield Held(MULTIHOP, file.stem, partial(_hops, file, corpus), corpus, openie)
    elif {"sample_id", "conversation", "qa"} <= (keys := _keys(file)):
        yield Held(LOCOMO, f"{LOCOMO} {file.stem}", partial(load_locomo, file))
    elif {"question_id", "haystack_sessions"} <= keys:
        for kind, pooled in ((POOLED, True), (HAYSTACKS, False)):
            load = partial(load_longmemeval, file, pooled=pooled)
            yield Held(kind, f"{kind} {file.stem}", load)


def _hops(questions: Path, corpus: Path) -> DataSet:
    return load_multihop(questions, load_corpus(corpus))


def _keys(file: Path) -> set[str]:
    """Return the keys of the first object of a list; nothing for any other file."""
    try:
        content: Any = json.loads(file.read_bytes())
    except ValueError:  # whatever else lies there is no data set
        return set()
    first = content[0] if isinstance(content, list) and content else None
    return set(first) if isinstance(first, dict) else set()
