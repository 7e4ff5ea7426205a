"""Indexes follow their rows, by whichever way they get there."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.app.episodes import Episodes
from memsvc.app.forget import delete_turns
from memsvc.domain.document import About, Part
from memsvc.domain.episode import Segmentation
from memsvc.domain.ids import DocumentName, Position, StreamName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Fingerprint, Space, SpaceSettings, Turn
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Unit
from memsvc.ports.vectors import Ranked
from memsvc.world import CountingIds
from store.loading import load, missed
from store.shelf import IndexShelf
from store.snapshots import Snapshots
from store.uow import Views, one_view
from tests.store import knowing, noting
from tests.store.opened import (
    EAST,
    MODEL,
    NORTH,
    NOW,
    WEST,
    Store,
    embedding,
    enter,
    make_space,
    open_store,
    say,
)
from tests.store.shelves import assert_same, assert_shelf_equals_rows

VECTORS = (EAST, WEST, NORTH)
PLACES = (None, "kitchen", "hall")
TITLES = ("", "word", "3", "a house")


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("shelf")) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def standing(unit: Unit, space: Space) -> list[Turn]:
    return list(unit.turns.page(space.key, Filter(), after=None, limit=1_000).items)


def delete(unit: Unit, space: Space, turns: list[Turn]) -> None:
    delete_turns(
        unit, space, turns, Episodes(MODEL, CountingIds(), "english"), actor="test", at=NOW
    )


def cut(unit: Unit, space: Space, episodes: Episodes) -> None:
    """Close all events that can be, each of three turns."""
    how = SpaceSettings(segmentation=Segmentation(max_units=3, gamma=1_000.0))
    streams = unit.streams.page(space.key, after=None, limit=100).items
    episodes.close(
        unit,
        replace(space, settings=how),
        [summary.stream.key for summary in streams],
        actor="test",
        at=NOW,
    )


def embed(unit: Unit, space: Space, turn: Turn, *, pieces: int) -> None:
    vectors = np.array([VECTORS[(turn.seq + piece) % 3] for piece in range(pieces)])
    unit.embeddings.add(space.key, [embedding(turn.key, vectors)], fingerprint=MODEL)
    unit.turns.mark_embedded(space.key, [turn.key])
    enter(unit, space, Change.TURN_EMBEDDED, [turn.id])


def retitle(unit: Unit, space: Space, stream: str, title: str) -> None:
    """Make the stream the only part of a document, and give it a title; so do documents alone."""
    held = unit.streams.find(space.key, StreamName(stream))
    if held is None:
        return
    name = DocumentName(stream)
    document = unit.documents.put(space.key, name, about=About(), version=Position(1), at=NOW)
    unit.documents.set_parts(space.key, document, [Part("1", None, held, bytes(32))])
    unit.streams.retitle(space.key, {held.key: title})
    unit.mentions.retitle(space.key, {held.key: [title] if title else []})
    enter(unit, space, Change.DOCUMENT_WRITTEN, [name])


KNOWING = (
    "plant",
    "state",
    "unstate",
    "embed facts",
    "compare",
    "merge",
    "rename",
    "unmerge",
    "unname",
    "name again",
    "judge",
    "unjudge",
)

Step = tuple[str, int, int]
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 6), st.integers(0, 2)),
        st.tuples(st.just("write without vectors"), st.integers(1, 3), st.integers(0, 2)),
        st.tuples(st.just("write and delete"), st.integers(1, 3), st.integers(0, 2)),
        st.tuples(st.just("delete"), st.integers(0, 50), st.integers(1, 2)),
        st.tuples(st.just("cut"), st.just(0), st.just(0)),
        st.tuples(st.just("embed"), st.integers(0, 50), st.integers(1, 3)),
        st.tuples(st.just("revise"), st.integers(0, 50), st.just(0)),
        st.tuples(st.just("retitle"), st.integers(0, 3), st.integers(0, 2)),
        st.tuples(st.sampled_from(KNOWING), st.integers(0, 50), st.integers(0, 2)),
        st.tuples(st.sampled_from(noting.NOTING), st.integers(0, 50), st.integers(0, 2)),
        st.tuples(st.just("note"), st.integers(0, 50), st.integers(0, 2)),
        st.tuples(st.just("look"), st.just(0), st.just(0)),
    ),
    max_size=24,
)


def write(step: Step, space: Space, store: Store, unit: Unit) -> None:
    what, first, second = step
    stream, texts = f"s{second}", [f"word {n}" for n in range(first)]
    if what == "write and delete":
        delete(unit, space, say(unit, space, texts, ids=store.ids, stream=stream))
    else:
        vector = VECTORS[second] if what == "write" else None
        say(unit, space, texts, ids=store.ids, stream=stream, vector=vector)


def learn(step: Step, space: Space, store: Store, unit: Unit) -> None:
    """Change what is known beyond the turns."""
    what, first, second = step
    turns = standing(unit, space)[first % 5 :][: second + 1]
    undoing = {
        "unstate": knowing.unstate,
        "unmerge": knowing.unmerge,
        "name again": knowing.name_again,
        "unjudge": knowing.unjudge,
    }
    doing = {
        "state": knowing.state,
        "merge": knowing.merge,
        "rename": knowing.rename,
        "unname": knowing.unname,
    }
    if what in undoing:
        undoing[what](unit, space, which=first)
    elif not turns:
        return
    elif what in doing:
        doing[what](unit, space, turns, which=first, ids=store.ids)
    elif what == "embed facts":
        knowing.embed_facts(unit, space, turns)
    elif what == "plant":
        knowing.plant(unit, space, turns[0], ids=store.ids)
    elif what == "judge":
        knowing.judge(unit, space, turns[0], which=first, ids=store.ids)
    else:
        knowing.compare(unit, space, turns)


def take(step: Step, space: Space, store: Store, unit: Unit) -> None:  # noqa: C901  one branch a step
    what, first, second = step
    turns = standing(unit, space)
    waiting = [turn for turn in turns if not turn.embedded]
    if what in noting.NOTING:
        noting.note_step(what, unit, space, turns, which=first, ids=store.ids)
    elif what in KNOWING:
        learn(step, space, store, unit)
    elif what.startswith("write"):
        write(step, space, store, unit)
    elif what == "delete" and turns:
        begin = first % len(turns)
        delete(unit, space, turns[begin : begin + second])
    elif what == "cut":
        cut(unit, space, Episodes(MODEL, store.ids, "english"))
    elif what == "embed" and waiting:
        embed(unit, space, waiting[first % len(waiting)], pieces=second)
    elif what == "retitle":
        retitle(unit, space, f"s{second}", TITLES[first])
    elif what == "revise" and turns:
        turn, place = turns[first % len(turns)], PLACES[first % 3]
        position = enter(unit, space, Change.TURN_REVISED, [turn.id])
        unit.turns.revise(space.key, turn, metadata={"n": first}, place=place, position=position)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=steps)
def test_following_commits_catching_up_and_loading_anew_lead_to_the_same_indexes(
    long_lived: Store, steps: list[Step]
) -> None:
    """One shelf hears of every commit; one set of indexes reads the ledger now and then."""
    store, space = (
        long_lived,
        long_lived.keeping.write(
            lambda unit: make_space(unit, long_lived.ids.new("space"), long_lived.ids)
        ),
    )
    with store.shelf.open(space.key) as lent, one_view(store.engine) as connection:
        lent.knowledge.graph()  # drawn, so that it has to follow
        held = load(connection, space.key, MODEL)
        held.draw()
    for step in [*steps, ("look", 0, 0)]:
        store.keeping.write(partial(take, step, space, store))
        if step[0] != "look":
            continue
        with one_view(store.engine) as connection:
            delta = missed(connection, space.key, MODEL, held=held)
            if delta is None:  # the ledger does not tell who said a fact that is gone
                held = load(connection, space.key, MODEL)
            else:
                held.apply(delta)
            assert_same(held, load(connection, space.key, MODEL))
    assert_shelf_equals_rows(store, space)


noted = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(noting.NOTING), st.integers(0, 50), st.integers(0, 1)),
        st.tuples(st.just("delete"), st.integers(0, 50), st.just(1)),
    ),
    min_size=6,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(steps=noted)
def test_notes_in_memory_that_follow_every_commit_are_those_read_anew(
    long_lived: Store, steps: list[Step]
) -> None:
    """Notes come, are revised, taken back, restored, linked, unlinked and go, some with others."""
    space = long_lived.space(long_lived.ids.new("space"))
    with long_lived.shelf.open(space.key):
        pass
    begin = [("write", 6, 0), *(("note", n, 1) for n in range(1, 4)), ("link", 1, 0)]
    for step in [*begin, *steps]:
        long_lived.keeping.write(partial(take, step, space, long_lived))
        assert_shelf_equals_rows(long_lived, space)


learning = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(0, 50), st.integers(0, 1)),
        st.tuples(
            st.sampled_from(("state", "compare", "merge", "rename", "unname")),
            st.integers(0, 50),
            st.just(2),
        ),
        st.tuples(
            st.sampled_from(("unstate", "unmerge", "name again")), st.integers(0, 50), st.just(0)
        ),
        st.tuples(st.just("delete"), st.integers(0, 50), st.integers(1, 2)),
    ),
    min_size=6,
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(steps=learning)
def test_a_graph_that_follows_every_commit_is_the_one_drawn_anew(
    long_lived: Store, steps: list[Step]
) -> None:
    """Few names, so that they come and go; with enough turns at first for something to go."""
    names = ("town", "word", "somebody", "0")
    space = long_lived.space(long_lived.ids.new("space"))
    with long_lived.shelf.open(space.key) as lent:
        lent.knowledge.graph()

    def step_by(step: Step, unit: Unit) -> None:
        what, first, second = step
        if what == "say":
            say(
                unit,
                space,
                [names[first % 4]],
                ids=long_lived.ids,
                stream=f"s{second}",
                vector=None,
            )
        else:
            take(step, space, long_lived, unit)

    for step in [*(("say", n, n % 2) for n in range(4)), *steps]:
        long_lived.keeping.write(partial(step_by, step))
        assert_shelf_equals_rows(long_lived, space)


def test_catching_up_on_nothing_changes_nothing(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one", "two")
    with one_view(store.engine) as connection:
        held = load(connection, alice.key, MODEL)
        delta = missed(connection, alice.key, MODEL, held=held)
        assert delta is not None
        held.apply(delta)
        assert_same(held, load(connection, alice.key, MODEL))


def test_there_is_nothing_to_catch_up_on_in_a_space_that_is_gone(store: Store) -> None:
    alice = store.space("alice")
    with one_view(store.engine) as connection:
        held = load(connection, alice.key, MODEL)
    store.keeping.write(lambda unit: unit.spaces.delete(alice.key))
    with one_view(store.engine) as connection:
        assert missed(connection, alice.key, MODEL, held=held) is None


def test_indexes_of_a_deleted_space_are_empty(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one")
    with store.shelf.open(alice.key) as indexes:
        assert len(indexes.timeline) == 1
    store.keeping.write(lambda unit: unit.spaces.delete(alice.key))
    with store.shelf.open(alice.key) as indexes:
        assert (len(indexes.timeline), len(indexes.vectors), indexes.position) == (0, 0, 0)


def test_a_space_made_again_under_its_old_name_begins_empty(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one")
    with store.shelf.open(alice.key):
        pass
    store.keeping.write(lambda unit: unit.spaces.delete(alice.key))
    again = store.space("alice")
    assert again.key > alice.key
    with store.shelf.open(again.key) as indexes:
        assert (len(indexes.timeline), indexes.position) == (0, 1)


def test_spaces_have_indexes_of_their_own(store: Store) -> None:
    alice, bob = store.space("alice"), store.space("bob")
    store.say(alice, "one", "two")
    store.say(bob, "three")
    with store.shelf.open(alice.key) as alices, store.shelf.open(bob.key) as bobs:
        assert (len(alices.timeline), len(bobs.timeline)) == (2, 1)
        assert not set(keys(alices.vectors.search(EAST, k=9))) & set(
            keys(bobs.vectors.search(EAST, k=9))
        )


def keys(ranked: Ranked) -> list[int]:
    found: list[int] = ranked.keys.tolist()
    return found


def test_vectors_of_another_model_are_not_loaded(store: Store, tmp_path: Path) -> None:
    alice = store.space("alice")
    store.say(alice, "one")
    other = IndexShelf(
        Views(store.engine),
        fingerprint=Fingerprint("other", "fp32", 4),
        max_bytes=2**30,
        snapshots=Snapshots(tmp_path),
    )
    with other.open(alice.key) as indexes:
        assert (len(indexes.vectors), len(indexes.timeline)) == (0, 1)


def test_a_shelf_without_room_keeps_answering_one_space_at_a_time(tmp_path: Path) -> None:
    with open_store(tmp_path, max_bytes=0) as store:
        spaces = [store.space(f"space {n}") for n in range(4)]
        for turn in range(3):
            for space in spaces:
                store.say(space, f"turn {turn}")
                assert_shelf_equals_rows(store, space)
                with store.shelf.open(space.key) as indexes:
                    assert len(indexes.timeline) == turn + 1
        one_space = store.shelf.nbytes
        with store.shelf.open(spaces[0].key):
            assert 0 < store.shelf.nbytes <= one_space  # nobody asked what its words tell


def test_the_least_recently_used_space_makes_room(tmp_path: Path) -> None:
    with open_store(tmp_path / "measured") as store:
        alice = store.space("alice")
        store.say(alice, "one")
        assert_shelf_equals_rows(store, alice)
        one_space = store.shelf.nbytes
    with open_store(tmp_path / "limited", max_bytes=2 * one_space) as store:
        alice, bob, carol = (store.space(name) for name in ("alice", "bob", "carol"))
        for space in (alice, bob, carol):
            store.say(space, "one")
        loads = []
        for space in (alice, bob, alice, carol, alice, bob):
            with store.shelf.open(space.key) as indexes:
                loads.append(indexes.vectors)
        first_alice, first_bob, second_alice, _, third_alice, second_bob = loads
        assert first_alice is second_alice is third_alice
        assert first_bob is not second_bob


def test_a_graph_that_has_grown_is_settled_and_stays_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.matrix.DUE_AT_LEAST", 8)
    alice = store.space("alice")
    with store.shelf.open(alice.key) as indexes:
        graph = indexes.knowledge.graph()
    for turn in range(6):
        store.say(alice, f"heron number {turn}")
    due = [graph.is_due, store.shelf.tend(), graph.is_due]
    assert due == [True, 1, False]
    store.say(alice, "another heron")
    with store.shelf.open(alice.key) as indexes:
        assert indexes.knowledge.graph() is graph
    assert_shelf_equals_rows(store, alice)


def test_a_space_whose_graph_was_drawn_makes_room_too(tmp_path: Path) -> None:
    with open_store(tmp_path / "measured") as store:
        alice = store.space("alice")
        store.say(alice, "one")
        with store.shelf.open(alice.key):
            plain = store.shelf.nbytes
    with open_store(tmp_path / "limited", max_bytes=2 * plain) as store:
        alice, bob = store.space("alice"), store.space("bob")
        for space in (alice, bob):
            store.say(space, "one")
            with store.shelf.open(space.key):
                pass
        with store.shelf.open(alice.key) as indexes:
            indexes.knowledge.graph()
        drawn = store.shelf.nbytes
        store.shelf.tend()
        assert store.shelf.nbytes <= 2 * plain < drawn


def test_an_index_that_is_lent_does_not_change_until_it_is_given_back(store: Store) -> None:
    alice = store.space("alice")
    store.say(alice, "one")
    with ThreadPoolExecutor(1) as threads:
        with store.shelf.open(alice.key) as indexes:
            answer = threads.submit(store.say, alice, "two")
            while len(store.texts(alice)) < 2:  # committed, and waiting to be applied
                pass
            assert len(indexes.timeline) == 1
            assert not answer.done()
        answer.result(30)
    assert_shelf_equals_rows(store, alice)
