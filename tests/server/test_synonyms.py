"""Synonyms over HTTP: a setting, and work that the enrichment tells of."""

from dataclasses import asdict

from memsvc.domain.knowledge import SynonymSearch
from memsvc.sdk.wire import SynonymsInfo, SynonymsSaid
from tests.server.front import Front
from tests.waiting import eventually


def set_to(front: Front, space: str, synonyms: object) -> object:
    path = f"/v1/spaces/{space}"
    tag = front.ask("GET", path).headers["ETag"]
    done = front.ask("PATCH", path, json={"synonyms": synonyms}, headers={"If-Match": tag})
    assert done.status_code == 200, done.text
    return done.json()["settings"]["synonyms"]


def test_an_empty_setting_asks_for_synonyms_as_calibrated(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    assert set_to(front, space, {}) == {"least_cosine": 0.8}
    assert set_to(front, space, {"least_cosine": 0.9}) == {"least_cosine": 0.9}
    assert set_to(front, space, None) is None


def test_the_enrichment_tells_of_names_that_wait_or_were_compared(front: Front) -> None:
    space = front.space()
    front.write(space, "We spoke of World War II.", "Nothing much.")
    path = f"/v1/spaces/{space}/enrichment"
    assert eventually(lambda: not front.ask("GET", path).json()["waiting"])
    before = front.ask("GET", path).json()["done"]

    set_to(front, space, {})

    told = front.ask("GET", path).json()  # the worker may have been quicker
    assert told["waiting"].get("names", 0) + told["done"] - before == 1


def test_the_defaults_on_the_wire_are_those_of_the_domain() -> None:
    for shape in (SynonymsSaid(), SynonymsInfo()):
        assert shape.model_dump() == asdict(SynonymSearch())
