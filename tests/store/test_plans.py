"""How SQLite finds the rows of the daily work: along an index, not through a whole space."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from memsvc.domain.ids import Position, RunId, SpaceName, StreamName, TurnKey
from memsvc.domain.knowledge import NewFact
from memsvc.domain.ledger import Change, Sought
from memsvc.domain.memory import Fingerprint, SpaceSettings
from memsvc.domain.recall import Filter, Question
from tests.store.opened import NOW
from tests.worlds import World, open_world

pytestmark = pytest.mark.sqlite

ALICE = SpaceName("alice")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as opened:
        opened.write("alice", "chat", "Ada lives in Lisbon.", "Ada lives in Oslo.")
        opened.service.recall(opened.admin, ALICE, Question("Ada"))  # reads the whole space, once
        yield opened


@pytest.fixture
def plans() -> Iterator[list[str]]:
    """Collect the plan of everything that is asked of the database."""
    found: list[str] = []

    def note(connection: Connection, cursor: Any, sent: str, given: Any, *_more: Any) -> None:
        if sent.startswith("SELECT"):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {sent}", given).fetchall()
            found.extend(f"{step[3]} for {' '.join(sent.split())}" for step in plan)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_who_says_a_fact_is_looked_up_by_the_fact(world: World, plans: list[str]) -> None:
    """In lists, in recalls, and where a fact is stated that may take another's place."""
    service, admin = world.service, world.admin
    turns = service.inspect.turns(admin, ALICE, Filter(), after=None, limit=2).items
    for turn, city in zip(turns, ("Lisbon", "Oslo"), strict=True):
        service.facts.state(admin, ALICE, [NewFact("Ada", "lives in", city, (turn.id,))])
    service.facts.page(admin, ALICE, after=None, limit=9)
    service.facts.page(admin, ALICE, entity="Ada", after=None, limit=9)
    service.recall(admin, ALICE, Question("Where does Ada live?"))

    asked = [plan for plan in plans if "fact_turns USING" in plan]
    assert asked
    assert not [plan for plan in asked if "(space=?)" in plan.split(" for SELECT")[0]]


def test_the_oldest_work_of_a_space_is_looked_up_as_such(world: World, plans: list[str]) -> None:
    """Every write tells how long it has waited, before however many jobs."""
    assert world.write("alice", "chat", "Ada waits for a tram.", embed_later=True).lag_s == 0

    asked = [plan for plan in plans if "min(outbox.created_at)" in plan]
    assert len(asked) == 1
    assert "USING COVERING INDEX ix_outbox_space_parked_at_created_at_step" in asked[0]
    assert "(space=? AND parked_at=?)" in asked[0]


def test_what_a_turn_does_not_name_is_looked_up_by_turn_and_name(
    world: World, plans: list[str]
) -> None:
    """Where turns get names, and where names are asked for."""
    service, admin = world.service, world.admin
    (turn, _) = service.inspect.turns(admin, ALICE, Filter(), after=None, limit=2).items
    service.facts.state(admin, ALICE, [NewFact("Ada", "lives in", "Lisbon", (turn.id,))])
    service.merging.merge(admin, ALICE, "Oslo", "Lisbon")

    asked = [plan for plan in plans if "unlinkings USING" in plan]
    assert asked
    assert all("(space=? AND turn=? AND name=?" in plan.split(" for SELECT")[0] for plan in asked)
    assert not [plan for plan in plans if plan.startswith("SCAN unlinkings")]


def test_facts_of_a_predicate_are_looked_up_along_it(world: World, plans: list[str]) -> None:
    """In the order of a page where it is one predicate, and so no more than a page is read."""
    key = world.service.inspect.space(world.admin, ALICE).space.key
    for predicates in (["likes"], ["lives in", "resides in"]):
        plans.clear()
        with world.service.remember.keeping.read() as reading:
            standing = SpaceSettings().standing(NOW)
            reading.facts.page(
                key,
                names=None,
                turn=None,
                predicates=predicates,
                after="9",
                limit=9,
                standing=standing,
            )
        steps = [plan.split(" for SELECT")[0] for plan in plans]
        along = [step for step in steps if "ix_facts_space_predicate_name_position" in step]
        assert len(along) == 1
        if len(predicates) == 1:
            assert along[0].endswith("(space=? AND predicate_name=? AND position>?)")
            assert not [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]
        else:
            assert along[0].endswith("(space=? AND predicate_name=?)")
            assert "SEARCH facts USING INTEGER PRIMARY KEY (rowid=?)" in steps


