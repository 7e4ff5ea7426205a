"""How many SQL statements the daily work takes. A query for every turn would show here.

A number that changes for a good reason is changed here, in the same commit.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Connection, Engine, event

from graph.model import NodeKind
from memsvc.app.keep_notes import NoteWork
from memsvc.app.links import NewLink
from memsvc.app.notes import WhichNotes
from memsvc.domain.forgetting import Forgetting
from memsvc.domain.ids import (
    DocumentName,
    Position,
    RunId,
    SpaceKey,
    SpaceName,
    StreamName,
    TurnId,
)
from memsvc.domain.improving import Improving
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import NewTurn, Source, SpaceSettings
from memsvc.domain.note import Facets, LinkKind, Making, NewNote, Run
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.profile import ProfileWanted
from memsvc.domain.recall import Filter, Kind, Question
from memsvc.llm.fakes import HashingEmbedder, HashingTokens
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import Revision
from memsvc.world import RandomIds
from store.directory import DATABASE
from store.postgres import url_of
from tests.scripted import ScriptedModel
from tests.store.opened import NOW
from tests.worlds import World, open_world

ALICE = SpaceName("alice")
Statements: TypeAlias = Callable[[], AbstractContextManager[list[str]]]
FRAME = ("BEGIN", "SAVEPOINT", "RELEASE", "SELECT pg_advisory_xact_lock")

CLOSING = 4
"""What closing events of a stream takes, however many: their rows, the tail, the ledger twice."""


TITLING = 34
"""What giving titles takes, however many events of a batch get one."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A space in use: everything is there that a first write would have to make."""
    with open_world(tmp_path) as opened:
        opened.write("alice", "chat", *[f"turn number {n} about herons" for n in range(100)])
        opened.service.recall(opened.admin, ALICE, Question("herons"))
        yield opened


