"""The client that waits and the one that awaits have one surface."""

import inspect
from collections.abc import AsyncIterator

import pytest

from memsvc.sdk.aio import (
    AsyncCanaries,
    AsyncClient,
    AsyncDocuments,
    AsyncEntities,
    AsyncExperiences,
    AsyncFacts,
    AsyncFeedback,
    AsyncGraph,
    AsyncKeys,
    AsyncLinks,
    AsyncMerges,
    AsyncNotes,
    AsyncPinned,
    AsyncQuarantine,
    AsyncReceipts,
    AsyncReembed,
    AsyncSpace,
    AsyncUnlinkings,
)
from memsvc.sdk.canary_verbs import Canaries
from memsvc.sdk.client import Client, Keys, Space
from memsvc.sdk.document_verbs import Documents
from memsvc.sdk.entity_verbs import Entities, Merges, Unlinkings
from memsvc.sdk.experience_verbs import Experiences
from memsvc.sdk.fact_verbs import Facts
from memsvc.sdk.feedback_verbs import Feedback
from memsvc.sdk.graph_verbs import Graph
from memsvc.sdk.note_verbs import Links, Notes
from memsvc.sdk.pinned_verbs import Pinned
from memsvc.sdk.quarantine_verbs import Quarantine
from memsvc.sdk.receipt_verbs import Receipts
from memsvc.sdk.reembedding_verbs import Reembed

PARTS = {
    "documents": (Documents, AsyncDocuments),
    "facts": (Facts, AsyncFacts),
    "notes": (Notes, AsyncNotes),
    "links": (Links, AsyncLinks),
    "entities": (Entities, AsyncEntities),
    "merges": (Merges, AsyncMerges),
    "unlinked": (Unlinkings, AsyncUnlinkings),
    "quarantine": (Quarantine, AsyncQuarantine),
    "receipts": (Receipts, AsyncReceipts),
    "experiences": (Experiences, AsyncExperiences),
    "feedback": (Feedback, AsyncFeedback),
    "pinned": (Pinned, AsyncPinned),
    "canaries": (Canaries, AsyncCanaries),
    "graph": (Graph, AsyncGraph),
}
PAIRS = [
    (Client, AsyncClient),
    (Space, AsyncSpace),
    (Keys, AsyncKeys),
    (Reembed, AsyncReembed),
    *PARTS.values(),
]
AWAITED_NAMES = {"close": "aclose"}
RETURNS_OF_ITS_OWN = {"keys", "reembedding", "at", "space", *PARTS}
"""They ask the service nothing and return the other colour's things, so they are written twice."""


def surface(owner: type) -> dict[str, object]:
    names = [name for name in dir(owner) if not name.startswith("_")]
    return {name: inspect.getattr_static(owner, name) for name in names}


def parameters(verb: object) -> list[tuple[str, object, object]]:
    assert callable(verb)
    return [
        (one.name, one.kind, one.default) for one in inspect.signature(verb).parameters.values()
    ]


def verbs(owner: type) -> list[str]:
    return [name for name, thing in surface(owner).items() if inspect.isfunction(thing)]


@pytest.mark.parametrize(("plain", "awaited"), PAIRS)
def test_both_have_the_same_names(plain: type, awaited: type) -> None:
    expected = {AWAITED_NAMES.get(name, name) for name in surface(plain)}

    assert set(surface(awaited)) == expected


@pytest.mark.parametrize(("plain", "awaited"), PAIRS)
def test_every_verb_takes_the_same_arguments_and_says_the_same(plain: type, awaited: type) -> None:
    for name in verbs(plain):
        one, other = surface(plain)[name], surface(awaited)[AWAITED_NAMES.get(name, name)]
        assert parameters(one) == parameters(other), name
        assert inspect.getdoc(one), name
        assert inspect.getdoc(one) == inspect.getdoc(other), name


@pytest.mark.parametrize(("plain", "awaited"), PAIRS)
def test_a_verb_that_lists_is_walked_and_every_other_one_awaited(
    plain: type, awaited: type
) -> None:
    for name in verbs(plain):
        if name in RETURNS_OF_ITS_OWN:
            continue
        lists = "Iterator[" in str(inspect.signature(getattr(plain, name)).return_annotation)
        verb = getattr(awaited, AWAITED_NAMES.get(name, name))
        assert inspect.iscoroutinefunction(verb) != lists, name


def test_every_part_of_a_space_has_its_twin() -> None:
    plain, awaiting = (
        Client("http://127.0.0.1:9", "none"),
        AsyncClient("http://127.0.0.1:9", "none"),
    )
    spaces = plain.space("alice"), awaiting.space("alice")
    parts = {name for name, thing in surface(Space).items() if isinstance(thing, property)}

    found = {part: tuple(type(getattr(space, part)) for space in spaces) for part in parts}

    assert found == PARTS
    plain.close()


def test_what_lists_is_an_async_iterator() -> None:
    client = AsyncClient("http://127.0.0.1:9", "none")
    space = client.space("alice")
    walks: list[object] = [client.spaces(), client.recipes(), client.keys.list()]
    walks += [space.turns(), space.streams(), space.events(), space.ledger()]
    walks += [space.documents.list()]

    assert all(isinstance(walk, AsyncIterator) for walk in walks)


def test_both_are_made_from_the_same_arguments() -> None:
    assert parameters(Client)[:-3] == parameters(AsyncClient)[:-3]
    assert [one[0] for one in parameters(Client)] == [one[0] for one in parameters(AsyncClient)]
