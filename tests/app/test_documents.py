"""Documents: replaced whole or by part, and nothing else is touched."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from memsvc.app.documents import WrittenDocument
from memsvc.domain.access import Access, Role
from memsvc.domain.document import (
    MARKDOWN,
    PLAIN,
    About,
    File,
    HeldDocument,
    SentDocument,
    SentPart,
)
from memsvc.domain.errors import (
    DocumentNotFound,
    InvalidField,
    PartNotFound,
    RoleTooWeak,
    SpaceNotFound,
    StreamOwned,
    TooLarge,
    UnreadableDocument,
    VersionMismatch,
)
from memsvc.domain.ids import DocumentName, KeyId
from memsvc.domain.memory import Source, SpaceSettings
from memsvc.domain.recall import Filter
from memsvc.world import CountingIds
from tests.app.small import ALICE, BOB, CHAT, MoodyEmbedder, ask, remember, said, texts, turns_of
from tests.postgres import on_either
from tests.worlds import World, open_world

GUIDE = DocumentName("guide")
LONG = "Herons stand in shallow water and wait for a fish to come near. " * 4
FOOD = "They eat fish, and sometimes frogs or the young of other birds in the reeds. " * 4
BIRDS = f"# Birds\n\nAbout birds.\n\n## Herons\n\n{LONG}\n\n{FOOD}\n\n## Owls\n\nThey hunt.\n"


def text_of(text: str, media_type: str = MARKDOWN) -> File:
    return File(text.encode(), media_type)


def write(
    world: World, text: str = BIRDS, *, name: DocumentName = GUIDE, **about: Any
) -> WrittenDocument:
    sent = SentDocument(name, About(**about), text_of(text))
    return world.service.documents.write(world.admin, ALICE, sent)


def put_part(world: World, part: str, text: str, *, version: int, **more: Any) -> WrittenDocument:
    return world.service.documents.replace_part(
        world.admin, ALICE, GUIDE, part, text_of(text, PLAIN), version=version, **more
    )


def held(world: World, name: DocumentName = GUIDE) -> HeldDocument:
    return world.service.documents.get(world.admin, ALICE, name)


def turn_ids(world: World) -> dict[str, list[str]]:
    return {each.part.name: [turn.id for turn in each.turns] for each in held(world).parts}


def said_in(world: World, part: str) -> list[str]:
    (found,) = [each for each in held(world).parts if each.part.name == part]
    return [turn.content for turn in found.turns]


def test_a_document_becomes_parts_whose_paragraphs_are_turns(world: World) -> None:
    written = write(world, metadata={"team": "birds"}, user_id="ann", agent_id="bot")

    assert (written.is_new, written.added, written.kept, written.removed) == (True, 4, 0, 0)
    assert [each.part.name for each in held(world).parts] == ["text", "Herons", "Owls"]
    assert said_in(world, "Owls") == ["Owls\nThey hunt."]
    (turn, *_) = turns_of(world, where=Filter(documents=(GUIDE,)))
    assert (turn.role, turn.source, turn.metadata) == (
        "document",
        Source.DOCUMENT,
        {"team": "birds"},
    )
    assert (turn.user_id, turn.agent_id) == ("ann", "bot")


def test_a_paragraph_is_recalled_with_its_place_in_the_document(world: World) -> None:
    write(world)

    recalled = ask(world, "what do owls hunt?", k=1)

    assert texts(recalled) == ["Owls\nThey hunt."]
    assert recalled.hits[0].title == "Birds › Owls"  # noqa: RUF001  our mark
    assert "| Birds › Owls |" in recalled.context  # noqa: RUF001  the same


def test_a_recall_may_be_held_to_documents(world: World) -> None:
    write(world)
    write(world, "Owls in another document.", name=DocumentName("other"))
    remember(world, said("Owls in a chat."))

    recalled = ask(world, "owls", where=Filter(documents=(DocumentName("other"),)))

    assert texts(recalled) == ["Owls in another document."]


def test_the_same_again_changes_nothing(world: World) -> None:
    first = write(world, metadata={"a": 1})
    before = turns_of(world)

    again = write(world, metadata={"a": 1})

    assert again.is_unchanged
    assert (again.kept, again.embedded) == (4, True)
    assert again.document.version == first.document.version
    assert turns_of(world) == before


def test_a_changed_section_leaves_the_turns_of_all_others(world: World) -> None:
    write(world)
    before = turn_ids(world)

    written = write(world, BIRDS.replace("hunt", "sleep"))

    after = turn_ids(world)
    assert (written.added, written.kept, written.removed) == (1, 3, 1)
    assert {name for name in before if before[name] != after[name]} == {"Owls"}


def test_paragraphs_before_the_first_difference_keep_their_turns(world: World) -> None:
    write(world)
    before = turn_ids(world)["Herons"]

    write(world, BIRDS.replace(FOOD, "They eat frogs. " * 20))

    after = turn_ids(world)["Herons"]
    assert (after[0], len(after)) == (before[0], 2)
    assert after[1] != before[1]
    assert said_in(world, "Herons")[1].startswith("They eat frogs.")


def test_only_new_paragraphs_are_embedded(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        write(world)
        embedder.read.clear()

        written = write(world, BIRDS.replace("## Herons\n", "## Herons\n\nNew beginning.\n"))

    assert written.added == 2
    (only,) = embedder.read
    assert only.startswith("Herons\nNew beginning.")


def test_a_section_that_is_gone_takes_its_stream_along(world: World) -> None:
    write(world)
    stream = held(world).parts[2].part.stream.name

    written = write(world, BIRDS.partition("## Owls")[0])

    streams = world.service.inspect.streams(world.admin, ALICE, after=None, limit=10).items
    assert written.removed == 1
    assert stream not in [each.stream.name for each in streams]
    assert "They hunt" not in str(texts(ask(world, "hunt owls")))


def test_another_title_renames_the_streams_and_keeps_every_turn(world: World) -> None:
    write(world)
    before = turn_ids(world)

    written = write(world, title="Feathers")

    assert turn_ids(world) == before
    assert (written.added, written.removed) == (0, 0)
    assert ask(world, "owls", k=1).hits[0].title == "Feathers › Owls"  # noqa: RUF001  our mark


def test_other_metadata_is_written_to_every_paragraph(world: World) -> None:
    write(world, metadata={"a": 1})

    written = write(world, metadata={"a": 2})

    assert (written.added, written.removed) == (4, 4)
    assert {turn.metadata["a"] for turn in turns_of(world)} == {2}


def test_a_part_is_replaced_and_no_other_is_touched(world: World) -> None:
    version = write(world, metadata={"a": 1}).document.version
    before = turn_ids(world)

    written = put_part(world, "Owls", "They sleep.", version=version)

    after = turn_ids(world)
    assert written.document.version > version
    assert said_in(world, "Owls") == ["They sleep."]
    assert {name for name in before if before[name] != after[name]} == {"Owls"}
    assert {turn.metadata["a"] for turn in turns_of(world)} == {1}


def test_a_part_of_a_new_name_goes_to_the_end(world: World) -> None:
    version = write(world).document.version

    written = put_part(world, "Kestrels", "They hover.", version=version)

    assert [part.name for part in written.document.parts][-1] == "Kestrels"
    assert written.document.parts[-1].stream.title == "Birds › Kestrels"  # noqa: RUF001  our mark


def test_a_part_with_the_same_text_changes_nothing(world: World) -> None:
    version = write(world).document.version

    written = put_part(world, "Owls", "Owls\nThey hunt.", version=version)

    assert written.document.version == version


def test_an_edit_of_an_old_version_is_refused_and_changes_nothing(world: World) -> None:
    old = write(world).document.version
    write(world, BIRDS.replace("hunt", "sleep"))
    before = turns_of(world)

    with pytest.raises(VersionMismatch) as refused:
        put_part(world, "Owls", "They sing.", version=old)
    with pytest.raises(VersionMismatch):
        world.service.documents.replace(
            world.admin, ALICE, SentDocument(GUIDE, About(), text_of("x")), version=old
        )

    assert refused.value.current == held(world).document.version
    assert turns_of(world) == before


def test_an_edit_that_comes_while_another_is_embedded_is_refused(tmp_path: Path) -> None:
    """The first look saw the version that was named; the unit of work looks again."""
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        version = write(world).document.version
        embedder.meanwhile = lambda: put_part(world, "Owls", "First.", version=version)

        with pytest.raises(VersionMismatch):
            put_part(world, "Owls", "Second.", version=version)

        assert said_in(world, "Owls") == ["First."]


def test_a_write_that_comes_while_another_is_embedded_replaces_it(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        embedder.meanwhile = lambda: write(world, "First.")

        written = write(world, "Second.")

        assert (written.is_new, written.removed) == (False, 1)
        assert said_in(world, "text") == ["Second."]


def in_threads(count: int, work: Callable[[int], None]) -> None:
    together = Barrier(count)
    failures: list[BaseException] = []

    def run(n: int) -> None:
        together.wait()
        try:
            work(n)
        except BaseException as failure:  # noqa: BLE001  asserted below, in the test's own thread
            failures.append(failure)

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@on_either
def test_no_update_of_sixteen_writers_is_lost(world: World) -> None:
    """Each reads the document, adds a line to one part and a part of its own, and tries again."""
    write(world, "Nobody.", media_type=PLAIN)
    refused: list[int] = []

    def edit(n: int) -> None:
        for added in ("text", f"writer {n}"):
            while True:
                document = held(world)
                before = {each.part.name: each.turns for each in document.parts}
                lines = [turn.content for turn in before.get(added, ())]
                text = "\n".join([*lines, f"line of {n}"])
                try:
                    put_part(world, added, text, version=document.document.version)
                    break
                except VersionMismatch:
                    refused.append(n)

    in_threads(16, edit)

    names = [each.part.name for each in held(world).parts]
    assert sorted(names) == sorted(["text", *(f"writer {n}" for n in range(16))])
    lines = "\n".join(said_in(world, "text")).split("\n")
    assert sorted(lines) == sorted(["Nobody.", *(f"line of {n}" for n in range(16))])
    assert refused
    assert world.service.verify(world.admin, ALICE).is_whole


def test_of_sixteen_who_write_one_new_document_each_is_answered_and_one_text_stands(
    world: World,
) -> None:
    written: list[WrittenDocument] = []

    def create(n: int) -> None:
        while True:
            with suppress(VersionMismatch):
                written.append(world.document("alice", GUIDE, f"Text of {n}."))
                return

    in_threads(16, create)

    (text,) = said_in(world, "1")
    last = max(written, key=lambda one: one.document.version)
    assert sum(one.is_new for one in written) == 1
    assert last.document.version == held(world).document.version
    assert text in {f"Text of {n}." for n in range(16)}
    assert len(turns_of(world)) == 1


def test_streams_of_a_document_take_no_turns_and_are_not_deleted_alone(world: World) -> None:
    stream = write(world).document.parts[0].stream.name
    before = turns_of(world)

    with pytest.raises(StreamOwned) as refused:
        remember(world, said("From outside."), stream=stream)
    with pytest.raises(StreamOwned):
        world.service.forget.stream(world.admin, ALICE, stream)

    assert refused.value.document == GUIDE
    assert turns_of(world) == before


def test_a_paragraph_that_was_forgotten_stays_so_when_the_same_is_written_again(
    world: World,
) -> None:
    write(world)
    world.service.forget.turn(world.admin, ALICE, held(world).parts[2].turns[0].id)

    again = write(world)

    assert again.is_unchanged
    assert said_in(world, "Owls") == []


def test_a_deleted_document_leaves_nothing_behind(world: World) -> None:
    remember(world, said("tea"))
    before = world.service.inspect.space(world.admin, ALICE).counts
    write(world)

    gone = world.service.forget.document(world.admin, ALICE, GUIDE)

    assert (gone.turns, gone.streams) == (4, 3)
    assert world.service.inspect.space(world.admin, ALICE).counts == before
    assert texts(ask(world, "owls herons")) in ([], ["tea"])
    with pytest.raises(DocumentNotFound):
        held(world)
    with pytest.raises(DocumentNotFound):
        world.service.forget.document(world.admin, ALICE, GUIDE)
    assert write(world).is_new


def test_a_document_is_one_spaces_own(world: World) -> None:
    version = write(world).document.version
    remember(world, said("tea"), space=BOB)

    with pytest.raises(DocumentNotFound):
        world.service.documents.get(world.admin, BOB, GUIDE)
    with pytest.raises(DocumentNotFound):
        world.service.documents.replace_part(
            world.admin, BOB, GUIDE, "Owls", text_of("x"), version=version
        )
    assert world.service.documents.page(world.admin, BOB, after=None, limit=9).items == ()
    assert ask(world, "owls", space=BOB, where=Filter(documents=(GUIDE,))).hits == ()


def test_a_reader_may_read_and_not_write(world: World) -> None:
    write(world)
    reader = Access(KeyId("k"), "r", Role.READER, (ALICE,), world.clock.now())

    assert world.service.documents.get(reader, ALICE, GUIDE).document.name == GUIDE
    with pytest.raises(RoleTooWeak):
        world.service.documents.write(
            reader, ALICE, SentDocument(GUIDE, About(), File(b"\x00 not even looked at"))
        )
    with pytest.raises(SpaceNotFound):
        world.service.documents.get(reader, BOB, GUIDE)


def test_without_a_model_the_words_are_kept_and_vectors_follow(tmp_path: Path) -> None:
    embedder = MoodyEmbedder(is_down=True)
    with open_world(tmp_path, embedder=embedder) as world:
        written = write(world)
        embedder.is_down = False
        owed = write(world)
        done = world.service.enrich.work_once()

        assert (written.embedded, owed.embedded, done) == (False, False, 4)
        assert write(world).embedded


def test_a_document_of_too_many_paragraphs_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with open_world(tmp_path, max_document_paragraphs=4) as world:
        version = write(world).document.version
        before = turns_of(world)
        with pytest.raises(TooLarge) as refused:
            write(world, BIRDS + "\n## More\n\nAnd more.\n")
        with pytest.raises(TooLarge):
            put_part(world, "more", "And more.", version=version)

        assert refused.value.limit == 4
        assert turns_of(world) == before


def test_a_bad_file_makes_no_space(world: World) -> None:
    with pytest.raises(UnreadableDocument):
        write(world, "\x00\x01\x02")
    with pytest.raises(SpaceNotFound):
        world.service.inspect.space(world.admin, ALICE)


def test_parts_of_one_name_are_refused(world: World) -> None:
    written = world.document("alice", "plain", "One.", "Two.")

    assert [part.name for part in written.document.parts] == ["1", "2"]
    with pytest.raises(InvalidField):
        world.service.documents.write(
            world.admin,
            ALICE,
            SentDocument(GUIDE, About(), (SentPart("a", None, "x"), SentPart("a", None, "y"))),
        )
    with pytest.raises(PartNotFound):
        world.service.documents.get(world.admin, ALICE, DocumentName("plain"), part="3")


def test_documents_are_listed_page_by_page_with_what_they_hold(world: World) -> None:
    write(world)
    world.document("alice", "plain", "One.", "Two.")
    list_page = world.service.documents.page

    first = list_page(world.admin, ALICE, after=None, limit=1)
    second = list_page(world.admin, ALICE, after=first.next_cursor, limit=1)

    found = [*first.items, *second.items]
    assert [(one.document.name, one.parts, one.turns) for one in found] == [
        ("guide", 3, 4),
        ("plain", 2, 2),
    ]
    assert second.next_cursor is None


def test_what_was_written_stands_after_another_start(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        write(world)
        before = held(world)
    ids = CountingIds()
    for _ in range(100):
        ids.new("taken")
    with open_world(tmp_path, ids=ids) as world:
        assert held(world) == before
        assert write(world).is_unchanged
        remember(world, said("tea"), stream=CHAT)


@pytest.mark.parametrize("is_swept", [False, True])
def test_what_retention_took_is_there_again_when_the_same_is_written_again(
    world: World, *, is_swept: bool
) -> None:
    version = world.document("alice", "guide", "Tea at four.", "Milk.").document.version
    settings = world.service.inspect.space(world.admin, ALICE).space
    world.service.govern(
        world.admin, ALICE, SpaceSettings(retention_days=1), version=settings.version
    )
    world.clock.advance(timedelta(days=2))
    if is_swept:
        world.service.expire()
    lapsed = held(world)

    again = world.document("alice", "guide", "Tea at four.", "Milk.")

    assert [each.turns for each in lapsed.parts] == [(), ()]
    assert (again.added, again.document.version > version) == (2, True)
    assert said_in(world, "1") == ["Tea at four."]
    assert len(turns_of(world)) == 2
    assert world.service.forget.document(world.admin, ALICE, GUIDE).turns == 2
    assert world.service.verify(world.admin, ALICE).is_whole