@pytest.fixture
def statements(tmp_path: Path, in_place_of_files: dict[Path, str]) -> Statements:
    """Collect what is sent to this test's database; what frames a unit is left out.

    Other services of this process, whose workers look for jobs now and then, do not count.
    """

    @contextmanager
    def collecting() -> Iterator[list[str]]:
        seen: list[str] = []
        file = tmp_path / DATABASE
        ours = url_of(in_place_of_files[file]).database if file in in_place_of_files else str(file)

        def note(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
            is_ours = (connection.engine.url.database or "") == ours
            if is_ours and not statement.startswith(FRAME):
                seen.append(" ".join(statement.split())[:100])

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return collecting


def test_an_idle_worker_asks_no_more_of_many_spaces_than_of_one(
    world: World, statements: Statements
) -> None:
    """One look for each step, one for what has expired, the spaces and which may be behind."""
    for number in range(20):
        world.write(f"s{number}", "chat", "herons")
    while world.service.enrich.work_once():
        pass
    with statements() as seen:
        world.service.enrich.work_once()
        world.service.expire()
        world.service.settle()
    assert len(seen) == 5 + 1 + 2, seen


def test_one_turn_is_written_with_ten_statements(world: World, statements: Statements) -> None:
    """Two of them look at the end of the stream for an event that the turn may close."""
    with statements() as seen:
        world.write("alice", "chat", "turn number 100 about herons")
    assert len(seen) == 10, seen


def test_naming_somebody_costs_one_statement_more(world: World, statements: Statements) -> None:
    with statements() as seen:
        world.write("alice", "chat", "Then Ada Lovelace came.", "She knew Charles Babbage.")
    assert len(seen) == 11, seen


def test_looking_for_an_echo_costs_one_statement_and_one_more_when_any_turn_is_near(
    world: World, statements: Statements
) -> None:
    told = " ".join(f"word{n}" for n in range(20))
    world.write("alice", "chat", told)
    for text, more in ((" ".join(f"own{n}" for n in range(20)), 1), (told, 2)):
        with statements() as seen:
            world.write("alice", "chat", NewTurn("assistant", text, source=Source.AGENT))
        assert len(seen) == 10 + more, seen


def test_echoes_cost_a_recall_no_statement_more_and_under_a_filter_one(
    world: World, statements: Statements
) -> None:
    told = " ".join(f"word{n}" for n in range(20))
    world.write("alice", "chat", told)
    world.write("alice", "chat", NewTurn("assistant", told, source=Source.AGENT))
    for where, count in ((Filter(), 4), (Filter(roles=("assistant", "user")), 5)):
        with statements() as seen:
            world.service.recall(world.admin, ALICE, Question("word3 word4", where=where))
        assert len(seen) == count, seen


def test_novelty_takes_three_statements_a_round_however_many_sentences(
    world: World, statements: Statements
) -> None:
    for text, rounds in (("turn number 7 about herons", 1), ("Owls sleep all day. " * 9, 2)):
        with statements() as seen:
            world.service.recognise(world.admin, ALICE, text, where=Filter(), k=3)
        assert len(seen) <= 3 * rounds, seen


def test_a_profile_is_not_weighed_anew_for_a_turn_that_says_nothing_of_its_user(
    world: World, statements: Statements
) -> None:
    """Only the row of that turn is read, because it holds a word by which such turns are sought."""
    world.write("alice", "chat", "I live in Lisbon.", "Call me Ada.")
    world.service.profile(world.admin, ALICE, ProfileWanted())
    with statements() as again:
        world.service.profile(world.admin, ALICE, ProfileWanted())
    world.write("alice", "chat", "A heron came from Lisbon.")
    with statements() as after:
        found = world.service.profile(world.admin, ALICE, ProfileWanted())
    assert [line.text for line in found.lines] == ["Call me Ada.", "I live in Lisbon."]
    assert len(after) == len(again) + 1, after


@pytest.mark.parametrize("embed_later", [False, True])
def test_a_hundred_turns_take_as_many_statements_as_two(
    world: World, statements: Statements, *, embed_later: bool
) -> None:
    with statements() as two:
        world.write("alice", "chat", "one", "two", embed_later=embed_later)
    with statements() as hundred:
        world.write("alice", "chat", *map(str, range(100)), embed_later=embed_later)
    assert len(hundred) <= len(two) + CLOSING, hundred


def stating(turns: tuple[TurnId, ...], count: int, *, of: str) -> list[NewFact]:
    return [NewFact(f"{of} {n}", "is seen by", f"Ada {n}", turns) for n in range(count)]


def test_a_hundred_facts_take_as_many_statements_as_two(
    world: World, statements: Statements
) -> None:
    found = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=2)
    turns = tuple(turn.id for turn in found.items)
    service, admin = world.service.facts, world.admin
    with statements() as two:
        service.state(admin, ALICE, stating(turns[:1], 2, of="Heron"))
    with statements() as hundred:
        service.state(admin, ALICE, stating(turns[:1], 100, of="Owl"))
    with statements() as again:
        service.state(admin, ALICE, stating(turns, 100, of="Owl"))
    with statements() as known:
        service.state(admin, ALICE, stating(turns, 100, of="Owl"))
    # Three of them say how they stand: merges, what may end them, and rulings.
    assert len(two) == len(hundred) == 18, hundred
    assert (len(again), len(known)) == (18, 9), again


def test_facts_in_time_take_as_many_statements_however_many_there_are(
    world: World, statements: Statements
) -> None:
    """The space and a page, with who says each; what stands beside it, merges and rulings."""
    found = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=1)
    service, admin = world.service.facts, world.admin
    seen = []
    for count, of in ((1, "Wren"), (20, "Finch"), (20, "Robin")):
        facts = [
            NewFact(f"{of} {n}", "lives in", f"{of} town {at}", (found.items[0].id,))
            for n in range(count)
            for at in (1, 2)
        ]
        service.state(admin, ALICE, facts)
        with statements() as listed:
            page = service.page(admin, ALICE, entity=f"{of} 0", after=None, limit=100)
        assert {each.validity.state.value for each in page.items} == {"disputed"}
        with statements() as everything:
            service.page(admin, ALICE, after=None, limit=100)
        seen.append((len(listed), len(everything)))
    assert seen == [(8, 7)] * 3


def test_a_recall_whose_hits_say_facts_takes_six_statements_more(
    world: World, statements: Statements
) -> None:
    """The space, facts and what stands beside them, each with who says it; merges, rulings."""
    hits = world.service.recall(world.admin, ALICE, Question("herons", contiguity=0.0)).hits
    facts = [NewFact("Ada", "is at", f"place {n}", (hit.turn.id,)) for n, hit in enumerate(hits)]
    world.service.facts.state(world.admin, ALICE, facts)
    with statements() as seen:
        world.service.recall(world.admin, ALICE, Question("herons", contiguity=0.0))
    assert len(seen) == 3 + 6, seen


