"""Two stores over one PostgreSQL database: each follows what the other writes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from memsvc.domain.errors import OutcomeUnknown, StoreUnavailable
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space
from memsvc.domain.past import Past
from memsvc.domain.recall import Filter
from memsvc.domain.work import Step
from store import shelf as shelves
from store.database import to_write
from store.directory import SNAPSHOTS
from store.opening import open_database
from store.postgres import Terms
from store.sharing import Presence
from store.uow import SqlUnit
from tests.store.opened import NOW, Store, enter, open_store, say
from tests.store.shelves import assert_shelf_equals_rows

pytestmark = pytest.mark.postgres

EVERY = Filter()
SHARED = Terms(is_shared=True)


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "here", url=database_url, terms=SHARED) as store:
        yield store


@pytest.fixture
def there(here: Store, database_url: str, tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "there", url=database_url, terms=SHARED) as store:
        yield replace(store, ids=here.ids)


@pytest.fixture
def alice(here: Store) -> Space:
    return here.space("alice")


def forget_first(store: Store, space: Space) -> None:
    """Delete the first turn of a space."""

    def work(unit: SqlUnit) -> None:
        turn = min(unit.turns.keys_where(space.key, EVERY))
        unit.turns.delete(space.key, [turn])
        enter(unit, space, Change.TURN_DELETED, ["t"])

    store.keeping.write(work)


def test_indexes_follow_what_another_store_writes(here: Store, there: Store, alice: Space) -> None:
    for number in range(4):
        here.say(alice, f"turn {number} of one")
        assert_shelf_equals_rows(there, alice)
        there.say(alice, f"turn {number} of the other", stream="other")
        assert_shelf_equals_rows(here, alice)
        assert_shelf_equals_rows(there, alice)


def test_who_has_just_read_where_the_ledger_stands_need_not_ask_again(
    here: Store, there: Store, alice: Space
) -> None:
    here.say(alice, "first")
    with there.shelf.open(alice.key) as indexes:
        assert indexes.position == 2
    here.say(alice, "second")
    with there.shelf.open(alice.key, at_least=Position(2)) as indexes:
        assert indexes.position == 2
    with there.shelf.open(alice.key, at_least=Position(3)) as indexes:
        assert indexes.position == 3


def test_a_past_that_lost_something_elsewhere_is_drawn_anew(
    here: Store, there: Store, alice: Space
) -> None:
    here.say(alice, "first", "second")
    past = Past({alice.key: Position(3)}, NOW)
    with there.shelf.open(alice.key, past) as indexes:
        assert len(indexes.timeline) == 2
    forget_first(here, alice)
    with there.shelf.open(alice.key, past) as indexes:
        assert len(indexes.timeline) == 1


def test_a_copy_on_disk_goes_after_a_deletion_elsewhere(
    here: Store, there: Store, alice: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "WORTH_KEEPING", 1)
    here.say(alice, "first", "second")
    assert_shelf_equals_rows(there, alice)
    there.shelf.tend()
    kept = tmp_path / "there" / SNAPSHOTS / f"{alice.key}.indexes"
    assert kept.exists()
    there.shelf.drop(alice.key)  # whether it is in memory or not
    there.shelf.follow()
    assert kept.exists()
    forget_first(here, alice)
    there.shelf.follow()
    assert not kept.exists()
    assert_shelf_equals_rows(there, alice)


def test_a_space_that_was_deleted_elsewhere_leaves_nothing(
    here: Store, there: Store, alice: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "WORTH_KEEPING", 1)
    here.say(alice, "first", "second")
    assert_shelf_equals_rows(there, alice)
    there.shelf.tend()
    here.keeping.write(lambda unit: unit.spaces.delete(alice.key))
    there.shelf.follow()
    assert there.shelf.nbytes == 0
    assert not list((tmp_path / "there" / SNAPSHOTS).glob("*.indexes"))
    with there.shelf.open(alice.key, at_least=Position(3)) as indexes:  # read a moment before
        assert len(indexes.timeline) == 0


def test_terms_that_were_made_anew_elsewhere_are_read_anew(
    here: Store, there: Store, alice: Space
) -> None:
    here.say(alice, "first")
    there.shelf.follow()
    with there.shelf.open(alice.key) as indexes:
        assert "first" in set(indexes.lexicon)  # type: ignore[call-overload]

    def other_rules(unit: SqlUnit) -> None:
        with unit.spaces._connection.begin_nested():
            unit.spaces._connection.execute(text("UPDATE terms SET terms = 'prime'"))
        unit.rules.put("lexicon", "other rules")

    here.keeping.write(other_rules)
    there.shelf.follow()
    with there.shelf.open(alice.key) as indexes:
        assert set(indexes.lexicon) == {"prime"}  # type: ignore[call-overload]


def test_whoever_was_cut_off_writes_nothing_while_another_has_the_database_alone(
    here: Store, alice: Space, database_url: str
) -> None:
    engine = open_database(database_url, readers=1)
    with (
        Presence(engine, name="alone", is_shared=False),
        pytest.raises(StoreUnavailable, match="for itself"),
    ):
        here.say(alice, "too late")
    here.say(alice, "again")
    assert here.texts(alice) == ["again"]
    engine.dispose()


def cut_off(url: str) -> None:
    """End every other connection to the database."""
    engine = open_database(url, readers=1)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_a_writer_whose_connection_was_ended_goes_on_and_reads_what_others_wrote(
    here: Store, there: Store, alice: Space, database_url: str
) -> None:
    """A connection made in its place reads as readers do, unless it is told otherwise."""
    here.say(alice, "before")
    cut_off(database_url)
    here.say(alice, "after")
    level = here.keeping.write(
        lambda unit: unit.spaces._connection.execute(text("SHOW transaction_isolation")).scalar()
    )
    assert level == "read committed"
    assert here.texts(alice) == ["before", "after"]


def test_a_commit_whose_connection_is_lost_is_not_known_and_not_done_again(
    here: Store, alice: Space, database_url: str
) -> None:
    engine = open_database(database_url, readers=1)
    with to_write(engine).begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON store_facts "
                "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leave()"
            )
        )
    engine.dispose()
    runs = []

    def work(unit: SqlUnit) -> None:
        runs.append(1)
        unit.rules.put("kept", "perhaps")

    with pytest.raises(OutcomeUnknown, match="Idempotency-Key"):
        here.keeping.write(work)
    assert len(runs) == 1
    here.say(alice, "after")
    assert here.texts(alice) == ["after"]


def test_who_waits_too_long_for_another_writer_is_told(database_url: str, tmp_path: Path) -> None:
    hasty = Terms(is_shared=True, lock_s=0.2)
    other = open_database(database_url, readers=1)
    with open_store(tmp_path, url=database_url, terms=hasty) as store:
        with (
            to_write(other).connect() as connection,
            connection.begin(),
            pytest.raises(StoreUnavailable, match="lock timeout"),
        ):
            store.space("alice")
        assert store.space("alice").name == SpaceName("alice")
    other.dispose()


def test_one_of_those_that_share_leads_and_another_when_it_is_gone(database_url: str) -> None:
    engine = open_database(database_url, readers=1)
    with Presence(engine, name="two", is_shared=True) as two:
        with Presence(engine, name="three", is_shared=True) as three:
            assert (two.sharing().leads(), three.sharing().leads()) == (True, False)
        with Presence(engine, name="one", is_shared=True):
            pass
    with Presence(engine, name="four", is_shared=True) as four:
        assert four.sharing().leads()
    engine.dispose()


def test_who_has_no_worker_leads_nobody(database_url: str) -> None:
    """Else nobody would do what one of them has to: expiry, and clearing away what is deleted."""
    engine = open_database(database_url, readers=1)
    with (
        Presence(engine, name="front", is_shared=True, may_lead=False) as front,
        Presence(engine, name="worker", is_shared=True) as worker,
    ):
        assert (front.sharing().leads(), worker.sharing().leads()) == (False, True)
    engine.dispose()


def test_one_start_at_a_time_brings_things_in_step(database_url: str) -> None:
    engine = open_database(database_url, readers=1)
    seen: list[str] = []
    with (
        Presence(engine, name="one", is_shared=True) as one,
        Presence(engine, name="two", is_shared=True) as two,
    ):

        def second() -> None:
            with two.sharing().one_at_a_time():
                seen.append("second")

        with one.sharing().one_at_a_time():
            waiting = Thread(target=second)
            waiting.start()
            waiting.join(0.3)
            seen.append("first")
        waiting.join()
    assert seen == ["first", "second"]
    engine.dispose()


def test_only_what_the_dead_had_leased_is_taken_over(here: Store, alice: Space) -> None:
    def owe(unit: SqlUnit) -> None:
        turns = say(unit, alice, ["a", "b", "c"], ids=here.ids, vector=None)
        unit.outbox.put(alice.key, Step.EMBED, [turn.key for turn in turns], now=NOW)

    def claimed(holder: str) -> list[int]:
        jobs = here.keeping.write(
            lambda unit: unit.outbox.claim(
                Step.EMBED, now=NOW, lease_s=60.0, limit=1, holder=holder
            )
        )
        return [job.turn for job in jobs]

    here.keeping.write(owe)
    with Presence(here.engine, name="w_alive", is_shared=True):
        alive, dead, own = claimed("w_alive"), claimed("w_dead"), claimed("w_own")
        assert len(alive) == len(dead) == len(own) == 1
        assert here.keeping.write(lambda u: u.outbox.take_over(holder="w_own", now=NOW)) == 1
        assert claimed("w_own") == dead
    assert here.keeping.write(lambda u: u.outbox.take_over(holder="w_own", now=NOW)) == 1
    assert claimed("w_own") == alive
