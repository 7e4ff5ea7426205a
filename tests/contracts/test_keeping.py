"""What every keeping of rows does, seen through its port: SQLite's, and PostgreSQL's."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from memsvc.domain.access import Role
from memsvc.domain.ids import KeyId, PinId, Position, SpaceName, StreamName, TurnId
from memsvc.domain.memory import Space, Turn
from memsvc.domain.pinned import NewPin, Pin
from memsvc.domain.recall import Filter
from memsvc.domain.work import Job, Step, Waiting
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.outbox import LeaseLost
from memsvc.world import CountingIds
from tests.domain.test_values import CLOSING
from tests.store.opened import MODEL, NOW, make_space, open_store, say

SOON = NOW + timedelta(seconds=60)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def keeping(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeping]:
    url = request.getfixturevalue("database_url") if request.param == "postgres" else None
    with open_store(tmp_path, url=url) as store:
        yield store.keeping


@pytest.fixture
def ids() -> CountingIds:
    return CountingIds()


@pytest.fixture
def alice(keeping: Keeping, ids: CountingIds) -> Space:
    return keeping.write(lambda unit: make_space(unit, "alice", ids))


def test_a_unit_keeps_all_of_what_it_did_or_nothing(keeping: Keeping, ids: CountingIds) -> None:
    def work(unit: Unit) -> None:
        space = make_space(unit, "alice", ids)
        say(unit, space, ["a word"], ids=ids)
        unit.rules.put("a", "fact")
        raise LookupError

    with pytest.raises(LookupError):
        keeping.write(work)
    with keeping.read() as reading:
        assert reading.spaces.find(SpaceName("alice")) is None
        assert reading.rules.get("a") is None


def test_a_turn_is_known_by_id_only_in_its_own_space(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    bob = keeping.write(lambda unit: make_space(unit, "bob", ids))
    (turn,) = keeping.write(lambda unit: say(unit, alice, ["a word"], ids=ids))
    with keeping.read() as reading:
        assert reading.turns.get(alice.key, turn.id) == turn
        assert reading.turns.get(bob.key, turn.id) is None
        assert reading.turns.by_keys(bob.key, [turn.key]) == []
        assert reading.turns.page(bob.key, Filter(), after=None, limit=9).items == ()
        assert reading.turns.versions(bob.key, turn.key) == []
        assert reading.streams.find(bob.key, StreamName("chat")) is None


def test_nothing_of_one_space_can_be_changed_through_another(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    bob = keeping.write(lambda unit: make_space(unit, "bob", ids))
    (turn,) = keeping.write(lambda unit: say(unit, alice, ["a word"], ids=ids))

    def meddle(unit: Unit) -> None:
        unit.turns.mark_embedded(bob.key, [turn.key])
        unit.turns.set_lengths(bob.key, {turn.key: 99})
        unit.outbox.retry(bob.key, now=NOW)
        unit.turns.delete(bob.key, [turn.key])

    keeping.write(meddle)
    with keeping.read() as reading:
        assert reading.turns.get(alice.key, turn.id) == turn


def test_turns_come_in_the_order_of_the_keys_that_were_asked_for(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    first, second, third = keeping.write(lambda unit: say(unit, alice, ["1", "2", "3"], ids=ids))
    with keeping.read() as reading:
        found = reading.turns.by_keys(alice.key, [third.key, 9_999, first.key, second.key])
    assert found == [third, first, second]


def test_a_revised_turn_keeps_its_versions_oldest_first(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    (turn,) = keeping.write(lambda unit: say(unit, alice, ["a word"], ids=ids))

    def revise(place: str, position: int) -> None:
        def work(unit: Unit) -> None:
            current = unit.turns.get(alice.key, turn.id)
            assert current is not None
            unit.turns.revise(
                alice.key, current, metadata={"at": place}, place=place, position=Position(position)
            )

        keeping.write(work)

    revise("Oslo", 10)
    revise("Lima", 11)
    with keeping.read() as reading:
        now = reading.turns.get(alice.key, turn.id)
        earlier = reading.turns.versions(alice.key, turn.key)
    assert now is not None
    assert (now.place, now.metadata, now.version) == ("Lima", {"at": "Lima"}, 11)
    assert [(one.position, one.place) for one in earlier] == [(turn.version, None), (10, "Oslo")]


def owed(
    keeping: Keeping,
    space: Space,
    ids: CountingIds,
    *said: str,
    step: Step = Step.EMBED,
    at: datetime = NOW,
) -> list[Turn]:
    """Write turns that are owed a step, a vector unless it is another, and return them."""

    def work(unit: Unit) -> list[Turn]:
        turns = say(unit, space, said, ids=ids, vector=None)
        unit.outbox.put(space.key, step, [turn.key for turn in turns], now=at)
        return turns

    return keeping.write(work)


def leased(
    keeping: Keeping,
    step: Step = Step.EMBED,
    *,
    at: datetime = NOW,
    limit: int = 9,
    holder: str = "w_1",
) -> list[Job]:
    """Lease what is due, for a minute."""
    return keeping.write(
        lambda unit: unit.outbox.claim(step, now=at, lease_s=60.0, limit=limit, holder=holder)
    )


def test_a_job_is_leased_once_until_its_lease_runs_out(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    owed(keeping, alice, ids, "a")

    def attempts(seconds: int) -> list[int]:
        jobs = leased(keeping, at=NOW + timedelta(seconds=seconds), limit=5)
        return [job.attempts for job in jobs]

    assert [attempts(0), attempts(0), attempts(59), attempts(60)] == [[1], [], [], [2]]


def test_a_job_that_was_put_off_before_the_clock_went_back_is_due(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    owed(keeping, alice, ids, "a word")

    def jobs(back_s: float) -> int:
        return len(leased(keeping, at=NOW - timedelta(seconds=back_s)))

    assert jobs(back_s=30) == 0, "no longer than a lease: it may have been put off"
    assert jobs(back_s=7_200) == 1
    assert jobs(back_s=7_200) == 0, "leased"


def test_jobs_of_one_claim_are_of_one_space_and_the_oldest_space_is_served_first(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    bob = keeping.write(lambda unit: make_space(unit, "bob", ids))

    owed(keeping, alice, ids, "a", "b", at=SOON)
    owed(keeping, bob, ids, "a", "b")

    def served() -> list[int]:
        return [job.space for job in leased(keeping, at=SOON, limit=5)]

    assert [served(), served(), served()] == [[bob.key] * 2, [alice.key] * 2, []]


def test_who_takes_over_has_what_others_leased_and_no_more(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    keys = [turn.key for turn in owed(keeping, alice, ids, *"abcd")]

    leased(keeping, holder="w_dead", limit=1)
    leased(keeping, holder="w_here", limit=1)
    put_off, parked = leased(keeping, holder="w_dead", limit=2)

    def decide(unit: Unit) -> None:
        unit.outbox.postpone(alice.key, put_off, until=SOON, reason="no answer")
        unit.outbox.park(alice.key, parked, reason="no answer", now=NOW)

    keeping.write(decide)

    assert keeping.write(lambda unit: unit.outbox.take_over(holder="w_here", now=NOW)) == 1
    assert [job.turn for job in leased(keeping, holder="w_here")] == keys[:1]
    assert keeping.write(lambda unit: unit.outbox.take_over(holder="w_here", now=NOW)) == 0


def test_what_was_leased_before_comes_before_what_was_owed_later(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    """A note is linked to those before it: after a kill they are made in the same order."""
    keys = [turn.key for turn in owed(keeping, alice, ids, *"abc", step=Step.NOTES)]

    [first] = leased(keeping, Step.NOTES, holder="w_dead", limit=1)
    assert first.turn == keys[0]
    keeping.write(lambda unit: unit.outbox.take_over(holder="w_here", now=SOON))
    again = leased(keeping, Step.NOTES, holder="w_here", limit=2, at=SOON)
    assert [job.turn for job in again] == keys[:2]


def test_a_parked_job_waits_for_a_retry_and_a_finished_one_is_counted(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    (turn,) = owed(keeping, alice, ids, "a")

    def claim(unit: Unit) -> None:
        (job,) = unit.outbox.claim(Step.EMBED, now=NOW, lease_s=60.0, limit=5, holder="w_1")
        unit.outbox.park(alice.key, job, reason="no model", now=NOW)

    keeping.write(claim)
    with keeping.read() as reading:
        backlog = reading.outbox.backlog(alice.key, now=SOON)
    assert [(one.turn, one.reason) for one in backlog.parked] == [(turn.id, "no model")]
    assert dict(backlog.waiting) == {}
    assert keeping.write(lambda unit: unit.outbox.retry(alice.key, now=NOW)) == 1

    def finish(unit: Unit) -> None:
        jobs = unit.outbox.claim(Step.EMBED, now=NOW, lease_s=60.0, limit=5, holder="w_1")
        unit.outbox.finish(alice.key, jobs)

    keeping.write(finish)
    with keeping.read() as reading:
        backlog = reading.outbox.backlog(alice.key, now=SOON)
        assert (backlog.done, backlog.parked) == (1, ())
        assert reading.outbox.waiting(now=SOON) == Waiting(jobs=0, lag_s=0.0)


def test_a_turn_without_a_vector_of_the_model_is_owed_one_and_only_once(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    keeping.write(lambda unit: say(unit, alice, ["has one"], ids=ids))
    keeping.write(lambda unit: say(unit, alice, ["has none"], ids=ids, vector=None))
    owed = [
        keeping.write(lambda unit: unit.embeddings.owe_missing(MODEL, now=NOW)) for _ in range(2)
    ]
    assert owed == [1, 0]


def test_an_answer_is_kept_for_one_actor_one_key_and_one_space(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    bob = keeping.write(lambda unit: make_space(unit, "bob", ids))

    def keep(unit: Unit, answer: str) -> None:
        unit.answers.keep(
            alice.key,
            actor="k1",
            idempotency_key="i1",
            digest=b"d",
            answer={"is": answer},
            at=NOW,
        )

    keeping.write(lambda unit: keep(unit, "first"))
    keeping.write(lambda unit: keep(unit, "second"))
    with keeping.read() as reading:

        def found(space: Space, actor: str, key: str, *, since: int = 0) -> object:
            moment = NOW + timedelta(seconds=since)
            return reading.answers.find(space.key, actor=actor, idempotency_key=key, since=moment)

        assert found(alice, "k1", "i1") == (b"d", {"is": "second"})
        assert found(bob, "k1", "i1") is None
        assert found(alice, "k2", "i1") is None
        assert found(alice, "k1", "i2") is None
        assert found(alice, "k1", "i1", since=1) is None
    assert keeping.write(lambda unit: unit.answers.drop_before(SOON)) == 1


def test_a_key_is_known_by_its_hash_until_it_is_revoked(keeping: Keeping) -> None:
    made = keeping.write(
        lambda unit: unit.keys.add(
            KeyId("k_1"), secret_hash=b"h", name="n", role=Role.READER, spaces=["alice"], at=NOW
        )
    )
    with keeping.read() as reading:
        assert reading.keys.by_hash(b"h") == made
        assert reading.keys.by_hash(b"other") is None
    revoked = [keeping.write(lambda unit: unit.keys.delete(KeyId("k_1"))) for _ in range(2)]
    assert revoked == [True, False]
    with keeping.read() as reading:
        assert reading.keys.by_hash(b"h") is None


def test_a_client_id_is_known_in_its_own_stream_only(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    keeping.write(lambda unit: say(unit, alice, ["a"], ids=ids))
    with keeping.read() as reading:
        stream = reading.streams.find(alice.key, StreamName("chat"))
        assert stream is not None
        assert reading.turns.known(alice.key, stream.key, ["never said"]) == {}
        assert reading.turns.get(alice.key, TurnId("t_none")) is None


def test_counts_tell_bytes_of_text_not_characters(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    keeping.write(lambda unit: say(unit, alice, ["é", "東京"], ids=ids))
    with keeping.read() as reading:
        counts = reading.spaces.counts(alice.key)
    assert (counts.streams, counts.turns, counts.vectors, counts.text_bytes) == (1, 2, 2, 8)


def test_who_lost_a_lease_keeps_nothing_whether_the_other_is_done_or_not(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    owed(keeping, alice, ids, "a", "b")
    slow = leased(keeping, holder="w_slow")
    quick = leased(keeping, holder="w_quick", at=SOON)
    assert [job.key for job in slow] == [job.key for job in quick]

    def finish(jobs: list[Job], fact: str) -> None:
        def work(unit: Unit) -> None:
            unit.rules.put(fact, "kept")
            unit.outbox.finish(alice.key, jobs)

        keeping.write(work)

    with pytest.raises(LeaseLost):
        finish(slow, "before")
    finish(quick, "quick")
    with pytest.raises(LeaseLost):
        finish(slow, "after")
    with keeping.read() as reading:
        assert [reading.rules.get(each) for each in ("before", "quick", "after")] == [
            None,
            "kept",
            None,
        ]
        assert reading.outbox.backlog(alice.key, now=SOON).done == 2


def test_jobs_that_went_with_their_turns_are_no_lost_leases(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    owed(keeping, alice, ids, "a", "b")
    jobs = leased(keeping, holder="w_1")
    keeping.write(lambda unit: unit.turns.delete(alice.key, [jobs[0].turn]))
    keeping.write(lambda unit: unit.outbox.finish(alice.key, jobs))
    with keeping.read() as reading:
        assert reading.outbox.waiting(now=SOON).jobs == 0


def test_who_lost_a_lease_neither_puts_off_nor_parks_what_another_does(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    owed(keeping, alice, ids, "a")
    (slow,) = leased(keeping, holder="w_slow")
    (quick,) = leased(keeping, holder="w_quick", at=SOON)
    keeping.write(lambda unit: unit.outbox.postpone(alice.key, slow, until=NOW, reason="no answer"))
    keeping.write(lambda unit: unit.outbox.park(alice.key, slow, reason="no answer", now=NOW))
    with keeping.read() as reading:
        assert reading.outbox.backlog(alice.key, now=SOON).parked == ()
    keeping.write(lambda unit: unit.outbox.finish(alice.key, [quick]))
    with keeping.read() as reading:
        assert reading.outbox.waiting(now=SOON).jobs == 0


def test_what_is_given_back_is_due_at_once_and_counts_as_not_tried(
    keeping: Keeping, ids: CountingIds, alice: Space
) -> None:
    owed(keeping, alice, ids, "a", "b")
    jobs = leased(keeping, holder="w_1")
    assert keeping.write(lambda unit: unit.outbox.give_back(holder="w_other", now=NOW)) == 0
    assert keeping.write(lambda unit: unit.outbox.give_back(holder="w_1", now=NOW)) == 2
    assert leased(keeping, holder="w_2") == jobs


def test_a_pin_is_kept_with_every_part_of_its_filters(keeping: Keeping, alice: Space) -> None:
    where = Filter(**{name: value for each in CLOSING for name, value in each.items()})
    asked = NewPin("Who has tea?", "fast", 3, (TurnId("t_1"),), where)
    pin = Pin(PinId("pq_1"), asked, KeyId("k_1"), NOW, Position(7))
    keeping.write(lambda unit: unit.pinned.add(alice.key, pin))
    elsewhere = replace(asked, where=Filter())
    assert keeping.write(lambda unit: unit.pinned.get(alice.key, pin.id)) == pin
    assert keeping.write(lambda unit: unit.pinned.same(alice.key, asked)) == pin
    assert keeping.write(lambda unit: unit.pinned.same(alice.key, elsewhere)) is None
