"""Reads recorded extractions in the form of HippoRAG's OpenIE files.

    {"docs": [{"passage": "…",
               "extracted_entities": ["…"],
               "extracted_triples": [["subject", "relation", "object"]]}]}

They were written by a language model, so nothing in them is trusted: a triple that has not three
strings is passed over and counted, as about one in ten is with small models; a file that is no such
file at all is refused.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memsvc.domain.errors import InvalidField
from memsvc.ingest.extract.mention import normal


@dataclass(frozen=True, slots=True)
class Triple:
    """What a passage says of something: subject, relation, object, as they are written there."""

    subject: str
    relation: str
    object: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was extracted from one passage. `passed_over` counts entries in no usable form."""

    passage: str
    entities: tuple[str, ...]
    triples: tuple[Triple, ...]
    passed_over: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The normal names of entities, subjects and objects, each once, in order."""
        ends = (end for triple in self.triples for end in (triple.subject, triple.object))
        found = (normal(text) for text in (*self.entities, *ends))
        return tuple(dict.fromkeys(name for name in found if name))


def read_openie(content: bytes, *, name: str) -> tuple[Extracted, ...]:
    """Read a file of recorded extractions; `name` is what errors call it. Raises `InvalidField`."""
    try:
        found = json.loads(content)
    except ValueError as error:
        raise _unreadable(name, f"it is no JSON ({error})") from error
    docs = found.get("docs") if isinstance(found, dict) else None
    if not isinstance(docs, list):
        raise _unreadable(name, 'it holds no list "docs"')
    return tuple(_extracted(doc, where=f"{name}, docs[{n}]") for n, doc in enumerate(docs))


def _extracted(doc: Any, *, where: str) -> Extracted:
    if not isinstance(doc, dict) or not isinstance(doc.get("passage"), str):
        raise _unreadable(where, 'it has no text "passage"')
    written, told = (_list(doc, key, where=where) for key in _LISTS)
    entities = tuple(entity for entity in written if isinstance(entity, str))
    triples = tuple(_triples(told))
    passed_over = len(written) - len(entities) + len(told) - len(triples)
    return Extracted(doc["passage"], entities, triples, passed_over)


_LISTS = ("extracted_entities", "extracted_triples")


def _list(doc: dict[str, Any], key: str, *, where: str) -> list[Any]:
    found = doc.get(key, [])
    if not isinstance(found, list):
        raise _unreadable(where, f'its "{key}" is no list')
    return found


def _triples(told: list[Any]) -> Iterator[Triple]:
    for parts in told:
        if isinstance(parts, list) and len(parts) == 3 and all(isinstance(p, str) for p in parts):  # noqa: PLR2004 - a triple
            yield Triple(*parts)


def _unreadable(where: str, detail: str) -> InvalidField:
    return InvalidField(
        f"{where} is not in the form of HippoRAG's OpenIE files: {detail}.", field="openie"
    )
