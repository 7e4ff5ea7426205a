"""What is written is named, whichever way it comes, and forgetting takes the names along."""

from pathlib import Path

import pytest

from memsvc.domain.ids import DocumentName, SpaceKey
from tests.app.small import ALICE, BOB, CHAT, mentions_of, remember, rows, said, tamper, turns_of
from tests.worlds import World, open_world

ADA = "Then Ada Lovelace came."
JAWS = "He saw it with Roy Scheider."


def test_a_turn_names_what_its_text_names(world: World) -> None:
    remember(world, said(ADA), said("Nothing much."))
    assert mentions_of(world) == {ADA: {"ada lovelace": False}}


def test_speakers_do_not_name_themselves(world: World) -> None:
    mine, hers = "This is Ada, hello!", "So this is Ada?"
    remember(world, said(mine, speaker="Ada"), said(hers, speaker="Eve"))
    assert mentions_of(world) == {hers: {"ada": False}}


def test_the_turns_of_a_titled_stream_are_about_its_title(world: World) -> None:
    remember(world, said(JAWS), said("Nothing much."), title="Jaws (film)")
    title = {"jaws": True, "jaws film": True}
    assert mentions_of(world) == {JAWS: {"roy scheider": False} | title, "Nothing much.": title}


def test_the_paragraphs_of_a_document_follow_its_title(world: World) -> None:
    world.document("alice", "film", JAWS, "It swims.", title="Jaws")
    before = [turn.id for turn in turns_of(world)]

    world.document("alice", "film", JAWS, "It bites.", "It swims on.", title="Orca")

    assert mentions_of(world) == {
        JAWS: {"roy scheider": False, "orca": True},
        "It bites.": {"orca": True},
        "It swims on.": {"orca": True},
    }
    assert turns_of(world)[0].id == before[0]
    with world.service.shelf.open(key_of_alice(world)) as indexes:
        assert not indexes.mentions.knows("jaws")


def test_spaces_name_for_themselves(world: World) -> None:
    remember(world, said(ADA))
    remember(world, said(JAWS), space=BOB)
    assert mentions_of(world, BOB) == {JAWS: {"roy scheider": False}}


@pytest.mark.parametrize("what", ["turn", "stream", "document", "space"])
def test_what_is_forgotten_is_named_no_more(tmp_path: Path, what: str) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(ADA))
        world.document("alice", "film", JAWS, title="Jaws")
        assert len(mentions_of(world)) == 2

        if what == "turn":
            world.service.forget.turn(world.admin, ALICE, turns_of(world)[0].id)
        elif what == "stream":
            world.service.forget.stream(world.admin, ALICE, CHAT)
        elif what == "document":
            world.service.forget.document(world.admin, ALICE, DocumentName("film"))
        else:
            world.service.forget.space(world.admin, ALICE)
            remember(world, said("Nothing much."))

        left = {"document": [ADA], "space": []}.get(what, [JAWS])
        assert list(mentions_of(world)) == left
        with world.service.shelf.open(key_of_alice(world)) as indexes:
            assert indexes.mentions.knows("ada lovelace") == (what == "document")
    assert len(rows(tmp_path, "SELECT DISTINCT turn FROM mentions")) == len(left)


def test_a_store_written_before_is_named_at_the_next_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(ADA), said("Nothing much."), said(JAWS), title="Jaws")
        remember(world, said(ADA), space=BOB)
        before = rows(tmp_path, "SELECT * FROM mentions")
    assert len(before) == 6
    tamper(tmp_path, "DELETE FROM mentions")
    tamper(tmp_path, "DELETE FROM store_facts WHERE name = 'mentions'")

    with open_world(tmp_path) as world:
        assert mentions_of(world)[JAWS] == {"roy scheider": False, "jaws": True}

    assert rows(tmp_path, "SELECT * FROM mentions") == before
    assert rows(tmp_path, "SELECT value FROM store_facts WHERE name = 'mentions'") == [("names-2",)]


def test_names_of_other_rules_give_way_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a turn that named something under other rules and names nothing now, nothing is left."""
    texts = [f"We met Ada{n}x." for n in range(7)]
    with open_world(tmp_path) as world:
        remember(world, said("Nothing much."), *(said(text) for text in texts))
        right = mentions_of(world)
    tamper(tmp_path, "UPDATE mentions SET name = 'wrong' WHERE turn > 3")
    wrong = "SELECT space, key, false, 'wrong' FROM turns WHERE key = 1"
    tamper(tmp_path, f"INSERT INTO mentions {wrong}")
    tamper(tmp_path, "UPDATE store_facts SET value = 'names-0' WHERE name = 'mentions'")
    monkeypatch.setattr("memsvc.app.tend.PAGE", 3)

    with open_world(tmp_path) as world:
        assert mentions_of(world) == right
    assert list(right) == texts
    assert rows(tmp_path, "SELECT turn FROM mentions WHERE name = 'wrong'") == []


def test_names_that_are_made_anew_reach_indexes_in_use(world: World) -> None:
    remember(world, said(ADA))
    before = mentions_of(world)
    assert world.service.tend.rebuild_mentions() == 1
    assert mentions_of(world) == before != {}


def key_of_alice(world: World) -> SpaceKey:
    return world.service.inspect.space(world.admin, ALICE).space.key