def test_a_note_takes_eleven_statements_more_than_the_turn_that_it_is(
    world: World, statements: Statements
) -> None:
    """Row, turns, version and vector; two read it, three for memory, and the ledger has two."""
    world.service.notes.write(world.admin, ALICE, NewNote("The first makes the stream."))
    with statements() as turn:
        world.write("alice", "notes", "herons wade")
    with statements() as note:
        world.service.notes.write(world.admin, ALICE, NewNote("herons wade"))
    assert len(note) == len(turn) + 11, note


def test_making_a_note_takes_as_many_statements_however_many_it_is_shown(
    world: World, statements: Statements
) -> None:
    """Reading the event and the notes beside it, and keeping the note with its links."""
    held = world.service.inspect.space(world.admin, ALICE).space
    asking = SpaceSettings(notes=NoteMaking(least_tokens=1, evolution=False))
    world.service.govern(world.admin, ALICE, asking, version=held.version)
    taken = []
    for number in range(8):
        stream, text = f"note {number}", "Oscar the guinea pig went to the vet."
        world.write("alice", stream, text)
        world.clock.advance(timedelta(hours=1))
        world.write("alice", stream, "Nothing more.")
        with statements() as seen:
            while world.service.enrich.work_once():
                pass
        taken.append(len(seen))
    assert len(set(taken[2:])) == 1, taken


def test_a_dozen_events_get_titles_with_as_many_statements_as_one(
    tmp_path: Path, statements: Statements
) -> None:
    """The jobs; the space twice, turns, marks, events and what they say; and keeping all of it."""
    model = ScriptedModel(lambda _ask: '{"title": "Herons"}')
    alone = Improving(facts=False, judging=False, notes=False, profile=False)
    with open_world(tmp_path, language_model=model) as world:
        world.service.found(world.admin, ALICE)
        asking = SpaceSettings(improving=alone)
        world.service.govern(world.admin, ALICE, asking, version=0)
        counts = []
        for events in (1, 12):
            for _ in range(events + 1):
                told = NewTurn("user", "herons wade in the shallows " * 9, at=world.clock.now())
                world.write("alice", f"chat {events}", told)
                world.clock.advance(timedelta(hours=1))
            with statements() as seen:
                assert world.service.improve.work_once() == events
            counts.append(len(seen))
        page = world.service.recount.events(
            world.admin, ALICE, stream=None, since=None, until=None, after=None, limit=50,
            texts=False,
        )  # fmt: skip
    assert [one.event.title is not None for one in page.items] == [True] * 13
    assert counts == [TITLING, TITLING]


def keep_run(key: SpaceKey, run: Run, unit: Unit) -> None:
    unit.runs.keep(key, run)


def test_a_page_of_runs_takes_seven_statements(world: World, statements: Statements) -> None:
    """The space, the runs, and of each of five kinds what of theirs stands."""
    key = world.service.inspect.space(world.admin, ALICE).space.key
    for n in range(12):
        at = Position(n + 1)
        run = Run(RunId(f"run_{n}"), "notes", "rules", NOW, NOW, at, at, 1)
        world.service.remember.keeping.write(partial(keep_run, key, run))
    with statements() as seen:
        world.service.inspect.runs(world.admin, ALICE, after=None, limit=50)
    assert len(seen) == 2 + 5, seen


@pytest.mark.parametrize("limit", [2, 50])
def test_a_page_of_notes_takes_five_statements_however_many_they_are(
    world: World, statements: Statements, limit: int
) -> None:
    """The space, the notes, their turns, and the links at either end."""
    notes = [
        world.service.notes.write(world.admin, ALICE, NewNote(f"note {n}", Facets(tags=("t",))))
        for n in range(5)
    ]
    for one, two in pairwise(notes):
        world.service.links.make(world.admin, ALICE, NewLink(one.id, two.id, LinkKind.RELATED))
    for which, more in ((WhichNotes(), 0), (WhichNotes(tag="t"), 1)):
        with statements() as seen:
            world.service.notes.page(world.admin, ALICE, which, after=None, limit=limit)
        assert len(seen) == 5 + more, seen


