"""Notes and links leave with an export and come in again with their versions, or are left out."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from memsvc.app.keep_notes import NoteWork
from memsvc.app.links import NewLink
from memsvc.app.moving import Imported
from memsvc.app.notes import Edit, ShownNote, WhichNotes
from memsvc.app.write_note import WrittenNote
from memsvc.domain.episode import Segmentation
from memsvc.domain.errors import InvalidLine, LineConflict
from memsvc.domain.ids import EventId, NoteId, RunId, SpaceName, TurnId
from memsvc.domain.memory import NewTurn, Source, SpaceSettings
from memsvc.domain.note import Facets, LinkKind, Making, NewNote, Note
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.recall import Filter
from memsvc.domain.work import WORKER
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import NoteDraft, Revision
from memsvc.server.lines import Reader
from memsvc.world import RandomIds
from tests.server.test_lines import bring_in, export, inside, new_space, opened, sealed, write
from tests.worlds import World, open_world

RUN = RunId("run_1")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all; each test takes spaces of its own."""
    with open_world(tmp_path_factory.mktemp("world"), ids=RandomIds()) as opened_world:
        yield opened_world


def note(world: World, space: SpaceName, content: str, *tags: str) -> WrittenNote:
    return world.service.notes.write(world.admin, space, NewNote(content, Facets(tags=tags)))


def get(world: World, space: SpaceName, id_: NoteId) -> ShownNote:
    return world.service.notes.get(world.admin, space, id_)


def versions(world: World, space: SpaceName, id_: NoteId) -> list[tuple[Facets, Making]]:
    found = world.service.notes.versions(world.admin, space, id_)
    return [(version.facets, version.making) for version in found]


def contents(world: World, space: SpaceName) -> list[str]:
    page = world.service.notes.page(world.admin, space, WhichNotes(), after=None, limit=100)
    return [shown.note.content for shown in page.items]


def link(world: World, space: SpaceName, start: NoteId, end: NoteId) -> str:
    new = NewLink(start, end, LinkKind.RELATED, 0.5, "both of food")
    return world.service.links.make(world.admin, space, new).link.id


def of_event(world: World, space: SpaceName, turns: list[TurnId], content: str) -> Note:
    """Make a note of an event, as enrichment does."""
    made: list[Note] = []

    def work(unit: Unit) -> None:
        held = unit.spaces.find(space)
        assert held is not None
        now = world.clock.now()
        standing = held.settings.standing(now)
        keys = unit.turns.keys_of(held.key, turns, standing=standing)
        draft = NoteDraft(
            NoteId(RandomIds().new("n")),
            content,
            Facets(("owls",)),
            list(keys.values()),
            EventId("e_there"),
            Source.USER,
            now,
            Making("rules@1", "", run=RUN),
        )
        doing = NoteWork(unit, held, world.service.embedder.fingerprint, WORKER, now)
        made.extend(doing.add([draft]))

    world.service.remember.keeping.write(work)
    return made[0]


def evolve(world: World, space: SpaceName, id_: NoteId, tag: str, *, because: NoteId) -> None:
    def work(unit: Unit) -> None:
        held = unit.spaces.find(space)
        assert held is not None
        found = unit.notes.get(held.key, id_)
        assert found is not None
        making = Making("rules@1", "a neighbour came", run=RUN, because=because)
        change = Revision(found.key, Facets(tags=(tag,)), making)
        now = world.clock.now()
        doing = NoteWork(unit, held, world.service.embedder.fingerprint, WORKER, now)
        doing.revise({id_: change})

    world.service.remember.keeping.write(work)


def owed(world: World, space: SpaceName) -> int:
    """Count the notes that have no vector yet."""
    key = world.service.inspect.space(world.admin, space).space.key
    with world.service.remember.keeping.read() as reading:
        page = reading.turns.page(key, Filter(), after=None, limit=100)
        turns = [turn.key for turn in page.items]
        fingerprint = world.service.embedder.fingerprint
        return len(reading.notes.without_vector(key, turns, fingerprint=fingerprint))


def test_notes_come_with_versions_vectors_and_links_and_a_second_time_change_nothing(
    world: World,
) -> None:
    here, there = new_space(), new_space()
    peanuts = note(world, here, "Allergic to peanuts", "health")
    bread = note(world, here, "Likes bread")
    change = Edit(tags=("food",), reason="wider")
    world.service.notes.edit(world.admin, here, peanuts.id, change, version=peanuts.version)
    link(world, here, peanuts.id, bread.id)
    lines = export(world, here, vectors=True)

    done = bring_in(world, there, lines)

    assert (done.notes, done.links, done.notes_left_out) == (2, 1, 0)
    assert versions(world, there, peanuts.id) == versions(world, here, peanuts.id)
    shown = get(world, there, peanuts.id)
    assert shown.note.facets == Facets(tags=("food",))
    assert shown.note.turns == (peanuts.turn,)
    assert [(each.start, each.end, each.score) for each in shown.links] == [
        (peanuts.id, bread.id, 0.5)
    ]
    assert owed(world, there) == 0
    assert inside(export(world, there, vectors=True)) == inside(lines)
    assert world.service.verify(world.admin, there).is_whole
    again = bring_in(world, there, lines)
    assert again == Imported(present=done.turns, position=done.position)


