"""As of: what the service would have said then, asked later."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from memsvc.app.links import NewLink
from memsvc.app.notes import Edit, ShownNote, WhichNotes
from memsvc.app.survey import Format
from memsvc.domain.episode import Segmentation
from memsvc.domain.errors import InvalidField, MemsvcError, SpaceNotFound, StoreUnavailable
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import NewTurn, SpaceSettings, Turn
from memsvc.domain.note import Facets, Link, LinkKind, NewNote
from memsvc.domain.recall import Filter, Kind, Question
from memsvc.domain.receipt import Wanted
from memsvc.wiring import Service
from tests.postgres import on_either
from tests.worlds import World, open_world

ALICE = SpaceName("alice")
WHO = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Lisbon", "Kyoto", "Mount Fuji")
GIVEN = ("Countess", "Zorro")
"""What some of them are called, which no turn writes."""
QUESTIONS = (
    "Where did Ada Lovelace go in Kyoto?",
    "the ledger of engines",
    "Who met Grace Hopper?",
)


def then(world: World, as_of: int) -> Service:
    return world.service.at(world.service.look_back(world.admin, [ALICE], as_of))


def answers(world: World, service: Service) -> dict[str, Any]:
    """Ask everything that can be asked of a space."""
    admin = world.admin
    every: Any = {"after": None, "limit": 500}
    turns = service.inspect.turns(admin, ALICE, Filter(), **every).items
    streams = service.inspect.streams(admin, ALICE, **every)
    entities = service.entities.page(admin, ALICE, prefix="", **every).items
    documents = service.documents.page(admin, ALICE, **every)
    return {
        "space": service.inspect.space(admin, ALICE),
        "turns": [(turn, service.recount.of_turn(admin, ALICE, turn)) for turn in turns],
        "versions": [service.inspect.versions(admin, ALICE, turn.id) for turn in turns],
        "streams": streams,
        "curves": [
            service.recount.curve(admin, ALICE, one.stream.name, most=9) for one in streams.items
        ],
        "tails": [service.recount.tail(admin, ALICE, one.stream.name) for one in streams.items],
        "events": service.recount.events(
            admin, ALICE, stream=None, since=None, until=None, texts=True, **every
        ),
        "documents": [
            service.documents.get(admin, ALICE, one.document.name) for one in documents.items
        ],
        "facts": service.facts.page(admin, ALICE, entity=None, turn=None, **every),
        "about": [service.facts.page(admin, ALICE, entity=who, turn=None, **every) for who in WHO],
        "notes": notes_of(world, service),
        "links": links_of(world, service),
        "note versions": [
            service.notes.versions(admin, ALICE, shown.note.id)
            for shown in notes_of(world, service)
        ],
        "entities": entities,
        "details": [service.entities.get(admin, ALICE, one.name) for one in entities],
        "unlinkings": service.unlinking.page(admin, ALICE, turn=None, **every),
        "merges": service.merging.merges(admin, ALICE, after=Position(0), limit=500),
        "graph": service.survey.export(admin, ALICE, written_as=Format.JSON, kinds=()),
        "stats": service.survey.stats(admin, ALICE),
        "timeline": service.happened(admin, ALICE, Filter(), **every),
        "places": service.find_places.places(admin, ALICE, **every),
        "receipts": service.receipts.page(admin, ALICE, **every),
        "ledger": service.inspect.ledger(admin, ALICE, after=Position(0), limit=500),
        "recalled": [
            recalled(service, admin, question, kind=kind) for question in QUESTIONS for kind in Kind
        ],
        "walked": [walked(service, admin, question) for question in QUESTIONS],
        "placed": recalled(service, admin, QUESTIONS[0], where=Filter(places=("home",))),
        "edited": recalled(service, admin, QUESTIONS[0], where=Filter(metadata={"seen": 1})),
        "order": service.order(admin, ALICE, "Ada Lovelace", "Grace Hopper", where=Filter()),
    }


def walked(service: Service, admin: Any, text: str) -> Any:
    """Ask by walks over the graph, whose sums are of floats."""
    found = service.recall(admin, ALICE, Question(text), recipe="pagerank")
    return {hit.turn.id: pytest.approx(hit.score, abs=1e-6) for hit in found.hits}


def recalled(service: Service, admin: Any, text: str, **asked: Any) -> Any:
    """Ask, and leave out how long each stage took."""
    found = service.recall(admin, ALICE, Question(text, **asked))
    return replace(found, trace=())


# A history ---------------------------------------------------------------------------------------

whoever = st.sampled_from(WHO)
said = st.builds(
    lambda a, b, n: f"{a} met {b} over the ledger of engines {n}.",
    whoever,
    whoever,
    st.integers(0, 9),
)
steps = st.one_of(
    st.tuples(
        st.just("say"), st.sampled_from(["chat", "log"]), st.lists(said, min_size=1, max_size=4)
    ),
    st.tuples(st.just("revise"), st.integers(0, 99), st.sampled_from([None, "home", "work"])),
    st.tuples(st.just("state"), st.integers(0, 99), whoever, whoever),
    st.tuples(st.just("merge"), whoever, whoever),
    st.tuples(st.just("rename"), whoever, st.sampled_from([*WHO, *GIVEN])),
    st.tuples(st.just("unname"), st.integers(0, 99), whoever),
    st.tuples(st.just("name again"), st.integers(0, 9)),
    st.tuples(st.just("set"), st.sampled_from([None, 30, 60]), st.sampled_from([None, 2, 8])),
    st.tuples(
        st.just("document"),
        st.sampled_from(["guide", "notes"]),
        st.lists(said, min_size=1, max_size=2),
    ),
    st.tuples(st.just("note"), said, st.sampled_from(["bird", "tree"])),
    st.tuples(st.just("edit"), st.integers(0, 99), st.sampled_from(["stone", "bird"])),
    st.tuples(st.just("link"), st.integers(0, 99), st.integers(0, 99)),
    st.tuples(st.just("unlink"), st.integers(0, 99)),
    st.tuples(st.just("wait"), st.integers(1, 600)),
)


def step(world: World, what: str, *how: Any) -> None:
    """Take a step, or leave out one that cannot be taken here."""
    taken: Mapping[str, Callable[..., None]] = {
        "say": say,
        "revise": revise,
        "state": state,
        "merge": merge,
        "rename": rename,
        "unname": unname,
        "name again": name_again,
        "set": set_up,
        "document": write_document,
        "note": note,
        "edit": edit,
        "link": link,
        "unlink": unlink,
        "wait": wait,
    }
    taken[what](world, *how)
    while world.service.enrich.work_once():
        pass


def turns_of(world: World) -> list[Turn]:
    return list(
        world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=500).items
    )


def say(world: World, stream: str, texts: list[str]) -> None:
    world.write(ALICE, stream, *texts)


def revise(world: World, which: int, place: str | None) -> None:
    turns = turns_of(world)
    turn = turns[which % len(turns)]
    world.service.revise(
        world.admin, ALICE, turn.id, version=turn.version, metadata={"seen": which % 2}, place=place
    )


def state(world: World, which: int, subject: str, what: str) -> None:
    turns = turns_of(world)
    known = world.service.facts.page(
        world.admin, ALICE, entity=None, turn=None, after=None, limit=500
    ).items
    if any((each.fact.subject, each.fact.object) == (subject, what) for each in known):
        return  # said anew by another turn
    fact = NewFact(subject, "knows", what, (turns[which % len(turns)].id,))
    world.service.facts.state(world.admin, ALICE, [fact])


def merge(world: World, name: str, into: str) -> None:
    try:
        world.service.merging.merge(world.admin, ALICE, name, into)
    except MemsvcError:
        return


def rename(world: World, name: str, to: str) -> None:
    with suppress(MemsvcError):
        world.service.merging.rename(world.admin, ALICE, name, to)


def unname(world: World, which: int, name: str) -> None:
    turns = turns_of(world)
    try:
        world.service.unlinking.unlink(world.admin, ALICE, name, [turns[which % len(turns)].id])
    except MemsvcError:
        return


def name_again(world: World, which: int) -> None:
    page = world.service.unlinking.page(world.admin, ALICE, turn=None, after=None, limit=99)
    for one in page.items[which % 3 :][:1]:
        world.service.unlinking.undo(world.admin, ALICE, one.id)


def set_up(world: World, days: int | None, shortest: int | None) -> None:
    held = world.service.inspect.space(world.admin, ALICE).space
    cut = None if shortest is None else replace(Segmentation(), min_units=1, max_units=shortest)
    world.service.govern(
        world.admin,
        ALICE,
        SpaceSettings(retention_days=days, segmentation=cut),
        version=held.version,
    )


def write_document(world: World, name: str, texts: list[str]) -> None:
    if not any(
        one.document.name == name
        for one in world.service.documents.page(world.admin, ALICE, after=None, limit=9).items
    ):
        world.document(ALICE, name, *texts, title="Ada Lovelace")


def notes_of(world: World, service: Service) -> Sequence[ShownNote]:
    return service.notes.page(world.admin, ALICE, WhichNotes(), after=None, limit=99).items


def links_of(world: World, service: Service) -> Sequence[Link]:
    return service.links.page(world.admin, ALICE, note=None, after=None, limit=99).items


def note(world: World, text: str, tag: str) -> None:
    world.service.notes.write(world.admin, ALICE, NewNote(text, Facets(tags=(tag,))))


def edit(world: World, which: int, tag: str) -> None:
    for shown in notes_of(world, world.service)[which % 3 :][:1]:
        held = shown.note
        given = Edit(tags=(tag,), reason="because")
        world.service.notes.edit(world.admin, ALICE, held.id, given, version=held.version)


def link(world: World, one: int, other: int) -> None:
    notes = [shown.note.id for shown in notes_of(world, world.service)]
    if len(notes) > 1 and one % len(notes) != other % len(notes):
        new = NewLink(notes[one % len(notes)], notes[other % len(notes)], LinkKind.RELATED)
        world.service.links.make(world.admin, ALICE, new)


def unlink(world: World, which: int) -> None:
    for held in links_of(world, world.service)[which % 3 :][:1]:
        world.service.links.retire(world.admin, ALICE, held.id)


def wait(world: World, minutes: int) -> None:
    world.clock.advance(timedelta(minutes=minutes))


@given(st.lists(steps, min_size=3, max_size=12), st.integers(1, 5))
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a history takes a second or two
)
def test_what_was_said_then_is_said_later_as_of_then(history: list[Any], ask_every: int) -> None:
    with tempfile.TemporaryDirectory() as folder, open_world(Path(folder)) as world:
        world.write(ALICE, "chat", "Ada Lovelace went to Kyoto.", "Grace Hopper met Alan Turing.")
        said_then = {}
        for number, one in enumerate(history):
            if number % ask_every == 0:
                space = world.service.inspect.space(world.admin, ALICE).space
                # Walks over a graph that has grown turn by turn differ in the third digit.
                world.service.shelf.drop(space.key)
                said_then[space.position] = answers(world, world.service)
            step(world, *one)
        for position, told in said_then.items():
            again = answers(world, then(world, position))
            for what, answer in told.items():
                assert again[what] == answer, (what, position)


# What is not as it was ---------------------------------------------------------------------------


def contents(world: World, service: Service) -> list[str]:
    found = service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=500).items
    return [turn.content for turn in found]


def hits(service: Service, world: World, text: str) -> list[str]:
    return [hit.turn.content for hit in service.recall(world.admin, ALICE, Question(text)).hits]


def position_of(world: World) -> Position:
    return world.service.inspect.space(world.admin, ALICE).space.position


@on_either
def test_what_is_forgotten_is_gone_from_every_past(world: World) -> None:
    world.write(ALICE, "chat", "the heron stands", "the kestrel hovers", "an owl sleeps")
    before = position_of(world)
    assert hits(then(world, before), world, "where is the heron")[0] == "the heron stands"
    wanted = Wanted(text="heron")
    world.service.forget_wanted(world.admin, ALICE, wanted, dry_run=False)

    assert contents(world, then(world, before)) == ["the kestrel hovers", "an owl sleeps"]
    assert not [
        hit for hit in hits(then(world, before), world, "where is the heron") if "heron" in hit
    ]
    told = then(world, before).recall(world.admin, ALICE, Question("the heron"))
    assert "heron" not in told.context


def test_what_has_expired_by_now_is_not_shown_though_it_stood(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    brief = NewTurn(role="user", content="the heron is brief", expires_at=soon)
    world.write(ALICE, "chat", "the heron stays", brief)
    before = position_of(world)
    assert len(hits(then(world, before), world, "the heron")) == 2
    world.clock.advance(timedelta(hours=2))

    assert contents(world, then(world, before)) == ["the heron stays"]
    assert hits(then(world, before), world, "the heron") == ["the heron stays"]


def test_what_the_retention_of_now_ends_is_not_shown_under_the_retention_of_then(
    world: World,
) -> None:
    world.write(ALICE, "chat", "the heron")
    before = position_of(world)
    world.clock.advance(timedelta(days=3))
    world.write(ALICE, "chat", "the kestrel")
    held = world.service.inspect.space(world.admin, ALICE).space
    world.service.govern(world.admin, ALICE, SpaceSettings(retention_days=2), version=held.version)

    assert contents(world, then(world, before)) == []
    assert then(world, before).inspect.space(world.admin, ALICE).space.settings == SpaceSettings()


def test_settings_are_those_of_then(world: World) -> None:
    world.write(ALICE, "chat", "the heron")
    stood = []
    for days in (100, 200, None, 300):
        held = world.service.inspect.space(world.admin, ALICE).space
        stood.append((position_of(world), held.settings, held.version))
        settings_ = SpaceSettings(retention_days=days)
        world.service.govern(world.admin, ALICE, settings_, version=held.version)

    for position, kept, version in stood:
        space = then(world, position).inspect.space(world.admin, ALICE).space
        assert (space.settings, space.version, space.position) == (kept, version, position)


def test_a_time_means_the_last_position_at_or_before_it(world: World) -> None:
    world.write(ALICE, "chat", "the heron")
    first, began = position_of(world), world.clock.now()
    world.clock.advance(timedelta(hours=1))
    world.write(ALICE, "chat", "the kestrel")
    look_back = world.service.look_back

    for moment, position in (
        (began, first),
        (began + timedelta(minutes=59), first),
        (began + timedelta(hours=1), position_of(world)),
        (began + timedelta(days=9), position_of(world)),
    ):
        found = look_back(world.admin, [ALICE], moment)
        assert found.positions == {ALICE: position}
        assert found.clock.latest() == min(moment, world.clock.now())


@pytest.mark.parametrize("as_of", [0, -1, 99])
def test_a_position_that_the_ledger_has_not_is_refused(world: World, as_of: int) -> None:
    world.write(ALICE, "chat", "the heron")
    with pytest.raises(InvalidField, match="from 1 to 3"):
        world.service.look_back(world.admin, [ALICE], as_of)


def test_a_time_before_the_space_began_is_refused(world: World) -> None:
    world.write(ALICE, "chat", "the heron")
    with pytest.raises(InvalidField, match="began at 2026-01-01"):
        world.service.look_back(world.admin, [ALICE], world.clock.now() - timedelta(seconds=1))


def test_a_space_that_is_not_there_has_no_past(world: World) -> None:
    with pytest.raises(SpaceNotFound):
        world.service.look_back(world.admin, [ALICE], 1)


@on_either
def test_what_was_cannot_be_changed(world: World) -> None:
    (turn,) = world.write(ALICE, "chat", "the heron").turns
    past = world.service.look_back(world.admin, [ALICE], 3)
    with pytest.raises(InvalidField, match="cannot be changed"):
        world.service.at(past).merging.merge(world.admin, ALICE, "heron", "kestrel")
    with pytest.raises((DBAPIError, StoreUnavailable)), past.keeping.read() as reading:
        reading.turns.mark_embedded(next(iter(past.keeping.past.positions)), [turn.position])  # type: ignore[attr-defined]


def test_several_spaces_are_asked_as_of_one_time(world: World) -> None:
    bob = SpaceName("bob")
    for space in (ALICE, bob):
        world.write(space, "chat", f"the heron of {space}")
    began = world.clock.now()
    world.clock.advance(timedelta(hours=1))
    for space in (bob, ALICE):
        world.write(space, "chat", f"the second heron of {space}", f"the third heron of {space}")
    service = world.service.at(world.service.look_back(world.admin, [ALICE, bob], began))
    found = service.recall_together(world.admin, [ALICE, bob], Question("the heron"))

    assert sorted(hit.turn.content for hit in found.hits) == [
        "the heron of alice",
        "the heron of bob",
    ]
    assert found.positions == {ALICE: 3, bob: 3}


def test_the_present_is_read_after_the_past_over_every_connection(tmp_path: Path) -> None:
    with open_world(tmp_path, readers=1) as world:
        world.write(ALICE, "chat", "the heron")
        before = position_of(world)
        world.write(ALICE, "chat", "the kestrel")
        for _ in range(4):
            assert contents(world, then(world, before)) == ["the heron"]
            assert contents(world, world.service) == ["the heron", "the kestrel"]
        with (
            pytest.raises(RuntimeError, match="half-way"),
            then(world, before).inspect.keeping.read(),
        ):
            raise RuntimeError("half-way")
        assert contents(world, world.service) == ["the heron", "the kestrel"]


@on_either
def test_writes_go_on_while_the_past_is_read(world: World) -> None:
    world.write(ALICE, "chat", "the heron")
    past = world.service.look_back(world.admin, [ALICE], position_of(world))
    key = next(iter(past.keeping.past.positions))
    with past.keeping.read() as reading, past.shelf.open(key) as indexes:
        world.write(ALICE, "chat", "the kestrel")
        assert len(hits(world.service, world, "the kestrel")) == 2
        assert len(indexes.timeline) == 1
        assert len(reading.turns.page(key, Filter(), after=None, limit=9).items) == 1