def test_forgetting_what_many_notes_were_refined_by_takes_no_statement_for_each(
    world: World, statements: Statements
) -> None:
    service = world.service
    causes = [service.notes.write(world.admin, ALICE, NewNote(f"cause {n}")) for n in (1, 2)]
    others = [service.notes.write(world.admin, ALICE, NewNote(f"note {n}")) for n in range(12)]

    def refine(unit: Unit) -> None:
        held = unit.spaces.find(ALICE)
        assert held is not None
        work = NoteWork(unit, held, service.embedder.fingerprint, "worker", NOW)
        found = unit.notes.of_ids(held.key, [note.id for note in others])
        for number, note in enumerate(found.values()):
            making = Making("rules", "", because=causes[number > 1].id)
            work.revise({note.id: Revision(note.key, Facets(tags=(f"{number}",)), making)})

    service.remember.keeping.write(refine)
    with statements() as few:
        service.notes.delete(world.admin, ALICE, causes[0].id)
    with statements() as many:
        service.notes.delete(world.admin, ALICE, causes[1].id)
    assert len(many) == len(few), many


def test_a_recall_takes_four_statements_however_many_words_it_asks_for(
    world: World, statements: Statements
) -> None:
    """The space, the hits, their streams' titles and what stands beside them; else memory."""
    for question in ("herons", "herons number turn"):
        with statements() as seen:
            world.service.recall(world.admin, ALICE, Question(question))
        assert len(seen) == 4, seen


def test_a_question_for_the_latest_takes_a_statement_more(
    world: World, statements: Statements
) -> None:
    """The rows of what is nearest to it, however far below the best it stands."""
    with statements() as seen:
        world.service.recall(world.admin, ALICE, Question("How many herons do I have now?"))
    assert len(seen) == 5, seen


def test_a_recall_of_hits_alone_takes_three_statements(
    world: World, statements: Statements
) -> None:
    with statements() as seen:
        world.service.recall(world.admin, ALICE, Question("herons", contiguity=0.0))
    assert len(seen) == 3, seen


def test_tokens_cost_a_recall_one_statement_and_a_write_one(
    tmp_path: Path, statements: Statements
) -> None:
    """However many candidates are read, and their neighbours with them."""
    with open_world(tmp_path, embedder=HashingEmbedder()) as without:
        without.write("alice", "chat", *[f"turn number {n} about herons" for n in range(100)])
        without.service.recall(without.admin, ALICE, Question("herons"))
        with statements() as plain:
            without.write("alice", "chat", "herons wade")
    with open_world(tmp_path, ids=RandomIds(), embedder=HashingTokens()) as world:
        while world.service.enrich.work_once():
            pass
        world.service.recall(world.admin, ALICE, Question("herons"))
        with statements() as told:
            world.write("alice", "chat", "herons wade")
        with statements() as asked:
            found = world.service.recall(world.admin, ALICE, Question("herons number"))

    assert len(told) == len(plain) + 1, told
    assert len(asked) == 4 + 1, asked
    assert "tokens" in found.hits[0].why


@pytest.mark.parametrize("k", [1, 20])
def test_a_recall_of_events_takes_one_statement_more_however_many(
    world: World, statements: Statements, k: int
) -> None:
    """That which reads the closed events."""
    with statements() as seen:
        world.service.recall(world.admin, ALICE, Question("herons", k=k, kind=Kind.EVENT))
    assert len(seen) == 5, seen


@pytest.mark.parametrize(("streams", "more"), [(None, 0), ((StreamName("chat"),), 1)])
def test_forgetting_costs_a_recall_a_statement_only_where_it_names_streams(
    world: World, statements: Statements, streams: tuple[StreamName, ...] | None, more: int
) -> None:
    with statements() as before:
        world.service.recall(world.admin, ALICE, Question("herons"))
    held = world.service.inspect.space(world.admin, ALICE).space
    settings = SpaceSettings(forgetting=Forgetting(streams=streams))
    world.service.govern(world.admin, ALICE, settings, version=held.version)
    world.service.recall(world.admin, ALICE, Question("herons"))  # reads the indexes anew

    with statements() as seen:
        world.service.recall(world.admin, ALICE, Question("herons"))

    assert len(seen) == len(before) + more, seen


def test_what_turns_do_not_name_costs_a_recall_no_statement_more(
    world: World, statements: Statements
) -> None:
    (turn,) = world.write("alice", "names", "There we met Ada Lovelace.").turns
    question = Question("What did Ada Lovelace say of herons?")
    world.service.recall(world.admin, ALICE, question)
    with statements() as before:
        world.service.recall(world.admin, ALICE, question)
    world.service.unlinking.unlink(world.admin, ALICE, "Ada Lovelace", [turn.id])

    with statements() as seen:
        world.service.recall(world.admin, ALICE, question)

    assert len(seen) == len(before), seen


