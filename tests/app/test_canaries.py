"""Canaries: seen by nobody who does not name one, and by everybody who looks for leaks."""

from pathlib import Path

import pytest

from memsvc.domain.access import Access, Role
from memsvc.domain.canary import Canary
from memsvc.domain.errors import RoleTooWeak, SpaceNotFound
from memsvc.domain.ids import StreamName
from memsvc.domain.ledger import Change
from store.canaries import met_in_files
from tests.app.small import ALICE, ANYTHING, BOB, ask, key_of, remember, rows, said, tamper, texts
from tests.app.small import turns_of as all_turns
from tests.worlds import World, open_world

TEA = (
    "Tea is at four in the kitchen.",
    "We had coffee at five.",
    "The kitchen was cold.",
    "Ann brought tea and cake to the garden.",
    "Four of us were there.",
)


def plant(world: World, count: int = 3, *, access: Access | None = None) -> list[Canary]:
    return world.service.canaries.plant(access or world.admin, ALICE, count=count)[0]


def check(world: World, *, access: Access | None = None) -> list[tuple[str, str | None, int]]:
    looked = world.service.canaries.check(access or world.admin, ALICE)
    return [(one.where, one.space, one.rows) for one in looked.sightings]


def test_canaries_are_turns_of_their_stream_and_the_ledger_says_so(world: World) -> None:
    planted = plant(world)

    turns = all_turns(world)
    assert [turn.id for turn in turns] == [canary.turn for canary in planted]
    assert {(turn.stream, turn.role) for turn in turns} == {("canaries", "canary")}
    assert all(
        canary.words.sentence == turn.content for canary, turn in zip(planted, turns, strict=True)
    )
    assert world.service.canaries.planted(world.admin, ALICE)[0] == planted
    ledger = world.service.inspect.ledger(world.admin, ALICE, after=turns[-1].position, limit=9)
    assert [entry.change for entry in ledger] == [Change.CANARIES_PLANTED]
    assert world.service.verify(world.admin, ALICE).is_whole


def test_the_registry_does_not_hold_what_is_looked_for(world: World, tmp_path: Path) -> None:
    (canary,) = plant(world, 1)

    held = repr(rows(tmp_path, "SELECT * FROM canaries"))

    assert canary.words.needle not in held
    assert canary.words.sentence not in held


@pytest.mark.parametrize("recipe", ["default", "episodic", "pagerank", "dense", "lexical"])
@pytest.mark.parametrize("question", ["When is tea?", "Who was in the kitchen?", "xyz"])
def test_no_ordinary_recall_is_changed_by_them(world: World, recipe: str, question: str) -> None:
    remember(world, *map(said, TEA))
    before = ask(world, question, recipe=recipe)
    plant(world, 20)
    remember(world, *map(said, TEA), space=BOB)  # something else happens meanwhile

    after = ask(world, question, recipe=recipe)

    assert after.hits == before.hits
    assert after.context == before.context


def test_whoever_names_the_token_finds_the_canary(world: World) -> None:
    remember(world, *map(said, TEA))
    planted = plant(world)

    found = texts(ask(world, f"What is {planted[1].words.token}?"))

    assert found[0] == planted[1].words.sentence
    assert planted[0].words.sentence not in found
    assert planted[2].words.sentence not in found


def test_indexes_that_are_loaded_anew_leave_them_out_alike(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, *map(said, TEA))
        before = ask(world, "When is tea?").hits
        plant(world, 20)
    with open_world(tmp_path) as world:
        assert ask(world, "When is tea?").hits == before


def test_a_space_with_canaries_is_clean(world: World) -> None:
    plant(world)
    remember(world, *map(said, TEA), space=BOB)

    assert check(world) == []


def test_a_canary_in_another_space_is_found_whichever_table_holds_it(
    world: World, tmp_path: Path
) -> None:
    (canary,) = plant(world, 1)
    remember(world, said("tea"), space=BOB)
    key = world.service.inspect.space(world.admin, BOB).space.key
    sentence, token = canary.words.sentence, canary.words.token

    tamper(tmp_path, "UPDATE turns SET content = ? WHERE space = ?", sentence, key)
    tamper(tmp_path, "UPDATE terms SET terms = ? WHERE space = ?", token.upper(), key)
    tamper(tmp_path, "UPDATE streams SET title = ? WHERE space = ?", f"about {token}", key)
    metadata = f'{{"deep": ["{token}"]}}'
    tamper(tmp_path, "UPDATE turns SET metadata = ? WHERE space = ?", metadata, key)

    assert check(world) == [("streams", "bob", 1), ("terms", "bob", 1), ("turns", "bob", 1)]


def test_a_key_that_may_not_see_the_other_space_is_not_told_its_name(
    world: World, tmp_path: Path
) -> None:
    (canary,) = plant(world, 1)
    remember(world, said(canary.words.sentence), space=BOB)

    own = check(world, access=key_of(Role.ADMIN, ALICE))

    assert own
    assert {space for _, space, _ in own} == {None}
    assert {space for _, space, _ in check(world)} == {BOB}


def test_what_is_left_of_a_deleted_canary_is_found_where_it_is(
    world: World, tmp_path: Path
) -> None:
    one, other = plant(world, 2)
    remember(world, said(f"Somebody wrote {one.words.token} down."))
    assert check(world) == []

    world.service.forget.turn(world.admin, ALICE, one.turn)

    assert check(world) == [("terms", "alice", 1), ("turns", "alice", 1)]
    listed, _ = world.service.canaries.planted(world.admin, ALICE)
    assert [canary.stands for canary in listed] == [False, True]
    assert listed[1].id == other.id


def test_forgetting_everything_leaves_none_in_any_row_or_byte(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        planted = plant(world)
        ask(world, planted[0].words.token)
        world.service.forget.stream(world.admin, ALICE, StreamName("canaries"))
        assert check(world) == []
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert met_in_files(planted, files) == []


def test_bytes_are_found_across_the_parts_in_which_a_file_is_read(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (canary,) = plant(world, 1)
    monkeypatch.setattr("store.canaries.BYTES_AT_ONCE", 7)
    file = tmp_path / "a.file"
    file.write_bytes(b"x" * 11 + canary.words.token.upper().encode() + b"y" * 5)

    assert [one.where for one in met_in_files([canary], [file])] == ["a.file"]
    file.write_bytes(b"x" * 100)
    assert met_in_files([canary], [file]) == []


def test_only_admins_of_the_space_plant_see_and_look(world: World) -> None:
    plant(world, 1, access=key_of(Role.ADMIN, ALICE))
    for access, refusal in (
        (key_of(Role.WRITER), RoleTooWeak),
        (key_of(Role.ADMIN, BOB), SpaceNotFound),
    ):
        with pytest.raises(refusal):
            plant(world, 1, access=access)
        with pytest.raises(refusal):
            check(world, access=access)
        with pytest.raises(refusal):
            world.service.canaries.planted(access, ALICE)
    assert len(all_turns(world, ALICE, ANYTHING)) == 1
