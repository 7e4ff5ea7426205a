"""Forget: gone from rows, words, vectors and answers; what stands beside it stays."""

from pathlib import Path

import pytest

from memsvc.domain.errors import SpaceNotFound, StreamNotFound, TurnNotFound
from memsvc.domain.ids import Position, StreamName, TurnId
from memsvc.domain.ledger import Change
from store.directory import DATABASE
from tests.app.small import ALICE, BOB, CHAT, ask, remember, rows, said, texts, turns_of
from tests.postgres import on_either
from tests.worlds import World, open_world

SECRET = "xylophonist"
OF_A_TURN = ("turns", "turn_versions", "embeddings", "outbox")


def write_three(world: World) -> list[TurnId]:
    """Write a turn between two others; the middle one holds the secret and has two versions."""
    written = remember(
        world, said("before it"), said(f"The {SECRET} called."), said("after it")
    ).turns
    middle = written[1]
    world.service.revise(
        world.admin, ALICE, middle.id, version=middle.position, metadata={"n": SECRET}, place=None
    )
    return [turn.id for turn in written]


def counted(folder: Path, table: str) -> int:
    (count,) = rows(folder, f"SELECT count(*) FROM {table}")[0]  # noqa: S608  our own names
    return int(count)


@on_either
def test_a_forgotten_turn_is_found_no_more_and_its_neighbours_are(world: World) -> None:
    _, middle, _ = write_three(world)
    assert texts(ask(world, SECRET))[0] == f"The {SECRET} called."

    world.service.forget.turn(world.admin, ALICE, middle)

    for recipe in ("default", "dense", "lexical"):
        assert SECRET not in ask(world, f"{SECRET} before after", recipe=recipe).context
    assert set(texts(ask(world, "before after"))) == {"before it", "after it"}


def test_a_forgotten_turn_leaves_no_row(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        _, middle, _ = write_three(world)
        remember(world, said(f"{SECRET} owed"), embed_later=True)
        owed = turns_of(world)[-1].id

        world.service.forget.turn(world.admin, ALICE, middle)
        world.service.forget.turn(world.admin, ALICE, owed)

    assert {table: counted(tmp_path, table) for table in OF_A_TURN} == {
        "turns": 2,
        "turn_versions": 0,
        "embeddings": 2,
        "outbox": 0,
    }
    assert rows(tmp_path, "SELECT turn FROM terms WHERE terms LIKE '%xylophon%'") == []


def forget_the_secret(world: World, what: str, turn: TurnId) -> None:
    if what == "turn":
        world.service.forget.turn(world.admin, ALICE, turn)
    elif what == "stream":
        world.service.forget.stream(world.admin, ALICE, CHAT)
    else:
        world.service.forget.space(world.admin, ALICE)


@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["turn", "stream", "space"])
def test_the_text_of_what_was_forgotten_is_nowhere_in_the_files(tmp_path: Path, what: str) -> None:
    """Nor in pages of the file that no table uses any more."""
    with open_world(tmp_path) as world:
        _, middle, _ = write_three(world)
        ask(world, SECRET)
        forget_the_secret(world, what, middle)

    for file in tmp_path.glob(f"{DATABASE}*"):
        assert f"The {SECRET}".encode() not in file.read_bytes(), file.name
        assert f'"{SECRET}"'.encode() not in file.read_bytes(), file.name


@pytest.mark.sqlite
@pytest.mark.parametrize("what", ["turn", "stream", "space"])
def test_no_word_of_what_was_forgotten_is_in_the_files(tmp_path: Path, what: str) -> None:
    with open_world(tmp_path) as world:
        _, middle, _ = write_three(world)
        forget_the_secret(world, what, middle)

    assert SECRET.encode() not in (tmp_path / DATABASE).read_bytes()


def test_forgetting_is_entered_in_a_ledger_that_stays_whole(world: World) -> None:
    _, middle, _ = write_three(world)

    forgotten = world.service.forget.turn(world.admin, ALICE, middle)

    last = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=500)[-1]
    assert (last.change, last.subject) == (Change.TURN_DELETED, middle)
    assert (forgotten.turns, forgotten.position) == (1, last.position)
    assert world.service.verify(world.admin, ALICE).is_whole


def test_the_number_of_a_forgotten_turn_is_not_given_again(world: World) -> None:
    *_, last = write_three(world)

    world.service.forget.turn(world.admin, ALICE, last)
    remember(world, said("later"))

    assert [turn.seq for turn in turns_of(world)] == [0, 1, 3]


