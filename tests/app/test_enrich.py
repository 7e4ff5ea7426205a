"""Enrich: what a write leaves behind is done once, whatever fails meanwhile."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from memsvc.app.enrich import APART_AFTER, BATCH, FIRST_PAUSE_S, LEASE_S, TRIES
from memsvc.domain.ids import Position
from memsvc.domain.ledger import Change
from memsvc.domain.work import WORKER, Backlog, Job, Step
from tests.app.small import ALICE, BOB, MoodyEmbedder, ask, remember, rows, said, texts, turns_of
from tests.worlds import World, open_world


def backlog(world: World) -> Backlog:
    return world.service.inspect.enrichment(world.admin, ALICE)


def write_later(world: World, *contents: str) -> None:
    remember(world, *(said(content) for content in contents), embed_later=True)


def claim_and_die(world: World) -> Sequence[Job]:
    """Lease the due jobs as a worker does, and do nothing about them."""
    return world.service.enrich.keeping.write(
        lambda unit: unit.outbox.claim(
            Step.EMBED, now=world.clock.now(), lease_s=LEASE_S, limit=BATCH, holder="w_1"
        )
    )


def embedded(world: World) -> list[bool]:
    return [turn.embedded for turn in turns_of(world)]


def test_with_nothing_owed_there_is_nothing_to_do(world: World) -> None:
    remember(world, said("one"))

    assert world.service.enrich.work_once() == 0


def test_owed_turns_get_their_vectors_and_the_ledger_says_who_made_them(world: World) -> None:
    write_later(world, "one", "two")

    assert world.service.enrich.work_once() == 2

    entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(4), limit=10)
    assert [(entry.change, entry.actor) for entry in entries] == [
        (Change.TURN_EMBEDDED, WORKER)
    ] * 2
    assert embedded(world) == [True, True]
    assert world.service.verify(world.admin, ALICE).is_whole


def test_progress_is_told(world: World) -> None:
    write_later(world, "one", "two")
    world.clock.advance(timedelta(seconds=30))

    before = backlog(world)
    world.service.enrich.work_once()
    after = backlog(world)

    assert (before.waiting, before.done, before.lag_s) == ({Step.EMBED: 2}, 0, 30.0)
    assert (after.waiting, after.done, after.lag_s) == ({}, 2, 0.0)
    assert world.service.inspect.waiting_jobs().jobs == 0


def test_a_write_says_how_long_the_oldest_job_has_waited_where_its_vectors_follow(
    world: World,
) -> None:
    first = remember(world, said("one"), embed_later=True)
    world.clock.advance(timedelta(seconds=30))

    later = remember(world, said("two"), embed_later=True, idempotency_key="k")
    now = remember(world, said("three"))

    assert (first.embedded, first.lag_s) == (False, 0.0)
    assert (later.embedded, later.lag_s) == (False, 30.0)
    assert (now.embedded, now.lag_s) == (True, 0.0)
    assert world.service.inspect.waiting_jobs().lag_s == 30.0
    again = remember(world, said("two"), embed_later=True, idempotency_key="k")
    assert (again.replayed, again.lag_s) == (True, 30.0)


def test_a_long_backlog_is_worked_off_in_batches_of_one_space_each(world: World) -> None:
    write_later(world, *(f"turn {number}" for number in range(BATCH + 8)))
    remember(world, said("elsewhere"), space=BOB, embed_later=True)

    done = [world.service.enrich.work_once() for _ in range(4)]

    assert done == [BATCH, 8, 1, 0]


def test_long_turns_are_embedded_in_the_same_pieces_as_at_once(tmp_path: Path) -> None:
    long = " ".join(f"Sentence {number} says a little." for number in range(150))
    with open_world(tmp_path) as world:
        remember(world, said(long, speaker="Ada"))
        remember(world, said(long, speaker="Ada"), embed_later=True)
        world.service.enrich.work_once()

    kept = 'SELECT piece, start, "end", vector FROM embeddings WHERE turn = ? ORDER BY piece'
    assert rows(tmp_path, kept, 1) == rows(tmp_path, kept, 2)
    assert len(rows(tmp_path, kept, 1)) > 1


# Workers that die, and workers that meet ---------------------------------------------------------


def test_a_leased_job_is_nobody_elses_until_the_lease_runs_out(world: World) -> None:
    write_later(world, "one")
    claim_and_die(world)

    assert world.service.enrich.work_once() == 0

    world.clock.advance(timedelta(seconds=LEASE_S))
    assert world.service.enrich.work_once() == 1
    assert embedded(world) == [True]


def test_the_next_start_takes_over_what_a_dead_worker_had_leased(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        write_later(world, "one", "two")
        assert len(claim_and_die(world)) == 2

    with open_world(tmp_path) as world:
        assert world.service.enrich.work_once() == 2
        assert embedded(world) == [True, True]


def test_a_start_leaves_jobs_that_were_put_off_where_they_are(tmp_path: Path) -> None:
    """They wait for a reason, which a start does not end."""
    embedder = MoodyEmbedder(is_down=True)
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, "one")
        assert world.service.enrich.work_once() == 1

    with open_world(tmp_path, embedder=embedder) as world:
        assert world.service.enrich.work_once() == 0


def test_owed_work_survives_a_new_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        write_later(world, "I moved to Lisbon.")

    with open_world(tmp_path) as world:
        assert world.service.enrich.work_once() == 1
        assert texts(ask(world, "Lisbon", recipe="dense")) == ["I moved to Lisbon."]


def test_eight_workers_at_once_embed_every_turn_once(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    contents = [f"turn {number}" for number in range(100)]
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, *contents)

        with ThreadPoolExecutor(8) as threads:
            done = list(threads.map(lambda _: world.service.enrich.work_once(), range(8)))

        assert sum(done) == 100
        assert sorted(embedder.read) == sorted(contents)
        assert all(embedded(world))
        assert world.service.verify(world.admin, ALICE).is_whole


def test_a_worker_that_comes_back_after_its_lease_keeps_nothing_twice(tmp_path: Path) -> None:
    """While the first still embeds, its lease runs out and a second one does the work."""
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, "one")
        second: list[int] = []

        def overtake() -> None:
            world.clock.advance(timedelta(seconds=LEASE_S))
            second.append(world.service.enrich.work_once())

        embedder.meanwhile = overtake
        world.service.enrich.work_once()

        entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=50)
        assert second == [1]
        assert [entry.change for entry in entries].count(Change.TURN_EMBEDDED) == 1
        assert backlog(world).done == 1
    assert rows(tmp_path, "SELECT count(*) FROM embeddings") == [(1,)]


# What was deleted --------------------------------------------------------------------------------


def test_the_job_of_a_deleted_turn_vanishes(world: World) -> None:
    write_later(world, "one")
    world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)

    assert world.service.enrich.work_once() == 0
    assert backlog(world).waiting == {}


@pytest.mark.parametrize("what", ["turn", "stream", "space"])
def test_what_is_deleted_while_it_is_embedded_leaves_no_vector(tmp_path: Path, what: str) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, "one")
        (turn,) = turns_of(world)
        forget = world.service.forget
        deletions = {
            "turn": lambda: forget.turn(world.admin, ALICE, turn.id),
            "stream": lambda: forget.stream(world.admin, ALICE, turn.stream),
            "space": lambda: forget.space(world.admin, ALICE),
        }
        embedder.meanwhile = deletions[what]

        assert world.service.enrich.work_once() == 1
        assert world.service.enrich.work_once() == 0
    for table in ("embeddings", "outbox"):
        assert rows(tmp_path, f"SELECT * FROM {table}") == []  # noqa: S608  our own names


# What fails --------------------------------------------------------------------------------------


def test_without_a_model_a_job_waits_and_is_done_when_it_is_back(tmp_path: Path) -> None:
    embedder = MoodyEmbedder(is_down=True)
    with open_world(tmp_path, embedder=embedder) as world:
        remember(world, said("one"))
        assert world.service.enrich.work_once() == 1
        assert backlog(world).waiting == {Step.EMBED: 1}

        embedder.is_down = False
        world.clock.advance(timedelta(seconds=FIRST_PAUSE_S))

        assert world.service.enrich.work_once() == 1
        assert embedded(world) == [True]


def test_what_fails_is_tried_later_and_later_and_then_parked_with_the_reason(
    tmp_path: Path,
) -> None:
    with open_world(tmp_path, embedder=MoodyEmbedder(chokes_on="bone")) as world:
        write_later(world, "a bone")
        for attempt in range(TRIES):
            assert world.service.enrich.work_once() == 1
            pause = timedelta(seconds=FIRST_PAUSE_S * 2**attempt)
            world.clock.advance(pause - timedelta(milliseconds=1))
            assert world.service.enrich.work_once() == 0
            world.clock.advance(timedelta(milliseconds=1))

        left = backlog(world)
        assert left.waiting == {}
        (parked,) = left.parked
        assert (parked.turn, parked.step) == (turns_of(world)[0].id, Step.EMBED)
        assert (parked.attempts, parked.reason) == (TRIES, "ValueError: cannot read bone")


def test_a_parked_job_stays_parked_until_somebody_asks_for_it(tmp_path: Path) -> None:
    embedder = MoodyEmbedder(chokes_on="bone")
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, "a bone")
        for _ in range(TRIES):
            world.service.enrich.work_once()
            world.clock.advance(timedelta(hours=1))
        embedder.chokes_on = None
        assert world.service.enrich.work_once() == 0

        assert world.service.enrich.retry(world.admin, ALICE) == 1

        assert world.service.enrich.work_once() == 1
        assert backlog(world).parked == ()
        assert embedded(world) == [True]


def test_a_retry_touches_its_own_space_alone(tmp_path: Path) -> None:
    with open_world(tmp_path, embedder=MoodyEmbedder(chokes_on="bone")) as world:
        write_later(world, "a bone")
        remember(world, said("one"), space=BOB)
        for _ in range(TRIES):
            world.service.enrich.work_once()
            world.clock.advance(timedelta(hours=1))

        assert world.service.enrich.retry(world.admin, BOB) == 0
        assert len(backlog(world).parked) == 1


def test_one_turn_that_cannot_be_embedded_does_not_hold_up_the_others(tmp_path: Path) -> None:
    with open_world(tmp_path, embedder=MoodyEmbedder(chokes_on="bone")) as world:
        write_later(world, "one", "a bone", "two")

        world.service.enrich.work_once()

        assert embedded(world) == [True, False, True]
        assert backlog(world).waiting == {Step.EMBED: 1}


# A model that answers others ----------------------------------------------------------------------


def turns_to_do(world: World, rounds: int, *, beside: str = "") -> None:
    """Have the worker look again and again, and turns come in the meantime where some are named."""
    for number in range(rounds):
        if beside:
            write_later(world, f"{beside} {number}")
        while world.service.enrich.work_once():
            pass
        world.clock.advance(timedelta(seconds=LEASE_S))


def test_what_a_model_breaks_over_is_parked_in_the_end_and_holds_up_nobody(tmp_path: Path) -> None:
    """As a server that answers 500 for one text each time: the batch got no answer for ever."""
    embedder = MoodyEmbedder()
    embedder.breaks_over = "a bone"
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, "one", "a bone", "two")
        turns_to_do(world, APART_AFTER)
        assert embedded(world) == [True, False, True]

        turns_to_do(world, 2 * TRIES, beside="heron")

        assert backlog(world).waiting == {}
        (parked,) = backlog(world).parked
        assert parked.reason == "The model sleeps; ask again later."
        assert parked.attempts < 3 * TRIES

        embedder.breaks_over = None
        world.service.enrich.retry(world.admin, ALICE)
        turns_to_do(world, 1)
        assert all(embedded(world))


def test_while_nobody_is_answered_nothing_is_parked_and_few_are_tried_alone(
    tmp_path: Path,
) -> None:
    embedder = MoodyEmbedder(is_down=True)
    with open_world(tmp_path, embedder=embedder) as world:
        write_later(world, *(f"turn {number}" for number in range(9)))
        turns_to_do(world, 4 * TRIES)
        assert backlog(world).parked == ()

        embedder.is_down = False
        turns_to_do(world, 1)
        assert all(embedded(world))


def test_an_outage_between_answers_parks_nothing(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        for number in range(TRIES - 1):
            embedder.is_down = False
            turns_to_do(world, 1, beside=f"before {number}")
            embedder.is_down = True
            write_later(world, f"during {number}")
            turns_to_do(world, 3 * TRIES)
        embedder.is_down = False
        turns_to_do(world, 1)
        assert backlog(world).parked == ()
        assert all(embedded(world))