def test_without_vectors_they_are_owed(world: World) -> None:
    here, there = new_space(), new_space()
    note(world, here, "Allergic to peanuts", "health")

    bring_in(world, there, export(world, here))

    assert owed(world, there) == 1
    while world.service.enrich.work_once():
        pass
    assert owed(world, there) == 0


def test_notes_that_refined_each_other_come_whole_in_either_order(world: World) -> None:
    """Each was refined because of the other, so neither can be complete before the other."""
    here, there = new_space(), new_space()
    first, second = note(world, here, "Owls hunt"), note(world, here, "Owls sleep by day")
    evolve(world, here, first.id, "night", because=second.id)
    evolve(world, here, second.id, "birds", because=first.id)
    header, *lines = opened(export(world, here))[:-1]
    turns = [line for line in lines if line["kind"] != "note"]
    notes = [line for line in lines if line["kind"] == "note"]

    done = bring_in(world, there, sealed(header, *turns, *reversed(notes)))

    assert (done.notes, done.notes_left_out) == (2, 0)
    for each in (first, second):
        assert versions(world, there, each.id) == versions(world, here, each.id)
    world.service.notes.delete(world.admin, there, second.id)
    assert get(world, there, first.id).note.facets == Facets()


def test_a_note_waits_for_its_cause_in_a_later_batch(world: World) -> None:
    here, there = new_space(), new_space()
    first, second = note(world, here, "Owls hunt"), note(world, here, "Owls sleep by day")
    evolve(world, here, first.id, "night", because=second.id)
    lines = opened(export(world, here))
    importing = world.service.imports(world.admin, there)
    reader = Reader(longest_line=2**20)
    assert not list(reader.feed(export(world, here)))
    batch = reader.end()
    for line in batch:
        importing.take([line])
    importing.finish()

    assert importing.done.notes == 2
    assert len(lines) == len(batch) + 1
    assert versions(world, there, first.id) == versions(world, here, first.id)


def test_a_note_one_of_whose_turns_is_not_here_is_left_out_with_what_it_brought(
    world: World,
) -> None:
    """Deleted here, its turn stays so; what the note had made of another goes as well."""
    here, there = new_space(), new_space()
    one, two = write(world, here, said("Owls hunt at night."), said("And mice hide."))
    stays = note(world, here, "Birds")
    both = of_event(world, here, [one, two], "Owls hunt mice")
    evolve(world, here, stays.id, "hunters", because=both.id)
    link(world, here, stays.id, both.id)
    lines = export(world, here)
    bring_in(world, there, lines)
    assert get(world, there, both.id).note.event is not None
    assert world.service.verify(world.admin, there).is_whole
    world.service.forget.turn(world.admin, there, two)
    assert contents(world, there) == ["Birds"]

    again = bring_in(world, there, lines)

    assert (again.notes, again.links, again.notes_left_out) == (0, 0, 1)
    third = new_space()
    bring_in(world, third, without(lines, two))
    assert contents(world, third) == ["Birds"]
    assert get(world, third, stays.id).note.facets == Facets()
    assert get(world, third, stays.id).links == ()
    restored = bring_in(world, there, lines, restore_forgotten=True)
    assert (restored.notes, restored.links) == (1, 1)
    assert world.service.verify(world.admin, there).is_whole


def test_what_was_deleted_or_taken_back_here_stays_so_unless_it_is_asked_for(world: World) -> None:
    here, there = new_space(), new_space()
    turns = write(world, here, said("Owls hunt at night."))
    made, bird = of_event(world, here, turns, "Owls hunt"), note(world, here, "Birds")
    other = note(world, here, "Trees")
    link(world, here, bird.id, other.id)
    lines = export(world, here)
    bring_in(world, there, lines)
    world.service.notes.delete(world.admin, there, made.id)
    (held,) = get(world, there, bird.id).links
    world.service.links.retire(world.admin, there, held.id)

    again = bring_in(world, there, lines)

    assert (again.notes, again.links, again.notes_left_out) == (0, 0, 1)
    back = bring_in(world, there, lines, restore_forgotten=True)
    assert (back.notes, back.links, back.notes_left_out) == (1, 1, 0)