def test_the_neighbours_of_a_forgotten_turn_become_each_others(world: World) -> None:
    """What was asked before the gap now stands beside what was answered after it."""
    _, middle, _ = write_three(world)

    world.service.forget.turn(world.admin, ALICE, middle)

    hits = {hit.turn.content: hit for hit in ask(world, "before").hits}
    assert hits["after it"].why["lexical_around"].score > 0


@on_either
def test_a_request_sent_again_after_forgetting_brings_nothing_back(world: World) -> None:
    written = remember(world, said(SECRET), idempotency_key="i-1")
    world.service.forget.turn(world.admin, ALICE, written.turns[0].id)

    again = remember(world, said(SECRET), idempotency_key="i-1")

    assert again.replayed
    assert turns_of(world) == ()
    assert ask(world, SECRET).hits == ()


def test_a_turn_is_forgotten_once(world: World) -> None:
    first, *_ = write_three(world)
    world.service.forget.turn(world.admin, ALICE, first)

    with pytest.raises(TurnNotFound):
        world.service.forget.turn(world.admin, ALICE, first)


def test_a_turn_of_another_space_cannot_be_forgotten(world: World) -> None:
    first, *_ = write_three(world)
    remember(world, said("one"), space=BOB)

    with pytest.raises(TurnNotFound):
        world.service.forget.turn(world.admin, BOB, first)

    assert len(turns_of(world)) == 3


def test_a_forgotten_stream_takes_its_turns_and_leaves_the_others(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        write_three(world)
        remember(world, said("elsewhere"), stream="other")

        forgotten = world.service.forget.stream(world.admin, ALICE, CHAT)

        assert (forgotten.turns, forgotten.streams) == (3, 1)
        assert texts(ask(world, f"{SECRET} before after elsewhere")) == ["elsewhere"]
        with pytest.raises(StreamNotFound):
            world.service.inspect.stream(world.admin, ALICE, CHAT)
        assert world.service.verify(world.admin, ALICE).is_whole

    assert [counted(tmp_path, table) for table in OF_A_TURN] == [1, 0, 1, 0]


def test_a_stream_of_a_forgotten_name_begins_anew(world: World) -> None:
    write_three(world)
    world.service.forget.stream(world.admin, ALICE, CHAT)

    written = remember(world, said("a new beginning"), title="New")

    assert written.turns[0].seq == 0
    assert world.service.inspect.stream(world.admin, ALICE, CHAT).stream.title == "New"
    assert world.service.verify(world.admin, ALICE).is_whole


def test_a_stream_that_is_not_there_cannot_be_forgotten(world: World) -> None:
    write_three(world)

    with pytest.raises(StreamNotFound):
        world.service.forget.stream(world.admin, ALICE, StreamName("nowhere"))


def test_a_forgotten_space_takes_everything_with_it_and_leaves_the_others(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        write_three(world)
        remember(world, said(SECRET), idempotency_key="i-1")
        remember(world, said("owed"), embed_later=True)
        remember(world, said("elsewhere"), space=BOB)

        forgotten = world.service.forget.space(world.admin, ALICE)

        assert (forgotten.turns, forgotten.streams, forgotten.position) == (5, 1, None)
        with pytest.raises(SpaceNotFound):
            ask(world, SECRET)
        assert texts(ask(world, "elsewhere", space=BOB)) == ["elsewhere"]
        assert world.service.verify(world.admin, BOB).is_whole

    tables = ("spaces", "streams", "ledger", "answers", *OF_A_TURN)
    assert [counted(tmp_path, table) for table in tables] == [1, 1, 3, 0, 1, 0, 1, 0]


def test_a_space_of_a_forgotten_name_knows_nothing_of_the_old_one(world: World) -> None:
    write_three(world)
    ask(world, SECRET)
    old = world.service.inspect.space(world.admin, ALICE).space
    world.service.forget.space(world.admin, ALICE)

    remember(world, said("a new beginning"))

    new = world.service.inspect.space(world.admin, ALICE).space
    assert texts(ask(world, f"{SECRET} before after")) == ["a new beginning"]
    assert new.position == 3
    assert new.secret != old.secret


def test_what_was_forgotten_stays_so_after_a_new_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        _, middle, _ = write_three(world)
        world.service.forget.turn(world.admin, ALICE, middle)

    with open_world(tmp_path) as world:
        assert set(texts(ask(world, f"{SECRET} it"))) == {"before it", "after it"}
