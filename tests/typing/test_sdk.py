"""What a type checker must say of a program that uses the SDK: these lines are its test.

mypy --strict reads this file with the rest. A verb whose types were lost on the way would make it
fail here, and so would an ignore that nothing needs.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import assert_type

from memsvc import AsyncClient, AsyncSpace, Client, Space
from memsvc.sdk.entities import (
    EntityDetail,
    EntityInfo,
    MergeInfo,
    RenamedInfo,
    Unlinked,
    UnlinkingInfo,
)
from memsvc.sdk.events import EventInfo, OpenTail, SurpriseCurve
from memsvc.sdk.facts import DeletedFact, FactInfo, StatedFacts
from memsvc.sdk.graphs import GraphStats, GraphView
from memsvc.sdk.notes import (
    DeletedNote,
    LinkInfo,
    NoteInfo,
    NoteVersion,
    RetiredLink,
    WrittenNote,
)
from memsvc.sdk.novelty import NoveltyFound
from memsvc.sdk.receipts import Forgotten, ReceiptCheck, ReceiptInfo
from memsvc.sdk.rollbacks import RolledBack, StateDigest
from memsvc.sdk.wire import (
    ContextTurn,
    MadeKey,
    Ordered,
    PlaceInfo,
    Recalled,
    ServiceInfo,
    SpaceInfo,
    TimelineItem,
    TurnInfo,
    Whereabouts,
    Written,
)


def plain(client: Client, space: Space) -> None:
    assert_type(client.space("alice"), Space)
    assert_type(client.spaces(), Iterator[SpaceInfo])
    assert_type(client.keys.create("phone", role="reader", spaces=["alice"]), MadeKey)
    assert_type(space.write("chat", [{"content": "tea"}], embed="later"), Written)
    assert_type(space.recall("tea?", k=3), Recalled)
    assert_type(space.recall("tea?", k="auto", order="auto", repeat=True), Recalled)
    assert_type(space.order("tea", "soup"), Ordered)
    assert_type(space.novelty("tea", k=1), NoveltyFound)
    assert_type(next(space.timeline(place="hall")), TimelineItem)
    assert_type(next(space.places()), PlaceInfo)
    assert_type(space.whereabouts("bag"), Whereabouts)
    assert_type(
        space.recall("tea?", kinds=["event"], order="score", contiguity=0.5).context_turns,
        list[ContextTurn],
    )
    assert_type(next(space.turns(stream="chat")), TurnInfo)
    assert_type(space.events(stream="chat"), Iterator[EventInfo])
    assert_type(space.tail("chat"), OpenTail)
    assert_type(space.curve("chat", points=9), SurpriseCurve)
    assert_type(client.service(), ServiceInfo)
    assert_type(space.facts.state([]), StatedFacts)
    assert_type(space.facts.list(entity="tea"), Iterator[FactInfo])
    assert_type(space.notes.create("tea", tags=["drinks"]), WrittenNote)
    assert_type(space.notes.list(tag="drinks"), Iterator[NoteInfo])
    assert_type(space.notes.edit("n_1", version=1, tags=[]), NoteInfo)
    assert_type(space.notes.versions("n_1"), Sequence[NoteVersion])
    assert_type(space.notes.delete("n_1"), DeletedNote)
    assert_type(space.links.create("n_1", "n_2", kind="elaborates"), LinkInfo)
    assert_type(space.links.list(note="n_1"), Iterator[LinkInfo])
    assert_type(space.links.delete("l_1"), RetiredLink)
    assert_type(space.entities.list(prefix="j"), Iterator[EntityInfo])
    assert_type(space.entities.get("Jaws"), EntityDetail)
    assert_type(space.entities.merge("Jaws", "Shark"), MergeInfo)
    assert_type(space.entities.rename("Jaws", "Bruce"), RenamedInfo)
    assert_type(space.merges.list(), Iterator[MergeInfo])
    assert_type(space.entities.unlink("Jaws", ["t_1"]), Unlinked)
    assert_type(space.unlinked.list(turn="t_1"), Iterator[UnlinkingInfo])
    assert_type(space.forget(subject="Jaws", dry_run=True), Forgotten)
    assert_type(space.rollback(12, reason="it was wrong", dry_run=True), RolledBack)
    assert_type(space.at(12).digest(), StateDigest)
    assert_type(space.receipts.list(), Iterator[ReceiptInfo])
    assert_type(space.receipts.verify("r_1"), ReceiptCheck)
    assert_type(space.graph.around("entity:Jaws", kinds=["mention"]), GraphView)
    assert_type(space.graph.activated("Jaws?"), GraphView)
    assert_type(space.graph.stats(), GraphStats)
    assert_type(space.graph.export("json"), Iterator[bytes])
    assert_type(space.configure(version=0, segmentation={"gamma": 2}), SpaceInfo)


async def awaited(client: AsyncClient, space: AsyncSpace) -> None:
    assert_type(client.space("alice"), AsyncSpace)
    assert_type(client.spaces(), AsyncIterator[SpaceInfo])
    assert_type(await client.keys.create("phone", role="reader", spaces=["alice"]), MadeKey)
    assert_type(await space.write("chat", [{"content": "tea"}], embed="later"), Written)
    assert_type(await space.recall("tea?", k=3), Recalled)
    assert_type(await space.order("tea", "soup"), Ordered)
    assert_type(await space.novelty("tea"), NoveltyFound)
    assert_type(await anext(space.timeline(place="hall")), TimelineItem)
    assert_type(await anext(space.places()), PlaceInfo)
    assert_type(await space.whereabouts("bag"), Whereabouts)
    assert_type(await anext(space.turns(stream="chat")), TurnInfo)
    assert_type(space.events(stream="chat"), AsyncIterator[EventInfo])
    assert_type(await space.event("e_1"), EventInfo)
    assert_type(await space.curve("chat"), SurpriseCurve)
    assert_type(await client.service(), ServiceInfo)
    assert_type(await space.facts.state([]), StatedFacts)
    assert_type(space.facts.list(turn="t_1"), AsyncIterator[FactInfo])
    assert_type(await space.facts.delete("f_1"), DeletedFact)
    assert_type(await space.notes.create("tea"), WrittenNote)
    assert_type(space.notes.list(text="tea"), AsyncIterator[NoteInfo])
    assert_type(await space.notes.get("n_1"), NoteInfo)
    assert_type(await space.links.create("n_1", "n_2"), LinkInfo)
    assert_type(space.links.list(), AsyncIterator[LinkInfo])
    assert_type(space.entities.list(), AsyncIterator[EntityInfo])
    assert_type(await space.entities.get("Jaws"), EntityDetail)
    assert_type(await space.entities.merge("Jaws", "Shark"), MergeInfo)
    assert_type(await space.entities.rename("Jaws", "Bruce"), RenamedInfo)
    assert_type(await anext(space.merges.list()), MergeInfo)
    assert_type(await space.entities.unlink("Jaws", ["t_1"]), Unlinked)
    assert_type(await anext(space.unlinked.list(turn="t_1")), UnlinkingInfo)
    assert_type(await space.forget(turns=["t_1"], where={"streams": ["chat"]}), Forgotten)
    assert_type(await space.rollback(run="u_1"), RolledBack)
    assert_type(await space.digest(), StateDigest)
    assert_type(space.receipts.list(), AsyncIterator[ReceiptInfo])
    assert_type(await space.receipts.get("r_1"), ReceiptInfo)
    assert_type(await space.receipts.verify("r_1"), ReceiptCheck)
    await space.forget(subjects="Jaws")  # type: ignore[call-arg]
    assert_type(await space.graph.around("turn:t_1", depth=2), GraphView)
    assert_type(await space.graph.stats(), GraphStats)
    assert_type(space.graph.export(), AsyncIterator[bytes])
    await space.graph.around("turn:t_1", kinds=["friendship"])  # type: ignore[list-item]
    await space.graph.activated("Jaws?", depth=2)  # type: ignore[call-arg]
    await space.recall("tea?", kk=3)  # type: ignore[call-arg]
    await space.recall("tea?", kinds=["dream"])  # type: ignore[list-item]
    await space.write("chat", [{"content": "tea"}], embed="never")  # type: ignore[arg-type]
    await space.revise("t_1", place="home")  # type: ignore[call-arg]


def test_the_lines_above_are_there_for_the_type_checker() -> None:
    assert plain.__annotations__["return"] is None
    assert awaited.__annotations__["return"] is None