def test_a_note_that_was_edited_here_keeps_its_edit(world: World) -> None:
    here = new_space()
    bird = note(world, here, "Birds")
    lines = export(world, here)
    change = Edit(tags=("mine",))
    world.service.notes.edit(world.admin, here, bird.id, change, version=bird.version)

    assert bring_in(world, here, lines).notes == 0
    assert get(world, here, bird.id).note.facets.tags == ("mine",)


def test_the_same_id_with_other_content_is_a_conflict_that_names_it(world: World) -> None:
    here = new_space()
    bird = note(world, here, "Birds")
    lines = [
        line | {"content": "Bees"} if line["kind"] == "note" else line
        for line in opened(export(world, here))[:-1]
    ]
    with pytest.raises(LineConflict) as refused:
        bring_in(world, here, sealed(*lines))
    assert refused.value.turn == bird.id


def test_notes_after_links_and_vectors_of_another_length_are_refused(world: World) -> None:
    here = new_space()
    one, other = note(world, here, "Birds"), note(world, here, "Bees")
    link(world, here, one.id, other.id)
    header, *lines = opened(export(world, here, vectors=True))[:-1]
    with pytest.raises(InvalidLine, match="notes come before links"):
        bring_in(world, new_space(), sealed(header, *lines, lines[-2]))
    lines[-2]["versions"][0]["vector"] = "AAAA"
    with pytest.raises(InvalidLine, match="vector"):
        bring_in(world, new_space(), sealed(header, *lines))


def test_a_note_is_trusted_no_more_than_its_turns_here(world: World) -> None:
    here, there = new_space(), new_space()
    turns = write(world, here, said("Owls hunt at night.", source=Source.DOCUMENT))
    of_event(world, here, turns, "Owls hunt")

    bring_in(world, there, export(world, here))

    page = world.service.notes.page(world.admin, there, WhichNotes(), after=None, limit=9)
    assert [shown.note.source for shown in page.items] == [Source.DOCUMENT]


def said(content: str, source: Source = Source.USER) -> NewTurn:
    return NewTurn(role="user", content=content, source=source)


def without(lines: bytes, turn: TurnId) -> bytes:
    return sealed(*(line for line in opened(lines)[:-1] if line.get("id") != turn))


# Notes that come along, where notes are made -----------------------------------------------------

MAKING = SpaceSettings(notes=NoteMaking(least_tokens=1))


def told_for_days(world: World, space: SpaceName, days: int = 3) -> None:
    """Say two things a day in a space that makes notes; all events but the last are closed."""
    world.service.found(world.admin, space)
    govern(world, space, MAKING)
    at = world.clock.now()
    for day in range(days + 1):
        begin = at + timedelta(days=day)
        turns = [f"Owl {day} hunts mice at night.", f"Owl {day} sleeps by day in the barn."]
        write(world, space, *(NewTurn("user", text, at=begin) for text in turns))
    work(world)


def govern(world: World, space: SpaceName, settings: SpaceSettings) -> None:
    version = world.service.inspect.space(world.admin, space).space.version
    world.service.govern(world.admin, space, settings, version=version)


def work(world: World) -> None:
    while world.service.enrich.work_once():
        pass


def test_notes_that_came_count_as_made_for_the_events_that_they_cover(world: World) -> None:
    here, there = new_space(), new_space()
    told_for_days(world, here)
    before = contents(world, here)

    bring_in(world, there, export(world, here, vectors=True))
    work(world)

    assert len(before) == 3
    assert contents(world, there) == before


@pytest.mark.parametrize("units", [1, 8])
def test_so_they_do_where_streams_are_cut_otherwise(world: World, units: int) -> None:
    """In a space that cuts after every turn, or takes all of a stream together."""
    here, there = new_space(), new_space()
    told_for_days(world, here)
    before = contents(world, here)
    world.service.found(world.admin, there)
    cutting = Segmentation(min_units=1, max_units=units, gap_minutes=1e6)
    govern(world, there, replace(MAKING, segmentation=cutting))

    bring_in(world, there, export(world, here, vectors=True))
    work(world)

    made = [one for one in contents(world, there) if one not in before]
    assert contents(world, there)[: len(before)] == before
    assert not [one for one in made if any(one in other for other in before)]


def test_so_they_do_where_vectors_and_with_them_events_follow_later(world: World) -> None:
    here, there = new_space(), new_space()
    told_for_days(world, here)

    bring_in(world, there, export(world, here))
    work(world)

    assert contents(world, there) == contents(world, here)


def test_an_event_whose_note_did_not_come_gets_one(world: World) -> None:
    here, there = new_space(), new_space()
    told_for_days(world, here)
    first, *rest = contents(world, here)
    page = world.service.notes.page(world.admin, here, WhichNotes(), after=None, limit=1)
    world.service.notes.delete(world.admin, here, page.items[0].note.id)

    bring_in(world, there, export(world, here, vectors=True))
    work(world)

    assert sorted(contents(world, there)) == sorted([first, *rest])