def test_two_hops_over_names_take_no_statement_more(world: World, statements: Statements) -> None:
    """The turns that paths set out from are read with those that are shown."""
    world.document("alice", "film", "A thriller that Steven Spielberg made.", title="Jaws")
    world.document("alice", "man", "He came from Cincinnati.", title="Steven Spielberg")

    with statements() as seen:
        found = world.service.recall(world.admin, ALICE, Question("Who directed Jaws?", k=1))

    assert "bridges" in found.hits[0].why
    assert len(seen) == 3, seen


@pytest.mark.parametrize(
    ("where", "more"),
    [
        (Filter(roles=("user",), user_id="ann", since=NOW), 0),
        (Filter(places=("kitchen",)), 0),
        (Filter(roles=("user",), streams=(StreamName("chat"),), metadata={"a": 1}), 1),
    ],
)
def test_a_filter_costs_a_recall_at_most_one_statement(
    world: World, statements: Statements, where: Filter, more: int
) -> None:
    """None when the indexes know all that it asks for."""
    with statements() as open_to_all:
        world.service.recall(world.admin, ALICE, Question("herons"))
    with statements() as filtered:
        world.service.recall(world.admin, ALICE, Question("herons", where=where))
    # A filter that lets nobody through finds no hits, and so asks for no titles.
    assert len(filtered) <= len(open_to_all) + more, filtered


def test_an_order_takes_two_statements_a_passage_however_many_turns_it_may_stand_in(
    world: World, statements: Statements
) -> None:
    """The space, and the turns that are read; the rest is in memory."""
    for a, b in (("turn number 4", "turn number 7"), ("number", "about herons")):
        with statements() as seen:
            world.service.order(world.admin, ALICE, a, b, where=Filter())
        assert len(seen) == 4, seen


def test_timeline_places_and_whereabouts_take_two_statements_at_most(
    world: World, statements: Statements
) -> None:
    with statements() as happened:
        world.service.happened(world.admin, ALICE, Filter(), after=None, limit=50)
    with statements() as places:
        world.service.find_places.places(world.admin, ALICE, after=None, limit=50)
    with statements() as sought:
        world.service.find_places.whereabouts(world.admin, ALICE, "herons", where=Filter(), limit=5)
    assert (len(happened), len(places), len(sought)) == (2, 1, 1)


def test_turns_that_expire_cost_a_recall_no_statement_more(
    world: World, statements: Statements
) -> None:
    with statements() as without:
        world.service.recall(world.admin, ALICE, Question("herons"))
    soon = world.clock.now() + timedelta(hours=1)
    world.write("alice", "chat", NewTurn(role="user", content="herons pass", expires_at=soon))
    settings = SpaceSettings(retention_days=1)
    world.service.govern(world.admin, ALICE, settings, version=0)
    world.service.recall(world.admin, ALICE, Question("herons"))  # reads the indexes anew
    world.clock.advance(timedelta(hours=1))

    with statements() as expired:
        world.service.recall(world.admin, ALICE, Question("herons"))

    assert expired == without


def test_a_recall_of_three_spaces_takes_three_times_the_statements_of_one(
    world: World, statements: Statements
) -> None:
    spaces = [ALICE, SpaceName("bob"), SpaceName("team")]
    for space in spaces:
        world.write(space, "chat", "herons", "they fly")
    world.service.recall_together(world.admin, spaces, Question("herons"))
    with statements() as one:
        world.service.recall(world.admin, ALICE, Question("herons"))

    with statements() as three:
        world.service.recall_together(world.admin, spaces, Question("herons"))

    assert len(three) == 3 * len(one), three


def test_a_list_takes_two_statements_however_long(world: World, statements: Statements) -> None:
    for limit in (1, 100):
        with statements() as seen:
            world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=limit)
        assert len(seen) == 2, seen


def test_deleting_a_stream_of_a_hundred_turns_takes_as_many_as_one_of_forty(
    world: World, statements: Statements
) -> None:
    world.write("alice", "short", *map(str, range(40)))
    with statements() as short:
        world.service.forget.stream(world.admin, ALICE, StreamName("short"))
    with statements() as long:
        world.service.forget.stream(world.admin, ALICE, StreamName("chat"))
    assert len(long) == len(short), long


