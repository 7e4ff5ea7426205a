"""Notes: written outright, edited in versions, linked, and forgotten with what hangs on them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from memsvc.app.keep_notes import NoteWork
from memsvc.app.links import NewLink
from memsvc.app.notes import Edit, ShownNote, WhichNotes
from memsvc.app.write_note import WrittenNote
from memsvc.domain.access import Role
from memsvc.domain.errors import (
    IdempotencyConflict,
    InvalidField,
    LinkNotFound,
    NoteNotFound,
    RoleTooWeak,
    VersionMismatch,
)
from memsvc.domain.ids import EventId, LinkId, NoteId, Position, RunId, SpaceName, TurnId, TurnKey
from memsvc.domain.knowledge import Merge
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Source, SpaceSettings
from memsvc.domain.note import Facets, Link, LinkKind, Making, NewNote, Note, Run
from memsvc.domain.receipt import Wanted
from memsvc.domain.work import WORKER, Step
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import LinkDraft, NoteDraft, Revision
from memsvc.world import CountingIds
from store.checks import examined
from store.directory import DATABASE
from tests.app.small import (
    ALICE,
    BOB,
    MoodyEmbedder,
    key_of,
    remember,
    rows,
    said,
    tamper,
    turns_of,
)
from tests.worlds import World, open_world

RUN = RunId("run_1")


def write(world: World, content: str = "Allergic to peanuts", *tags: str) -> WrittenNote:
    return world.service.notes.write(world.admin, ALICE, NewNote(content, Facets(tags=tags)))


def get(world: World, note: NoteId) -> ShownNote:
    return world.service.notes.get(world.admin, ALICE, note)


def edit(world: World, note: NoteId, *tags: str, version: int | None = None) -> ShownNote:
    at = get(world, note).note.version if version is None else version
    return world.service.notes.edit(
        world.admin, ALICE, note, Edit(tags=tags, reason="wished"), version=at
    )


def listed(world: World, **which: Any) -> list[str]:
    wanted = WhichNotes(**which)
    page = world.service.notes.page(world.admin, ALICE, wanted, after=None, limit=100)
    return [shown.note.content for shown in page.items]


def link(
    world: World, start: NoteId, end: NoteId, kind: LinkKind = LinkKind.RELATED, reason: str = ""
) -> Link:
    new = NewLink(start, end, kind, 0.5, reason)
    return world.service.links.make(world.admin, ALICE, new).link


def by_worker(world: World, work: Callable[[NoteWork], object]) -> None:
    """Do what enrichment would."""

    def done(unit: Unit) -> None:
        held = unit.spaces.find(ALICE)
        assert held is not None
        fingerprint = world.service.embedder.fingerprint
        work(NoteWork(unit, held, fingerprint, WORKER, world.clock.now()))

    world.service.remember.keeping.write(done)


def keys(world: World, *turns: TurnId) -> list[TurnKey]:
    of = {turn.id: turn.key for turn in turns_of(world)}
    return [of[turn] for turn in turns]


def made_of(world: World, turns: list[TurnId], content: str, *, id_: str, **making: Any) -> Note:
    """Make a note of an event, as enrichment does."""
    made: list[Note] = []
    draft = NoteDraft(
        NoteId(id_),
        content,
        Facets(),
        keys(world, *turns),
        EventId("e_1"),
        Source.USER,
        world.clock.now(),
        Making("rules@1", "", run=RUN, **making),
        world.service.embedder.embed([content]),
    )
    by_worker(world, lambda work: made.extend(work.add([draft])))
    return made[0]


def evolve(world: World, note: NoteId, facets: Facets, *, because: NoteId) -> None:
    """Refine a note because another came, as enrichment does."""
    found = get(world, note).note
    making = Making("rules@1", "a neighbour came", run=RUN, because=because)
    vector = world.service.embedder.embed([f"{facets} {found.content}"])
    change = Revision(found.key, facets, making, vector)
    by_worker(world, lambda work: work.revise({note: change}))


def changes(world: World) -> list[tuple[Change, str]]:
    entries = world.service.inspect.ledger(world.admin, ALICE, after=Position(0), limit=100)
    return [(entry.change, entry.subject) for entry in entries]


def vectors(folder: Path) -> int:
    return len(rows(folder, "SELECT 1 FROM note_vectors"))


def bytes_left(folder: Path, word: str) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    ]


def work_off(world: World) -> None:
    while world.service.enrich.work_once():
        pass


# Writing and reading -----------------------------------------------------------------------------


def test_a_note_is_kept_as_it_was_written_and_is_a_turn_too(world: World) -> None:
    new = NewNote("Allergic to peanuts", Facets(("peanuts",), ("health",), "what she may not eat"))

    written = world.service.notes.write(world.admin, ALICE, new)

    found = get(world, written.id)
    assert (found.note.content, found.note.facets) == (new.content, new.facets)
    assert (found.note.turns, found.note.event) == ((written.turn,), None)
    assert (found.note.position, found.note.version) == (written.position, written.version)
    assert found.note.making == Making(world.admin.id, "")
    assert found.links == ()
    assert written.embedded
    (turn,) = turns_of(world)
    assert (turn.id, turn.stream, turn.role, turn.source) == (
        written.turn,
        "notes",
        "note",
        Source.AGENT,
    )
    assert changes(world)[-1] == (Change.NOTE_ADDED, written.id)
    assert world.service.verify(world.admin, ALICE).is_whole


def test_the_same_key_with_the_same_note_writes_it_once(world: World) -> None:
    notes, note = world.service.notes, NewNote("Allergic to peanuts")

    first = notes.write(world.admin, ALICE, note, idempotency_key="once")
    again = notes.write(world.admin, ALICE, note, idempotency_key="once")

    assert not first.replayed
    assert again.replayed
    assert (again.id, again.turn, again.version) == (first.id, first.turn, first.version)
    assert len(turns_of(world)) == 1
    with pytest.raises(IdempotencyConflict):
        notes.write(world.admin, ALICE, NewNote("Likes peanuts"), idempotency_key="once")


def test_notes_are_listed_by_every_part_that_is_asked(world: World) -> None:
    peanuts = write(world, "Allergic to peanuts", "Health")
    write(world, "We met Ada Lovelace in the garden", "people")
    world.service.notes.edit(
        world.admin,
        ALICE,
        peanuts.id,
        Edit(keywords=("Straße",)),
        version=peanuts.version,
    )
    assert listed(world) == ["Allergic to peanuts", "We met Ada Lovelace in the garden"]
    assert listed(world, tag="hEALTH") == ["Allergic to peanuts"]
    assert listed(world, keyword="STRASSE") == ["Allergic to peanuts"]
    assert listed(world, text="in  THE garden") == ["We met Ada Lovelace in the garden"]
    assert listed(world, entity="ada lovelace") == ["We met Ada Lovelace in the garden"]
    assert listed(world, turn=peanuts.turn) == ["Allergic to peanuts"]
    assert listed(world, tag="people", text="peanuts") == []


def test_an_entity_is_found_by_a_name_that_was_merged_with_its_own(world: World) -> None:
    write(world, "We met Ada Lovelace in the garden")
    world.write("alice", "chat", "Then Countess Lovelace came.")
    merged: Merge = world.service.merging.merge(
        world.admin, ALICE, "Countess Lovelace", into="Ada Lovelace"
    )
    assert merged.into == "ada lovelace"
    assert listed(world, entity="Countess Lovelace") == ["We met Ada Lovelace in the garden"]


def test_a_list_goes_on_where_the_page_before_ended(world: World) -> None:
    for number in range(5):
        write(world, f"note {number}", "odd" if number % 2 else "even")
    found, cursor = [], None
    for _ in range(3):
        page = world.service.notes.page(
            world.admin, ALICE, WhichNotes(tag="even"), after=cursor, limit=1
        )
        found += [shown.note.content for shown in page.items]
        cursor = page.next_cursor
    assert (found, cursor) == (["note 0", "note 2", "note 4"], None)


def test_a_note_of_another_space_is_none(world: World) -> None:
    written = write(world)
    world.write(BOB, "chat", "hello")
    with pytest.raises(NoteNotFound):
        world.service.notes.get(world.admin, BOB, written.id)


def test_a_reader_may_not_write_edit_link_or_delete(world: World) -> None:
    written = write(world)
    reader = key_of(Role.READER)
    service = world.service
    for refused in (
        lambda: service.notes.write(reader, ALICE, NewNote("no")),
        lambda: service.notes.edit(reader, ALICE, written.id, Edit(tags=()), version=1),
        lambda: service.notes.delete(reader, ALICE, written.id),
        lambda: service.links.make(
            reader, ALICE, NewLink(written.id, NoteId("x"), LinkKind.RELATED)
        ),
        lambda: service.links.retire(reader, ALICE, LinkId("l_1")),
    ):
        with pytest.raises(RoleTooWeak):
            refused()


# Editing -----------------------------------------------------------------------------------------


def test_an_edit_leaves_a_version_behind_and_changes_the_vector(
    world: World, tmp_path: Path
) -> None:
    written = write(world, "Allergic to peanuts", "health")

    shown = edit(world, written.id, "food")

    assert shown.note.facets.tags == ("food",)
    assert shown.note.version > written.version
    versions = world.service.notes.versions(world.admin, ALICE, written.id)
    assert [each.facets.tags for each in versions] == [("health",), ("food",)]
    assert [each.making.reason for each in versions] == ["", "wished"]
    (old, new) = rows(tmp_path, "SELECT version, vector FROM note_vectors ORDER BY version")
    assert (old[0], new[0]) == (written.version, shown.note.version)
    assert old[1] != new[1]
    assert changes(world)[-1] == (Change.NOTE_REVISED, written.id)
    assert world.service.verify(world.admin, ALICE).is_whole


def test_an_edit_of_a_version_that_is_no_longer_current_is_refused(world: World) -> None:
    written = write(world)
    edit(world, written.id, "food")
    with pytest.raises(VersionMismatch) as refused:
        edit(world, written.id, "else", version=written.version)
    assert refused.value.current == get(world, written.id).note.version


def test_an_edit_that_changes_nothing_is_no_version(world: World) -> None:
    written = write(world, "Allergic to peanuts", "health")
    shown = edit(world, written.id, "health", "HEALTH")
    assert shown.note.version == written.version
    assert changes(world)[-1] == (Change.NOTE_ADDED, written.id)


def test_of_two_edits_at_once_one_is_refused(tmp_path: Path) -> None:
    embedder = MoodyEmbedder()
    with open_world(tmp_path, embedder=embedder) as world:
        written = write(world)
        embedder.meanwhile = lambda: edit(world, written.id, "first")
        with pytest.raises(VersionMismatch):
            edit(world, written.id, "second", version=written.version)
        assert get(world, written.id).note.facets.tags == ("first",)


def test_a_note_that_comes_without_a_model_gets_its_vector_later(tmp_path: Path) -> None:
    embedder = MoodyEmbedder(is_down=True)
    with open_world(tmp_path, embedder=embedder) as world:
        written = write(world)
        shown = edit(world, written.id, "food")
        assert not written.embedded
        assert vectors(tmp_path) == 0
        embedder.is_down = False
        work_off(world)
        found = rows(tmp_path, "SELECT version FROM note_vectors")
        assert found == [(shown.note.version,)]
        assert (Change.NOTE_EMBEDDED, written.id) in changes(world)
        waiting = world.service.inspect.enrichment(world.admin, ALICE).waiting
        assert waiting.get(Step.NOTE_VECTORS, 0) == 0


def test_an_edit_while_its_vector_is_made_leaves_no_vector_of_the_old_text(
    tmp_path: Path,
) -> None:
    embedder = MoodyEmbedder(is_down=True)
    with open_world(tmp_path, embedder=embedder) as world:
        written = write(world)
        embedder.is_down = False
        while not embedder.read or "Allergic" in embedder.read[-1]:
            before = len(embedder.read)
            embedder.meanwhile = lambda: edit(world, written.id, "food")
            if not world.service.enrich.work_once() or len(embedder.read) == before:
                break
        work_off(world)
        version = get(world, written.id).note.version
        assert (version,) in rows(tmp_path, "SELECT version FROM note_vectors")


def test_another_model_owes_every_note_a_vector(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        write(world)
    tamper(tmp_path, "UPDATE note_vectors SET fingerprint = 'another'")
    tamper(tmp_path, "DELETE FROM store_facts WHERE name = 'embedder'")
    ids = CountingIds()
    for _ in range(100):
        ids.new("taken")
    with open_world(tmp_path, ids=ids) as world:
        assert world.service.inspect.enrichment(world.admin, ALICE).waiting[Step.NOTE_VECTORS] == 1
        work_off(world)
        assert vectors(tmp_path) == 2


# Links -------------------------------------------------------------------------------------------


def test_a_link_is_read_from_both_ends(world: World) -> None:
    one, two = write(world, "one"), write(world, "two")

    made = link(world, one.id, two.id, LinkKind.ELABORATES, "says more")

    assert (made.start, made.end, made.kind, made.score) == (
        one.id,
        two.id,
        LinkKind.ELABORATES,
        0.5,
    )
    assert made.making == Making(world.admin.id, "says more")
    assert list(get(world, one.id).links) == list(get(world, two.id).links) == [made]
    links = world.service.links
    assert links.page(world.admin, ALICE, note=two.id, after=None, limit=9).items == (made,)
    assert changes(world)[-1] == (Change.LINK_ADDED, made.id)


def test_the_same_link_again_is_answered_as_it_stands(world: World) -> None:
    one, two = write(world, "one"), write(world, "two")
    made = link(world, one.id, two.id)
    new = NewLink(one.id, two.id, LinkKind.RELATED, 0.9)
    again = world.service.links.make(world.admin, ALICE, new)
    assert (again.link, again.is_new) == (made, False)
    assert link(world, two.id, one.id).id != made.id
    assert link(world, one.id, two.id, LinkKind.CONTRADICTS).id != made.id


def test_a_note_is_not_linked_to_itself_or_to_none(world: World) -> None:
    one = write(world, "one")
    with pytest.raises(InvalidField):
        link(world, one.id, one.id)
    with pytest.raises(NoteNotFound):
        link(world, one.id, NoteId("n_none"))


def test_a_link_that_was_taken_back_is_seen_no_more_and_may_be_made_again(
    world: World, tmp_path: Path
) -> None:
    one, two = write(world, "one"), write(world, "two")
    made = link(world, one.id, two.id)
    world.service.links.retire(world.admin, ALICE, made.id)
    assert get(world, one.id).links == ()
    with pytest.raises(LinkNotFound):
        world.service.links.retire(world.admin, ALICE, made.id)
    again = link(world, one.id, two.id)
    assert again.id != made.id
    assert list(get(world, one.id).links) == [again]
    assert len(rows(tmp_path, "SELECT 1 FROM links")) == 2  # for reads of how it was


# Retiring ----------------------------------------------------------------------------------------


def test_a_note_that_was_taken_back_is_seen_no_more_until_it_is_restored(
    world: World, tmp_path: Path
) -> None:
    one, two = write(world, "one", "tag"), write(world, "two")
    made = link(world, one.id, two.id)
    before = get(world, one.id)

    by_worker(world, lambda work: work.retire([before.note]))

    assert listed(world) == ["two"]
    assert get(world, two.id).links == ()
    with pytest.raises(NoteNotFound):
        get(world, one.id)

    by_worker(world, lambda work: work.restore({one.id: Making("rules@1", "rolled back")}))

    after = get(world, one.id)
    assert (after.note.content, after.note.facets) == ("one", before.note.facets)
    assert list(after.links) == [made]
    assert [change for change, _ in changes(world)[-2:]] == [
        Change.NOTE_RETIRED,
        Change.NOTE_RESTORED,
    ]
    (old, new) = rows(
        tmp_path,
        "SELECT vector FROM note_vectors JOIN notes ON key = note "
        "WHERE content = 'one' ORDER BY version",
    )
    assert old == new
    assert world.service.verify(world.admin, ALICE).is_whole


# Forgetting --------------------------------------------------------------------------------------


def test_deleting_a_note_written_outright_deletes_its_turn(world: World, tmp_path: Path) -> None:
    kept, gone = write(world, "kept"), write(world, "heronwort", "heronwort")
    link(world, kept.id, gone.id, reason="heronwort")
    edit(world, gone.id, "heronwort", "more")

    deleted = world.service.notes.delete(world.admin, ALICE, gone.id)

    assert (deleted.id, deleted.turns) == (gone.id, 1)
    assert [turn.content for turn in turns_of(world)] == ["kept"]
    assert get(world, kept.id).links == ()
    assert rows(tmp_path, "SELECT content FROM notes") == [("kept",)]
    assert (Change.NOTE_DELETED, gone.id) in changes(world)
    assert world.service.verify(world.admin, ALICE).is_whole
    with pytest.raises(NoteNotFound):
        world.service.notes.delete(world.admin, ALICE, gone.id)


def test_deleting_a_note_made_of_an_event_leaves_the_turns(world: World, tmp_path: Path) -> None:
    turns = [turn.id for turn in remember(world, said("one"), said("two")).turns]
    note = made_of(world, turns, "one and two", id_="n_made")
    assert world.service.notes.delete(world.admin, ALICE, note.id).turns == 0
    assert len(turns_of(world)) == 2
    assert rows(tmp_path, "SELECT 1 FROM notes UNION SELECT 1 FROM note_turns") == []


def test_a_note_goes_with_any_of_its_turns(world: World, tmp_path: Path) -> None:
    turns = [turn.id for turn in remember(world, said("one"), said("two")).turns]
    made_of(world, turns, "one and two", id_="n_made")
    world.service.forget.turn(world.admin, ALICE, turns[1])
    assert listed(world) == []
    for table in ("notes", "note_turns", "note_versions", "note_vectors"):
        assert rows(tmp_path, f"SELECT 1 FROM {table}") == []  # noqa: S608
    assert world.service.verify(world.admin, ALICE).is_whole


def test_what_a_forgotten_note_brought_into_others_goes_to_a_fixpoint(
    tmp_path: Path,
) -> None:
    with open_world(tmp_path) as world:
        kept, other = write(world, "kept", "tea"), write(world, "other")
        (turn,) = [turn.id for turn in remember(world, said("A heronwort grows.")).turns]
        (late,) = [turn.id for turn in remember(world, said("Later on.")).turns]
        secret = made_of(world, [turn], "heronwort", id_="n_secret")
        evolve(world, kept.id, Facets(tags=("tea", "heronwort")), because=secret.id)
        evolve(world, kept.id, Facets(tags=("tea", "heronwort", "x")), because=other.id)
        child = made_of(world, [late], "of heronwort", id_="n_child", because=secret.id)
        evolve(world, other.id, Facets(context="a child of heronwort"), because=child.id)
        draft = LinkDraft(
            LinkId("l_1"),
            get(world, kept.id).note.key,
            get(world, other.id).note.key,
            LinkKind.RELATED,
            0.5,
            Making("rules@1", "both have heronwort", RUN, secret.id),
        )
        by_worker(world, lambda work: work.link([draft]))
        before = {
            note.id: rows(
                tmp_path,
                "SELECT vector FROM note_vectors WHERE version = ?",
                note.position,
            )
            for note in (kept, other)
        }

        done = world.service.forget_wanted(
            world.admin, ALICE, Wanted(text="heronwort"), dry_run=False
        )

        assert done.receipt.tally.turns == 1
        assert [turn.content for turn in turns_of(world)] == ["kept", "other", "Later on."]
        shown = get(world, kept.id)
        assert (shown.note.facets.tags, shown.links) == (("tea",), ())
        assert get(world, other.id).note.facets == Facets()
        with pytest.raises(NoteNotFound):
            get(world, child.id)
        for note in (kept, other):
            versions = world.service.notes.versions(world.admin, ALICE, note.id)
            assert [each.position for each in versions] == [note.version]
            assert (
                rows(
                    tmp_path,
                    "SELECT vector FROM note_vectors JOIN notes ON key = note WHERE id = ?",
                    note.id,
                )
                == before[note.id]
            )
        edit(world, kept.id, "tea", "and more")  # it stands, and goes on
        assert world.service.verify(world.admin, ALICE).is_whole
        work_off(world)
        assert world.service.inspect.enrichment(world.admin, ALICE).waiting == {}
    assert bytes_left(tmp_path, "heronwort") == []


def test_what_somebody_made_of_a_forgotten_word_is_embedded_anew(
    world: World, tmp_path: Path
) -> None:
    kept, secret = write(world, "kept", "tea"), write(world, "heronwort")
    evolve(world, kept.id, Facets(tags=("tea", "heronwort")), because=secret.id)
    version = edit(world, kept.id, "tea", "heronwort", "mine").note.version

    world.service.notes.delete(world.admin, ALICE, secret.id)

    assert get(world, kept.id).note.facets.tags == ("tea", "mine")
    assert get(world, kept.id).note.version == version
    assert rows(tmp_path, "SELECT 1 FROM note_vectors WHERE version = ?", version) == []
    work_off(world)
    assert len(rows(tmp_path, "SELECT 1 FROM note_vectors WHERE version = ?", version)) == 1


def test_a_note_with_a_turn_that_has_expired_is_seen_no_more(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    turns = [turn.id for turn in remember(world, said("one"), said("two", expires_at=soon)).turns]
    note = made_of(world, turns, "one and two", id_="n_made")
    other = write(world, "other")
    made = link(world, other.id, note.id)
    world.clock.advance(timedelta(hours=1))
    assert listed(world) == ["other"]
    assert get(world, other.id).links == ()
    with pytest.raises(LinkNotFound):
        world.service.links.get(world.admin, ALICE, made.id)
    world.service.expire()
    assert get(world, other.id).links == ()


def test_retention_hides_notes_with_their_turns(world: World) -> None:
    write(world)
    world.service.govern(world.admin, ALICE, SpaceSettings(retention_days=1), version=0)
    world.clock.advance(timedelta(days=2))
    assert listed(world) == []


@pytest.mark.sqlite
def test_the_doctor_finds_notes_whose_turns_have_no_row(world: World, tmp_path: Path) -> None:
    write(world)
    with examined(tmp_path / DATABASE) as database:
        assert database.strays() == 0
        tamper(tmp_path, "DELETE FROM note_versions")
        assert database.strays() > 0


def test_verify_sees_a_note_that_says_something_else(world: World, tmp_path: Path) -> None:
    write(world)
    tamper(tmp_path, "UPDATE notes SET content = 'other'")
    verdict = world.service.verify(world.admin, ALICE)
    assert not verdict.is_whole
    assert "note" in (verdict.reason or "")


# Runs --------------------------------------------------------------------------------------------


def test_a_run_is_found_while_it_goes_on_and_kept_when_it_has_ended(world: World) -> None:
    world.write("alice", "chat", "hello")
    now = world.clock.now()
    run = Run(RUN, "notes", "rules@1", now, None, Position(3), Position(4), 2)
    keeping = world.service.remember.keeping
    space = world.service.inspect.space(world.admin, ALICE).space.key
    keeping.write(lambda unit: unit.runs.keep(space, run))
    with keeping.read() as reading:
        assert reading.runs.going_on(space, step="notes", maker="rules@1") == run
        assert reading.runs.going_on(space, step="notes", maker="rules@2") is None
    ended = Run(RUN, "notes", "rules@1", now, now, Position(3), Position(9), 7)
    keeping.write(lambda unit: unit.runs.keep(space, ended))
    with keeping.read() as reading:
        assert reading.runs.going_on(space, step="notes", maker="rules@1") is None
        assert reading.runs.get(space, RUN) == ended
        assert reading.runs.page(space, after=None, limit=5).items == (ended,)


def test_spaces_have_notes_of_their_own(world: World) -> None:
    written = write(world)
    bob = SpaceName("bob")
    other = world.service.notes.write(world.admin, bob, NewNote("Bob's"))
    with pytest.raises(NoteNotFound):
        world.service.links.make(world.admin, bob, NewLink(other.id, written.id, LinkKind.RELATED))
