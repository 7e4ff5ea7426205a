"""Remember: durable and searchable when it answers, once however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import log
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.domain.access import Role
from memsvc.domain.errors import IdempotencyConflict, SpaceNotFound, TooLarge, TurnConflict
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Source
from memsvc.domain.work import Step
from retrieval.arms import CHANCE
from retrieval.brevity import SHORT_TURN
from tests.app.small import (
    ALICE,
    BOB,
    CHAT,
    MoodyEmbedder,
    ask,
    key_of,
    remember,
    rows,
    said,
    texts,
    turns_of,
)
from tests.postgres import on_either
from tests.worlds import World, open_world


def changes(world: World) -> list[Change]:
    entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=500)
    return [entry.change for entry in entries]


# Where a turn goes -------------------------------------------------------------------------------


def test_a_first_write_makes_the_space_and_the_stream(world: World) -> None:
    written = remember(world, said("I moved to Lisbon."), title="Moving")

    assert changes(world) == [Change.SPACE_MADE, Change.STREAM_MADE, Change.TURN_ADDED]
    assert written.position == written.turns[0].position == 3
    summary = world.service.inspect.stream(world.admin, ALICE, CHAT)
    assert (summary.turns, summary.stream.title) == (1, "Moving")


def test_everything_said_about_a_turn_is_kept(world: World) -> None:
    at = datetime(2024, 5, 1, 12, tzinfo=UTC)
    turn = said(
        "Buy oat milk.",
        role="assistant",
        speaker="Ada",
        client_id="m-1",
        at=at,
        place="kitchen",
        source=Source.AGENT,
        metadata={"mood": "calm", "tags": ["shop"]},
    )

    remember(world, turn, user_id="u1", agent_id="a1")

    (kept,) = turns_of(world)
    fields = ("role", "content", "speaker", "client_id", "at", "place", "source", "metadata")
    assert all(getattr(kept, name) == getattr(turn, name) for name in fields)
    assert (kept.user_id, kept.agent_id, kept.embedded) == ("u1", "a1", True)


def test_a_turn_without_a_time_happened_when_it_was_written(world: World) -> None:
    remember(world, said("Now."))

    assert turns_of(world)[0].at == world.clock.now()


def test_numbers_in_a_stream_continue_from_batch_to_batch(world: World) -> None:
    first = remember(world, said("one"), said("two"))
    other = remember(world, said("elsewhere"), stream="other")
    second = remember(world, said("three"))

    assert [turn.seq for turn in (*first.turns, *other.turns, *second.turns)] == [0, 1, 0, 2]


def test_positions_in_a_space_have_no_gaps(world: World) -> None:
    remember(world, said("one"), said("two"))
    remember(world, said("elsewhere"), stream="other")
    remember(world, said("in another space"), space=BOB)
    remember(world, said("three"))

    entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=500)
    assert [entry.position for entry in entries] == list(range(1, 8))


def test_a_stream_keeps_the_title_it_was_made_with(world: World) -> None:
    remember(world, said("one"), title="First")
    remember(world, said("two"), title="Second")

    assert world.service.inspect.stream(world.admin, ALICE, CHAT).stream.title == "First"


def test_a_batch_of_a_thousand_is_kept_in_order(world: World) -> None:
    written = remember(world, *(said(f"turn {number}") for number in range(1000)))

    assert [turn.seq for turn in written.turns] == list(range(1000))
    assert [turn.content for turn in turns_of(world)[:3]] == ["turn 0", "turn 1", "turn 2"]


def test_what_was_written_is_found_at_once_and_after_a_new_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("I moved to Lisbon."))
        assert texts(ask(world, "Lisbon")) == ["I moved to Lisbon."]

    with open_world(tmp_path) as world:
        assert texts(ask(world, "Lisbon")) == ["I moved to Lisbon."]


# An Idempotency-Key ------------------------------------------------------------------------------


def test_a_request_sent_again_is_answered_with_its_first_result(world: World) -> None:
    first = remember(world, said("one"), idempotency_key="i-1")
    remember(world, said("two"))

    again = remember(world, said("one"), idempotency_key="i-1")

    assert (first.replayed, again.replayed) == (False, True)
    assert replace(again, replayed=False) == first
    assert [turn.content for turn in turns_of(world)] == ["one", "two"]


@pytest.mark.parametrize(
    ("turn", "facts"),
    [
        (said("other"), {}),
        (said("one", speaker="Ada"), {}),
        (said("one", metadata={"a": 1}), {}),
        (said("one"), {"stream": "other"}),
        (said("one"), {"user_id": "u1"}),
        (said("one"), {"embed_later": True}),
    ],
)
@on_either
def test_an_idempotency_key_with_other_content_is_a_conflict_that_keeps_nothing(
    world: World, turn: Any, facts: dict[str, Any]
) -> None:
    remember(world, said("one"), idempotency_key="i-1")
    before = changes(world)

    with pytest.raises(IdempotencyConflict) as refused:
        remember(world, turn, idempotency_key="i-1", **facts)

    assert refused.value.idempotency_key == "i-1"
    assert changes(world) == before


def test_an_idempotency_key_counts_for_24_hours(world: World) -> None:
    remember(world, said("one"), idempotency_key="i-1")

    world.clock.advance(timedelta(hours=24))
    assert remember(world, said("one"), idempotency_key="i-1").replayed

    world.clock.advance(timedelta(seconds=1))
    assert not remember(world, said("one"), idempotency_key="i-1").replayed
    assert len(turns_of(world)) == 2


def test_an_idempotency_key_that_has_expired_may_name_other_content(world: World) -> None:
    remember(world, said("one"), idempotency_key="i-1")
    world.clock.advance(timedelta(hours=24, seconds=1))

    remember(world, said("two"), idempotency_key="i-1")

    assert remember(world, said("two"), idempotency_key="i-1").replayed


@on_either
def test_two_who_send_the_same_idempotency_key_do_not_meet(world: World) -> None:
    remember(world, said("one"), idempotency_key="i-1", access=key_of(Role.WRITER))

    other = remember(world, said("two"), idempotency_key="i-1", access=key_of(Role.ADMIN))

    assert not other.replayed


def test_an_idempotency_key_counts_in_its_space_alone(world: World) -> None:
    remember(world, said("one"), idempotency_key="i-1")

    assert not remember(world, said("two"), idempotency_key="i-1", space=BOB).replayed


def test_of_eight_who_send_the_same_request_at_once_one_writes(world: World) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: remember(world, said("one"), idempotency_key="i-1"), range(8))
        )

    assert [turn.content for turn in turns_of(world)] == ["one"]
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7
    assert len({answer.turns for answer in answers}) == 1


# A client's own ids ------------------------------------------------------------------------------


def test_a_turn_that_the_stream_holds_is_not_written_again(world: World) -> None:
    first = remember(world, said("one", client_id="m-1"))

    again = remember(world, said("one", client_id="m-1"))

    assert again.turns == (replace(first.turns[0], replayed=True),)
    assert again.position == first.position
    assert len(turns_of(world)) == 1


def test_a_retry_without_a_time_is_the_same_turn_later(world: World) -> None:
    remember(world, said("one", client_id="m-1"))
    world.clock.advance(timedelta(minutes=5))

    assert remember(world, said("one", client_id="m-1")).turns[0].replayed


def test_what_may_be_edited_does_not_make_another_turn(world: World) -> None:
    remember(world, said("one", client_id="m-1", metadata={"seen": False}))

    again = remember(world, said("one", client_id="m-1", metadata={"seen": True}, place="home"))

    assert again.turns[0].replayed
    assert turns_of(world)[0].metadata == {"seen": False}


@pytest.mark.parametrize(
    "other",
    [
        said("other", client_id="m-1"),
        said("one", client_id="m-1", role="assistant"),
        said("one", client_id="m-1", speaker="Ada"),
        said("one", client_id="m-1", source=Source.TOOL),
        said("one", client_id="m-1", at=datetime(2020, 1, 1, tzinfo=UTC)),
    ],
)
def test_one_turn_id_with_other_content_refuses_the_whole_batch(world: World, other: Any) -> None:
    remember(world, said("one", client_id="m-1"))
    before = changes(world)

    with pytest.raises(TurnConflict) as refused:
        remember(world, said("fine", client_id="m-0"), other, said("fine too"))

    assert refused.value.client_id == "m-1"
    assert changes(world) == before


def test_a_refused_batch_leaves_no_new_space_behind(world: World) -> None:
    with pytest.raises(TurnConflict):
        remember(world, said("one", client_id="m-1"), said("two", client_id="m-1"))

    with pytest.raises(SpaceNotFound):
        world.service.inspect.space(world.admin, ALICE)


def test_a_turn_id_repeated_inside_one_batch_is_written_once(world: World) -> None:
    written = remember(world, said("one", client_id="m-1"), said("one", client_id="m-1"))

    assert [turn.replayed for turn in written.turns] == [False, True]
    assert len({turn.id for turn in written.turns}) == len(turns_of(world)) == 1


def test_an_answer_keeps_the_order_of_the_request(world: World) -> None:
    remember(world, said("b", client_id="m-b"), said("d", client_id="m-d"))

    written = remember(
        world,
        said("a", client_id="m-a"),
        said("b", client_id="m-b"),
        said("c"),
        said("d", client_id="m-d"),
        said("e"),
    )

    kept = {turn.id: turn for turn in turns_of(world)}
    assert [kept[turn.id].content for turn in written.turns] == ["a", "b", "c", "d", "e"]
    assert [kept[turn.id].seq for turn in written.turns] == [turn.seq for turn in written.turns]
    assert [turn.replayed for turn in written.turns] == [False, True, False, True, False]


def test_a_turn_id_counts_in_its_stream_alone(world: World) -> None:
    remember(world, said("one", client_id="m-1"))

    other = remember(world, said("other", client_id="m-1"), stream="other")

    assert not other.turns[0].replayed


def test_of_eight_who_write_the_same_turn_id_at_once_one_writes(world: World) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda _: remember(world, said("one", client_id="m-1")), range(8))
        )

    assert len(turns_of(world)) == 1
    assert sorted(answer.turns[0].replayed for answer in answers) == [False] + [True] * 7


batches = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["red", "blue"]), st.sampled_from([None, "m-1", "m-2", "m-3"])),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=4,
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=batches)
def test_whatever_is_sent_the_ledger_has_no_gap_and_the_stream_has_what_was_accepted(
    world: World, written: list[list[tuple[str, str | None]]]
) -> None:
    """Each example has a space of its own, named by how many there are."""
    count = len(world.service.inspect.spaces(world.admin, after=None, limit=500).items)
    space = SpaceName(f"space-{count}")
    expected: list[str] = []
    known: dict[str, str] = {}
    for batch in written:
        named = dict(known)
        fresh = []
        refused = False
        for content, client_id in batch:
            if client_id is None:
                fresh.append(content)
            elif client_id not in named:
                named[client_id] = content
                fresh.append(content)
            else:
                refused = refused or named[client_id] != content
        turns = [said(content, client_id=client_id) for content, client_id in batch]
        if refused:
            with pytest.raises(TurnConflict):
                remember(world, *turns, space=space)
        else:
            remember(world, *turns, space=space)
            known, expected = named, expected + fresh

    if expected:
        assert [turn.content for turn in turns_of(world, space)] == expected
        assert [turn.seq for turn in turns_of(world, space)] == list(range(len(expected)))
        assert world.service.verify(world.admin, space).is_whole
    else:
        with pytest.raises(SpaceNotFound):
            world.service.inspect.space(world.admin, space)


# Size --------------------------------------------------------------------------------------------


def test_a_turn_over_the_limit_refuses_the_whole_batch(tmp_path: Path) -> None:
    with open_world(tmp_path, max_turn_chars=10) as world:
        with pytest.raises(TooLarge) as refused:
            remember(world, said("short"), said("x" * 11))

        assert (refused.value.field, refused.value.limit) == ("turns.1.content", 10)
        with pytest.raises(SpaceNotFound):
            world.service.inspect.space(world.admin, ALICE)


def test_a_turn_at_the_limit_is_kept(tmp_path: Path) -> None:
    with open_world(tmp_path, max_turn_chars=10) as world:
        assert len(remember(world, said("x" * 10)).turns) == 1


LONG = " ".join(f"Filler number {n} about nothing at all." for n in range(100))


def test_a_long_turn_is_embedded_in_pieces_that_cover_it(tmp_path: Path) -> None:
    content = f"{LONG} Grandmother kept bees."

    with open_world(tmp_path) as world:
        remember(world, said(content))

    found = rows(tmp_path, 'SELECT start, "end" FROM embeddings ORDER BY piece')
    assert len(found) > 1
    assert (found[0][0], found[-1][1]) == (0, len(content))
    assert all(one[1] == two[0] for one, two in pairwise(found))


def test_a_long_turn_is_found_by_its_last_sentence(world: World) -> None:
    remember(world, said("A walk by the sea."), stream="one")
    remember(world, said(f"{LONG} Grandmother kept bees."), stream="two")
    remember(world, said("A stone in the wood."), stream="three")

    assert ask(world, "grandmother bees", recipe="dense").hits[0].turn.stream == "two"


def test_a_long_turn_scores_as_its_best_piece_less_what_chance_adds(world: World) -> None:
    """Its last piece alone is what the short turn says, so both have the same cosine."""
    filler = " ".join(["word"] * 253) + "."
    remember(world, said(f"{filler} Grandmother kept bees."), stream="long")
    remember(world, said("Grandmother kept bees."), stream="short")

    long, short = (
        hit.why["dense"].score
        for hit in sorted(
            ask(world, "grandmother", recipe="dense").hits, key=lambda hit: hit.turn.stream
        )
    )

    assert long == pytest.approx(short - CHANCE * log(256 / SHORT_TURN))


# Without a vector yet ----------------------------------------------------------------------------


def test_embed_later_is_found_by_words_at_once_and_by_meaning_after_the_worker(
    world: World,
) -> None:
    written = remember(world, said("I moved to Lisbon."), embed_later=True)

    assert not written.embedded
    assert list(ask(world, "Lisbon").hits[0].why) == [
        "lexical",
        "lexical_around",
        "lexical_stream",
        "session",
    ]
    assert ask(world, "Lisbon", recipe="dense").hits == ()

    assert world.service.enrich.work_once() == 1

    assert texts(ask(world, "Lisbon", recipe="dense")) == ["I moved to Lisbon."]


def test_embed_later_does_not_ask_the_model(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        remember(world, said("one"), embed_later=True)

    assert embedder.read == []


def test_without_a_model_a_write_is_accepted_owed_and_found_by_words(tmp_path: Path) -> None:
    with open_world(tmp_path, embedder=MoodyEmbedder(is_down=True)) as world:
        written = remember(world, said("I moved to Lisbon."))

        assert not written.embedded
        assert world.service.inspect.enrichment(world.admin, ALICE).waiting == {Step.EMBED: 1}
        found = ask(world, "Lisbon")
        assert texts(found) == ["I moved to Lisbon."]
        assert found.missing_arms == ("dense", "dense_before")


def test_a_replayed_turn_is_not_embedded_a_second_time_in_the_rows(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said("one", client_id="m-1"))
        remember(world, said("one", client_id="m-1"))

    assert rows(tmp_path, "SELECT count(*) FROM embeddings") == [(1,)]


def test_a_replay_says_whether_the_turn_has_its_vector(world: World) -> None:
    remember(world, said("one", client_id="m-1"), embed_later=True)

    assert not remember(world, said("one", client_id="m-1"), embed_later=True).embedded


def test_a_turn_is_found_by_its_speaker(world: World) -> None:
    remember(world, said("Seven o'clock.", speaker="Caroline"), stream="one")
    remember(world, said("Eight o'clock.", speaker="Dan"), stream="two")

    assert texts(ask(world, "When does Caroline come?"))[0] == "Seven o'clock."