def test_the_ledger_is_filtered_along_an_index_and_in_order(world: World, plans: list[str]) -> None:
    """One actor or one kind along its own; whatever else within a stretch of positions."""
    key = world.service.inspect.space(world.admin, ALICE).space.key
    stretch = "(space=? AND position>? AND position<?)"
    in_time = {"since": NOW, "until": NOW}
    for parts, index, walked in (
        ({"actors": ("k_1",)}, "ix_ledger_space_actor_position", "(space=? AND actor=? AND"),
        (
            {"changes": (Change.TURN_ADDED,)},
            "ix_ledger_space_change_position",
            "(space=? AND change=? AND",
        ),
        (in_time, "sqlite_autoindex_ledger_1", stretch),
        ({}, "sqlite_autoindex_ledger_1", stretch),
    ):
        plans.clear()
        with world.service.remember.keeping.read() as reading:
            reading.ledger.find(key, Sought(**parts, newest_first=True), limit=9)
        steps = [plan.split(" for SELECT")[0] for plan in plans]
        (step,) = [step for step in steps if "ledger" in step]
        assert index in step
        assert walked in step
        assert step.endswith("position>? AND position<?)")
        assert not [step for step in steps if "TEMP B-TREE" in step]


def test_changes_of_several_kinds_are_read_in_the_order_of_positions(
    world: World, plans: list[str]
) -> None:
    key = world.service.inspect.space(world.admin, ALICE).space.key
    plans.clear()
    with world.service.remember.keeping.read() as reading:
        kinds = [Change.TURN_ADDED, Change.TURN_DELETED]
        reading.ledger.changes(key, kinds, after=Position(1), limit=9)
    (step,) = [plan.split(" for SELECT")[0] for plan in plans]
    assert step.endswith("sqlite_autoindex_ledger_1 (space=? AND position>?)")


def test_events_are_read_with_their_titles_by_the_event(world: World, plans: list[str]) -> None:
    key = world.service.inspect.space(world.admin, ALICE).space.key
    with world.service.remember.keeping.read() as reading:
        turns = [turn.key for turn in reading.turns.page(key, Filter(), after=None, limit=9).items]
        reading.events.of_turns(key, turns)
        reading.events.page(key, stream=None, since=None, until=None, after=None, limit=9)

    asked = [plan for plan in plans if "SEARCH titles" in plan]
    assert len(asked) == 2
    assert all("(space=? AND event=?)" in plan.split(" for SELECT")[0] for plan in asked)


def test_runs_are_listed_along_their_first_changes_and_counted_along_an_index(
    world: World, plans: list[str]
) -> None:
    key = world.service.inspect.space(world.admin, ALICE).space.key
    plans.clear()
    with world.service.remember.keeping.read() as reading:
        reading.runs.page(key, after="9", limit=9)
        reading.runs.made(key, [RunId("run_1"), RunId("run_2")])

    steps = [plan.split(" for SELECT")[0] for plan in plans]
    assert not [step for step in steps if step.startswith("SCAN")]
    assert "SEARCH runs USING INDEX ix_runs_space_first (space=? AND first<?)" in steps
    for table, column in (
        ("fact_turns", "run"),
        ("fact_rulings", "maker"),
        ("note_versions", "run"),
        ("links", "run"),
        ("titles", "run"),
    ):
        index = f"SEARCH {table} USING INDEX ix_{table}_space_{column} (space=? AND {column}=?)"
        assert index in steps, steps


def test_turns_and_their_tokens_are_looked_up_by_their_keys(world: World, plans: list[str]) -> None:
    """With a look at every row of the space a recall takes four times as long at 100,000."""
    key = world.service.inspect.space(world.admin, ALICE).space.key
    plans.clear()
    with world.service.remember.keeping.read() as reading:
        reading.turns.by_keys(key, [1, 2])
        reading.tokens.of(key, [TurnKey(1)], fingerprint=Fingerprint("any", "int8", 4))
        reading.streams.named(key, [StreamName("chat")])

    steps = [plan.split(" for SELECT")[0] for plan in plans]
    assert "SEARCH turns USING INTEGER PRIMARY KEY (rowid=?)" in steps
    for table, column in (("token_vectors", "turn"), ("streams", "name")):
        index = f"INDEX sqlite_autoindex_{table}_1 (space=? AND {column}=?"
        assert [step for step in steps if index in step], steps
