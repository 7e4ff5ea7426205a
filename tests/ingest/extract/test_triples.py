import json
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.ingest.extract.triples import Triple, read_openie

DOC: dict[str, Any] = {
    "passage": "Jaws\nJaws was directed by Steven Spielberg.",
    "extracted_entities": ["Jaws", "Steven Spielberg"],
    "extracted_triples": [["Jaws", "directed by", "Steven Spielberg"], ["Jaws", "is"], "broken"],
}


def content(*docs: object, **more: object) -> bytes:
    return json.dumps({"docs": list(docs), **more}).encode()


def test_entities_and_triples_are_read_by_passage() -> None:
    (found,) = read_openie(content(DOC, avg_ent_chars=None), name="small")

    assert found.passage == DOC["passage"]
    assert found.triples == (Triple("Jaws", "directed by", "Steven Spielberg"),)
    assert found.names == ("jaws", "steven spielberg")


def test_what_has_no_usable_form_is_passed_over_and_counted() -> None:
    (found,) = read_openie(content({**DOC, "extracted_entities": ["Jaws", 3]}), name="small")

    assert found.passed_over == 3


def test_a_passage_may_name_nothing() -> None:
    (found,) = read_openie(content({"passage": "Hm."}), name="small")

    assert found.names == ()


@pytest.mark.parametrize(
    ("broken", "detail"),
    [
        (b"{", "it is no JSON"),
        (b"[]", 'it holds no list "docs"'),
        (content({"title": "Jaws"}), "small, docs[0] is not in the form"),
        (content({**DOC, "extracted_entities": "Jaws"}), '"extracted_entities" is no list'),
    ],
)
def test_another_file_is_refused_with_what_is_wrong(broken: bytes, detail: str) -> None:
    with pytest.raises(InvalidField, match="OpenIE") as refused:
        read_openie(broken, name="small")

    assert detail in str(refused.value)
