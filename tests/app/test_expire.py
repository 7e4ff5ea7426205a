"""Turns that expire: gone from everything at once, deleted for good soon after, back never."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from memsvc.app.expire import BATCH
from memsvc.app.remember import Written
from memsvc.domain.errors import InvalidField, TurnNotFound
from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.memory import SpaceSettings, Turn
from memsvc.domain.recall import Filter
from memsvc.world import CountingIds
from tests.app.small import ALICE, BOB, ask, remember, rows, said, tamper, texts, turns_of
from tests.app.test_quarantine import ATTACK, untrusted
from tests.store.test_spaces import dump
from tests.worlds import World, open_world

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def passing(world: World, content: str, *, after: timedelta = HOUR, **facts: Any) -> Written:
    """Write a turn that expires."""
    expires_at = world.clock.now() + after
    return remember(world, said(content, expires_at=expires_at, **facts))


def keep_for(world: World, days: int | None, space: SpaceName = ALICE) -> None:
    held = world.service.inspect.space(world.admin, space).space
    settings = SpaceSettings(retention_days=days)
    world.service.govern(world.admin, space, settings, version=held.version)


def contents(world: World) -> list[str]:
    return [turn.content for turn in turns_of(world)]


def get(world: World, written: Written) -> Turn:
    return world.service.inspect.turn(world.admin, ALICE, written.turns[0].id)


# From the moment it expires ----------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["default", "dense", "lexical"])
def test_it_answers_until_it_expires_and_from_that_very_moment_no_more(
    world: World, recipe: str
) -> None:
    remember(world, said("tea at home"))
    passing(world, "tea at noon")

    world.clock.advance(HOUR - timedelta(microseconds=1))
    assert set(texts(ask(world, "tea", recipe=recipe))) == {"tea at home", "tea at noon"}

    world.clock.advance(timedelta(microseconds=1))
    found = ask(world, "tea", recipe=recipe)
    assert texts(found) == ["tea at home"]
    assert "noon" not in found.context


def test_it_is_neither_listed_nor_read_nor_edited_nor_deleted_by_name(world: World) -> None:
    written = passing(world, "tea at noon")
    assert (contents(world), get(world, written).content) == (["tea at noon"], "tea at noon")

    world.clock.advance(HOUR)

    turn = written.turns[0].id
    tries: list[Callable[[], object]] = [
        lambda: get(world, written),
        lambda: world.service.inspect.versions(world.admin, ALICE, turn),
        lambda: world.service.revise(
            world.admin, ALICE, turn, version=written.position, metadata={}, place=None
        ),
        lambda: world.service.forget.turn(world.admin, ALICE, turn),
    ]
    assert contents(world) == []
    for attempt in tries:
        with pytest.raises(TurnNotFound):
            attempt()


def test_it_is_not_let_in_as_a_neighbour_or_by_a_filter(world: World) -> None:
    remember(world, said("Where is the tea?"))
    passing(world, "In the cupboard.", role="assistant")
    world.clock.advance(HOUR)

    assert texts(ask(world, "tea")) == ["Where is the tea?"]
    assert texts(ask(world, "tea", where=Filter(roles=("assistant",)))) == []


def test_many_that_have_expired_take_no_place_from_those_that_stand(world: World) -> None:
    """Before they are deleted, every arm would propose them all before the one that stands."""
    soon = world.clock.now() + HOUR
    remember(world, *(said(f"green tea {n}", expires_at=soon) for n in range(150)))
    remember(world, said("a pot of green and other tea"), stream="other")
    world.clock.advance(HOUR)

    assert texts(ask(world, "green tea")) == ["a pot of green and other tea"]


def test_what_has_expired_stays_gone_after_a_start_from_rows(tmp_path: Path) -> None:
    ids = CountingIds()
    with open_world(tmp_path, ids=ids) as world:
        remember(world, said("tea at home"))
        passing(world, "tea at noon")
    with open_world(tmp_path, ids=ids) as world:
        assert len(ask(world, "tea").hits) == 2
        world.clock.advance(HOUR)
        assert texts(ask(world, "tea")) == ["tea at home"]


def test_a_clock_that_is_set_back_brings_nothing_back(world: World) -> None:
    written = passing(world, "tea at noon")
    world.clock.advance(HOUR)
    assert texts(ask(world, "tea")) == []

    world.clock.advance(-2 * HOUR)

    assert texts(ask(world, "tea")) == contents(world) == []
    with pytest.raises(TurnNotFound):
        get(world, written)
    assert world.service.expire() == 1


# Writing -----------------------------------------------------------------------------------------


def test_a_turn_that_would_be_gone_at_once_is_refused_by_its_place(world: World) -> None:
    late = said("too late", expires_at=world.clock.now())

    with pytest.raises(InvalidField) as refused:
        remember(world, said("in time"), late)

    assert refused.value.field == "turns.1.expires_at"
    assert "past" in refused.value.detail


def test_what_it_says_of_itself_is_kept(world: World) -> None:
    soon = world.clock.now() + HOUR

    assert get(world, remember(world, said("tea", expires_at=soon))).expires_at == soon
    assert get(world, remember(world, said("tea"))).expires_at is None


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_replay_of_a_write_that_has_expired_is_answered_and_brings_nothing_back(
    world: World, *, is_deleted: bool
) -> None:
    turn = said("tea at noon", expires_at=world.clock.now() + HOUR)
    first = remember(world, turn, idempotency_key="once")
    world.clock.advance(HOUR)
    if is_deleted:
        world.service.expire()

    again = remember(world, turn, idempotency_key="once")

    assert (again.replayed, again.turns[0].id) == (True, first.turns[0].id)
    assert contents(world) == []


def test_an_id_that_has_expired_is_a_replay_until_its_turn_is_deleted_and_refused_after(
    world: World,
) -> None:
    turn = said("tea at noon", client_id="m1", expires_at=world.clock.now() + HOUR)
    remember(world, turn)
    world.clock.advance(HOUR)

    assert remember(world, turn).replayed
    world.service.expire()
    with pytest.raises(InvalidField):
        remember(world, turn)

    assert contents(world) == []


def test_the_same_id_may_come_again_with_another_expiry(world: World) -> None:
    """A client that tries again may count an hour from now anew."""
    first = passing(world, "tea", client_id="m1")
    world.clock.advance(timedelta(seconds=5))

    again = passing(world, "tea", client_id="m1")

    assert again.replayed
    assert get(world, again).expires_at == world.clock.now() + HOUR - timedelta(seconds=5)
    assert again.turns[0].id == first.turns[0].id


# Deleting for good -------------------------------------------------------------------------------


def test_what_has_expired_is_deleted_with_everything_derived_from_it(
    world: World, tmp_path: Path
) -> None:
    remember(world, said("tea at home"))
    written = passing(world, "tea at noon")
    passing(world, "tea at night", after=2 * HOUR)
    world.clock.advance(HOUR)

    assert world.service.expire() == 1

    assert [content for (content,) in rows(tmp_path, "SELECT content FROM turns")] == [
        "tea at home",
        "tea at night",
    ]
    assert rows(tmp_path, "SELECT count(*) FROM embeddings") == [(2,)]
    last = world.service.inspect.ledger(world.admin, ALICE, after=written.position, limit=9)[-1]
    assert (last.change, last.subject, last.actor) == (
        "turn.deleted",
        written.turns[0].id,
        "expiry",
    )
    assert world.service.verify(world.admin, ALICE).is_whole
    assert set(texts(ask(world, "tea"))) == {"tea at home", "tea at night"}


def test_a_second_look_finds_nothing_more(world: World) -> None:
    passing(world, "tea at noon")
    world.clock.advance(HOUR)

    assert (world.service.expire(), world.service.expire()) == (1, 0)


def test_more_than_a_batch_is_deleted_in_several(world: World) -> None:
    soon = world.clock.now() + HOUR
    count = 2 * BATCH + 1
    remember(world, *(said(f"tea {n}", expires_at=soon) for n in range(count)))
    remember(world, said("tea", expires_at=soon), space=BOB)
    world.clock.advance(HOUR)

    assert world.service.expire() == count + 1
    assert world.service.verify(world.admin, ALICE).is_whole
    assert world.service.verify(world.admin, BOB).is_whole


def test_more_that_is_held_than_a_batch_expires_some_at_a_time(
    world: World, tmp_path: Path
) -> None:
    """A unit that took them all would hold up the writer; each asks for a batch at most."""
    soon = world.clock.now() + HOUR
    for _ in range(5):
        remember(world, *(untrusted(ATTACK, expires_at=soon) for _ in range(BATCH // 2)))
    world.clock.advance(2 * HOUR)
    space = world.service.inspect.space(world.admin, ALICE).space
    standing = space.settings.standing(world.clock.latest())
    batch = world.service.expire.keeping.write(
        lambda unit: unit.quarantine.expired(space.key, standing, limit=BATCH)
    )
    assert len(batch) == BATCH

    world.service.expire()
    assert dump(tmp_path)["quarantine"] == []


def test_a_vector_that_was_still_owed_is_owed_no_more(world: World) -> None:
    remember(world, said("tea", expires_at=world.clock.now() + HOUR), embed_later=True)
    world.clock.advance(HOUR)

    world.service.expire()

    assert world.service.inspect.waiting_jobs().jobs == 0
    assert world.service.enrich.work_once() == 0


# Retention ---------------------------------------------------------------------------------------


def test_retention_counts_from_when_a_turn_was_written_not_from_when_it_happened(
    world: World,
) -> None:
    """An imported history would be gone at once."""
    remember(world, said("tea of old", at=world.clock.now() - 900 * DAY))
    keep_for(world, 30)

    world.clock.advance(30 * DAY - timedelta(microseconds=1))
    assert texts(ask(world, "tea")) == contents(world) == ["tea of old"]

    world.clock.advance(timedelta(microseconds=1))
    assert texts(ask(world, "tea")) == contents(world) == []


def test_the_earlier_of_its_own_expiry_and_retention_counts(world: World) -> None:
    remember(world, said("tea"))
    keep_for(world, 2)
    passing(world, "tea for an hour")
    passing(world, "tea for a week", after=7 * DAY)

    world.clock.advance(HOUR)
    assert set(texts(ask(world, "tea"))) == set(contents(world)) == {"tea", "tea for a week"}
    world.clock.advance(2 * DAY)
    assert texts(ask(world, "tea")) == contents(world) == []


def test_retention_holds_for_turns_written_before_and_after_it_was_set(world: World) -> None:
    remember(world, said("tea before"))
    ask(world, "tea")  # the indexes are in memory when it is set
    world.clock.advance(2 * DAY)
    keep_for(world, 1)
    remember(world, said("tea after"))

    assert texts(ask(world, "tea")) == contents(world) == ["tea after"]
    world.clock.advance(DAY)
    assert texts(ask(world, "tea")) == contents(world) == []


def test_a_longer_retention_keeps_what_was_not_deleted_yet(world: World) -> None:
    remember(world, said("tea"))
    keep_for(world, 1)
    world.clock.advance(2 * DAY)
    assert contents(world) == []

    keep_for(world, None)

    assert texts(ask(world, "tea")) == contents(world) == ["tea"]
    assert world.service.expire() == 0


def test_what_is_past_its_retention_is_deleted_oldest_first_and_in_its_space_alone(
    world: World,
) -> None:
    for space in (ALICE, BOB):
        remember(world, *(said(f"tea {n}") for n in range(BATCH + 3)), space=space)
    keep_for(world, 1)
    world.clock.advance(DAY)
    remember(world, said("fresh tea"))

    assert world.service.expire() == BATCH + 3
    assert contents(world) == ["fresh tea"]
    assert len(turns_of(world, BOB)) == BATCH + 3
    assert world.service.verify(world.admin, ALICE).is_whole


def test_a_turn_written_while_the_clock_stood_in_the_past_waits_for_its_time(world: World) -> None:
    remember(world, said("tea one"))
    keep_for(world, 1)
    world.clock.advance(-HOUR)
    remember(world, said("tea two"))

    world.clock.advance(DAY)
    assert texts(ask(world, "tea")) == contents(world) == ["tea one"]
    assert world.service.expire() == 0
    world.clock.advance(HOUR)
    assert world.service.expire() == 2


def test_indexes_that_missed_a_new_retention_are_read_anew(tmp_path: Path) -> None:
    ids = CountingIds()
    with open_world(tmp_path, ids=ids) as world:
        remember(world, said("tea"))
        keep_for(world, 1)
    with open_world(tmp_path, ids=ids) as world:
        assert texts(ask(world, "tea")) == ["tea"]
        world.clock.advance(DAY)
        assert texts(ask(world, "tea")) == []


# The ledger --------------------------------------------------------------------------------------


def test_a_turn_whose_expiry_was_changed_behind_the_ledgers_back_is_found(
    world: World, tmp_path: Path
) -> None:
    passing(world, "tea")
    assert world.service.verify(world.admin, ALICE).is_whole

    tamper(tmp_path, "UPDATE turns SET expires_at = expires_at + 1")

    verdict = world.service.verify(world.admin, ALICE)
    assert "other content" in (verdict.reason or "")


def test_a_turn_that_gets_an_expiry_behind_the_ledgers_back_is_found(
    world: World, tmp_path: Path
) -> None:
    remember(world, said("tea"))

    tamper(tmp_path, "UPDATE turns SET expires_at = 9000000000000000")

    assert not world.service.verify(world.admin, ALICE).is_whole


def test_the_id_of_an_expired_turn_names_no_other(world: World) -> None:
    written = passing(world, "tea")
    world.clock.advance(HOUR)
    world.service.expire()

    assert TurnId(written.turns[0].id) not in {turn.id for turn in turns_of(world)}
    assert remember(world, said("tea")).turns[0].seq == 1