def test_a_part_of_many_paragraphs_takes_as_many_statements_as_one_of_few(
    world: World, statements: Statements
) -> None:
    paragraph = "Herons stand in shallow water and wait for a fish. " * 6
    with statements() as few:
        world.document("alice", "few", "\n\n".join([paragraph] * 2))
    with statements() as many:
        world.document("alice", "many", "\n\n".join([paragraph] * 50))
    assert len(many) <= len(few) + CLOSING, many


def test_every_further_part_takes_seven_statements(world: World, statements: Statements) -> None:
    """Its stream, the stream's entry and the head of the ledger, its numbers, its turns, and two
    that look for events to close."""
    with statements() as one:
        world.document("alice", "one", "Tea.")
    with statements() as three:
        world.document("alice", "three", "Tea.", "Milk.", "Honey.")
    assert len(three) == len(one) + 2 * 7, three


def test_a_document_that_is_the_same_takes_six_statements_and_none_of_them_writes(
    world: World, statements: Statements
) -> None:
    world.document("alice", "guide", "Tea.", "Milk.")
    with statements() as seen:
        world.document("alice", "guide", "Tea.", "Milk.")
    assert len(seen) == 6, seen
    assert all(statement.startswith("SELECT") for statement in seen)


def test_deleting_a_document_of_many_parts_takes_as_many_statements_as_one_of_few(
    world: World, statements: Statements
) -> None:
    world.document("alice", "few", "Tea.", "Milk.")
    world.document("alice", "many", *(f"Part {n}." for n in range(30)))
    with statements() as few:
        world.service.forget.document(world.admin, ALICE, DocumentName("few"))
    with statements() as many:
        world.service.forget.document(world.admin, ALICE, DocumentName("many"))
    assert len(many) <= len(few) + CLOSING, many


def test_a_list_of_documents_takes_two_statements(world: World, statements: Statements) -> None:
    for name in ("one", "two", "three"):
        world.document("alice", name, "Tea.")
    with statements() as seen:
        world.service.documents.page(world.admin, ALICE, after=None, limit=9)
    assert len(seen) == 2, seen


def test_the_curve_of_a_stream_takes_six_statements_however_many_events_it_has(
    world: World, statements: Statements
) -> None:
    """The space, the stream, which turns stand, the events, and the open tail with its units."""
    for stream, events in (("short", 2), ("long", 40)):
        for _ in range(events + 1):
            world.write("alice", stream, NewTurn("user", "herons wade", at=world.clock.now()))
            world.clock.advance(timedelta(hours=1))
        with statements() as seen:
            found = world.service.recount.curve(world.admin, ALICE, StreamName(stream), most=1_000)
        assert found.units == events + 1
        assert len(seen) == 6, seen


def test_a_page_of_events_takes_three_statements_however_many_they_are(
    world: World, statements: Statements
) -> None:
    """The space, the events, and what their turns have in them."""
    for limit in (1, 50):
        with statements() as seen:
            page = world.service.recount.events(
                world.admin,
                ALICE,
                stream=None,
                since=None,
                until=None,
                after=None,
                limit=limit,
                texts=True,
            )
        assert page.items
        assert len(seen) == 3, seen


@pytest.mark.parametrize("limit", [2, 50])
def test_a_page_of_entities_takes_eight_statements_however_many_they_are(
    world: World, statements: Statements, limit: int
) -> None:
    """The space, names by text, both ends of facts and as given, facts, turns, and their streams'
    titles."""
    world.write("alice", "names", *[f"then we met Wren{n} and Owl{n}" for n in range(20)])
    world.service.recall(world.admin, ALICE, Question("herons"))

    with statements() as seen:
        page = world.service.entities.page(world.admin, ALICE, prefix="", after=None, limit=limit)

    assert len(page.items) == min(limit, 40)
    assert len(seen) == 8, seen


@pytest.mark.parametrize("limit", [2, 50])
def test_a_look_at_the_graph_takes_four_statements_however_much_it_shows(
    world: World, statements: Statements, limit: int
) -> None:
    """The space, the turn that was named, and all turns and events that are shown."""
    turn = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=1).items[0]
    node = (NodeKind.TURN, turn.id)
    world.service.draw.around(world.admin, ALICE, node, depth=1, limit=limit)

    with statements() as seen:
        world.service.draw.around(world.admin, ALICE, node, depth=3, limit=limit)

    assert len(seen) == 4, seen
