"""An export says all there is of a space, and an import of it makes the same space again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.app.links import NewLink
from memsvc.app.moving import Imported
from memsvc.app.notes import Edit, WhichNotes
from memsvc.app.remember import Batch
from memsvc.domain.document import About, Document, SentDocument, SentPart
from memsvc.domain.episode import Segmentation, SurpriseSource
from memsvc.domain.errors import (
    DocumentConflict,
    InvalidLine,
    LineConflict,
    SpaceNotFound,
    StreamOwned,
)
from memsvc.domain.feedback import Judgement, NewFeedback
from memsvc.domain.forgetting import Decay, Forgetting
from memsvc.domain.ids import DocumentName, FactId, MergeId, Position, SpaceName, StreamName, TurnId
from memsvc.domain.knowledge import Merge, NewFact, SynonymSearch
from memsvc.domain.ledger import Change
from memsvc.domain.memory import NewTurn, Source, SpaceSettings
from memsvc.domain.note import Facets, LinkKind, NewNote, tidied
from memsvc.domain.validity import FactState, Validity, Verdict
from memsvc.domain.work import Step
from memsvc.ports.keeping import Unit
from memsvc.ports.records import EntryDraft
from memsvc.sdk.lines import LineTally
from memsvc.server.lines import BATCH_LINES, Reader, written
from memsvc.world import RandomIds
from store.database import is_postgres
from tests.app.small import mentions_of
from tests.worlds import World, open_world

LONGEST = 2**20
_numbers = count()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all; each test takes spaces of its own."""
    with open_world(tmp_path_factory.mktemp("world"), ids=RandomIds()) as opened:
        yield opened


def new_space() -> SpaceName:
    return SpaceName(f"space-{next(_numbers)}")


def export(world: World, space: SpaceName, *, vectors: bool = False) -> bytes:
    return b"".join(written(world.service.export(world.admin, space, vectors=vectors)))


def bring_in(
    world: World, space: SpaceName, lines: bytes, *, chunk: int = 1_000, **how: Any
) -> Imported:
    importing = world.service.imports(world.admin, space, **how)
    reader = Reader(longest_line=LONGEST)
    for begin in range(0, len(lines), chunk):
        for batch in reader.feed(lines[begin : begin + chunk]):
            importing.take(batch)
    last = reader.end()
    if last:
        importing.take(last)
    importing.finish()
    return importing.done


def inside(lines: bytes) -> list[bytes]:
    """Return the lines between header and trailer."""
    return lines.split(b"\n")[1:-2]


def sealed(*lines: Mapping[str, Any] | bytes) -> bytes:
    """Put a trailer that fits under lines that somebody has changed."""
    tally = LineTally()
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    for line in raw:
        tally.add(line)
    raw.append(tally.trailer(turns=0).model_dump_json().encode())
    return b"".join(line + b"\n" for line in raw)


def opened(lines: bytes) -> list[Any]:
    return [json.loads(line) for line in lines.split(b"\n")[:-1]]


def write(world: World, space: SpaceName, *turns: NewTurn, stream: str = "chat") -> list[TurnId]:
    done = world.service.remember(world.admin, space, Batch(StreamName(stream), turns))
    return [turn.id for turn in done.turns]


def state(
    world: World, space: SpaceName, triple: tuple[str, str, str], *turns: TurnId
) -> FactId | None:
    """Have turns say a fact; one whose predicate says nothing is stated by nobody."""
    subject, predicate, object_ = triple
    if not predicate.strip():
        return None
    fact = NewFact(subject, predicate, object_, turns)
    stated, _ = world.service.facts.state(world.admin, space, [fact])
    return stated[0].fact.id


def merge(world: World, space: SpaceName, name: str, into: str) -> MergeId:
    """Say that one entity is another."""
    key = world.service.inspect.space(world.admin, space).space.key
    made = MergeId(world.service.facts.ids.new("m"))

    def work(unit: Unit) -> None:
        position = unit.ledger.next_position(key)
        unit.merges.add(key, Merge(made, name, into, position))
        entry = EntryDraft(Change.ENTITIES_MERGED, made, bytes(32))
        unit.ledger.append(key, [entry], actor="test", at=world.clock.now())

    world.service.facts.keeping.write(work)
    return made


def write_document(
    world: World, space: SpaceName, name: str, *texts: str, about: About | None = None
) -> Document:
    """Write a document of plain parts, named "1", "2" and so on."""
    parts = tuple(SentPart(str(n), None, text) for n, text in enumerate(texts, 1))
    sent = SentDocument(DocumentName(name), about or About(), parts)
    return world.service.documents.write(world.admin, space, sent).document


def said(content: str, **facts: Any) -> NewTurn:
    return NewTurn(**{"role": "user", "content": content, **facts})


# Any space ---------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
CONTENT = TEXT.filter(lambda text: text.strip() != "")
LABEL = TEXT.filter(bool)
NAMES = st.from_regex(r"\A\w[\w.:@+=~\- ]{0,20}\Z")
MOMENTS = st.timedeltas(timedelta(days=-700_000), timedelta(days=2_900_000)).map(
    lambda since: datetime(1970, 1, 1, tzinfo=UTC) + since
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-(2**53), 2**53) | TEXT
)
KEYS = st.from_regex(r"\A[\w.:@+~\- ]{1,10}\Z")
METADATA = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)
TURNS = st.builds(
    NewTurn,
    role=LABEL,
    content=CONTENT,
    speaker=st.none() | LABEL,
    at=st.none() | MOMENTS,
    place=st.none() | LABEL,
    source=st.sampled_from(Source),
    metadata=METADATA,
)


@dataclass(frozen=True)
class Doing:
    """One step in a space's life; `which` picks among the turns that stand."""

    what: str
    stream: StreamName
    turns: list[NewTurn] = field(default_factory=list)
    which: int = 0
    place: str = "a place"
    metadata: dict[str, Any] = field(default_factory=dict)
    owner: str | None = None
    texts: list[str] = field(default_factory=list)


STREAMS = st.sampled_from([StreamName("chat"), StreamName("Träume 2"), StreamName("s")])
PARAGRAPHS = st.lists(
    st.from_regex(r"\A[a-zäß]{1,9}( [a-z]{1,9}){0,5}\Z"), min_size=1, max_size=4
).map(lambda texts: "\n\n".join(text.ljust(250, "x") for text in texts))
LIVES = st.lists(
    st.builds(
        Doing,
        what=st.sampled_from(
            [
                "write",
                "write",
                "later",
                "document",
                "state",
                "state",
                "revise",
                "delete",
                "delete stream",
                "note",
                "note",
                "edit note",
                "link",
                "judge",
            ]
        ),
        stream=STREAMS,
        turns=st.lists(TURNS, min_size=1, max_size=4),
        which=st.integers(0, 1_000),
        place=LABEL,
        metadata=METADATA,
        owner=st.none() | LABEL,
        texts=st.lists(PARAGRAPHS, min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=8,
)


OF_NOTES = ("note", "edit note", "link")
ENDS = ("Ann", "the Owl", "Dr. Bee", "Ann's")


def live(world: World, space: SpaceName, life: list[Doing]) -> None:
    standing: dict[TurnId, StreamName] = {}
    owned: set[StreamName] = set()
    for doing in life:
        world.clock.advance(timedelta(seconds=1))
        if doing.what in {"write", "later", *OF_NOTES}:
            standing |= say(world, space, doing)
        elif doing.what == "document":
            paragraphs = put_document(world, space, doing)
            owned |= set(paragraphs.values())
            standing = {id_: own for id_, own in standing.items() if own not in owned}
            standing |= paragraphs
        elif not standing:
            continue
        elif doing.what == "state":
            turns = list(standing)
            saying = dict.fromkeys((turns[doing.which % len(turns)], turns[-1]))
            subject, object_ = ENDS[doing.which % 3], ENDS[doing.which % 4]
            state(world, space, (subject, doing.place, object_), *saying)
        elif doing.what == "delete stream":
            stream = list(standing.values())[doing.which % len(standing)]
            if stream in owned:
                continue
            world.service.forget.stream(world.admin, space, stream)
            standing = {id_: own for id_, own in standing.items() if own != stream}
        else:
            delete_or_edit(world, space, standing, doing)


def say(world: World, space: SpaceName, doing: Doing) -> dict[TurnId, StreamName]:
    """Write turns or keep notes; return the turns that came of it."""
    if doing.what in OF_NOTES:
        return keep_notes(world, space, doing)
    batch = Batch(
        doing.stream,
        tuple(doing.turns),
        user_id=doing.owner,
        title=doing.owner,
        embed_later=doing.what == "later",
    )
    done = world.service.remember(world.admin, space, batch)
    return {turn.id: doing.stream for turn in done.turns}


def put_document(world: World, space: SpaceName, doing: Doing) -> dict[TurnId, StreamName]:
    """Write a document; return its paragraphs."""
    document = write_document(
        world,
        space,
        f"d{doing.which % 2}",
        *doing.texts,
        about=About(title=doing.owner, metadata=doing.metadata, user_id=doing.owner),
    )
    held = world.service.documents.get(world.admin, space, DocumentName(document.name))
    return {turn.id: part.part.stream.name for part in held.parts for turn in part.turns}


def keep_notes(world: World, space: SpaceName, doing: Doing) -> dict[TurnId, StreamName]:
    """Write, edit or link notes; return the turn that came of it."""
    if doing.what == "note":
        facets = tidied(Facets((doing.place[:60],), (), f"c{doing.which}"))
        new = NewNote(f"note {doing.which}", facets)
        written = world.service.notes.write(world.admin, space, new)
        return {written.turn: StreamName("notes")}
    page = world.service.notes.page(world.admin, space, WhichNotes(), after=None, limit=100)
    notes = [shown.note for shown in page.items]
    if len(notes) < 2:
        return {}
    note, last = notes[doing.which % (len(notes) - 1)], notes[-1]
    if doing.what == "edit note":
        change = Edit(tags=(doing.place[:60],), reason="wished")
        world.service.notes.edit(world.admin, space, note.id, change, version=note.version)
    else:
        link = NewLink(note.id, last.id, LinkKind.ELABORATES, 0.5, "why not")
        world.service.links.make(world.admin, space, link)
    return {}


def delete_or_edit(
    world: World, space: SpaceName, standing: dict[TurnId, StreamName], doing: Doing
) -> None:
    turn = list(standing)[doing.which % len(standing)]
    if doing.what == "judge":
        word = NewFeedback(turn, list(Judgement)[doing.which % 3], doing.owner)
        world.service.feedback.give(world.admin, space, word)
        return
    if doing.what == "delete":
        world.service.forget.turn(world.admin, space, turn)
        del standing[turn]
        return
    version = world.service.inspect.turn(world.admin, space, turn).version
    world.service.revise(
        world.admin,
        space,
        turn,
        version=version,
        metadata=doing.metadata,
        place=doing.place,
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIVES, vectors=st.booleans(), chunk=st.integers(1, 3_000))
def test_an_import_of_an_export_makes_the_same_space_again(
    world: World, life: list[Doing], *, vectors: bool, chunk: int
) -> None:
    """Lines are the same to the byte, a second time changes nothing, and the ledger holds."""
    here, there = new_space(), new_space()
    world.service.found(world.admin, here)
    live(world, here, life)
    lines = export(world, here, vectors=vectors)

    done = bring_in(world, there, lines, chunk=chunk)

    assert inside(export(world, there, vectors=vectors)) == inside(lines)
    assert world.service.verify(world.admin, there).is_whole
    again = bring_in(world, there, lines)
    assert (again.turns, again.streams, again.documents, again.facts) == (0, 0, 0, 0)
    assert (again.notes, again.links, again.notes_left_out, again.feedback) == (0, 0, 0, 0)
    assert again.present == done.turns
    assert again.position == done.position
    turns = world.service.inspect.space(world.admin, there).counts.turns
    assert turns == done.turns == world.service.inspect.space(world.admin, here).counts.turns


# Export ------------------------------------------------------------------------------------------


def test_an_export_is_the_space_as_it_stood_when_it_began(world: World) -> None:
    """Written meanwhile: not in it. Edited: as before the edit. Deleted: forgotten at once."""
    space = new_space()
    edited, deleted, _ = write(world, space, said("edited", place="old"), said("no"), said("stays"))
    before = inside(export(world, space))
    pages = written(world.service.export(world.admin, space, vectors=False))
    begun = next(pages)

    write(world, space, said("later"))
    write(world, space, said("elsewhere"), stream="new")
    version = world.service.inspect.turn(world.admin, space, edited).version
    world.service.revise(world.admin, space, edited, version=version, metadata=None, place="new")
    world.service.forget.turn(world.admin, space, deleted)
    lines = begun + b"".join(pages)

    assert inside(lines) == [line for line in before if b'"no"' not in line]
    assert opened(lines)[-1]["turns"] == 2


def test_an_export_of_a_space_that_goes_meanwhile_ends_in_an_error(world: World) -> None:
    """Not in a trailer: what came is not all there was."""
    space = new_space()
    write(world, space, said("tea"))
    pages = written(world.service.export(world.admin, space, vectors=False))
    next(pages)
    world.service.forget.space(world.admin, space)
    write(world, space, said("another space of that name"))

    with pytest.raises(SpaceNotFound):
        list(pages)


def test_no_view_of_the_rows_is_open_between_two_pages(tmp_path: Path) -> None:
    """A client that stops reading must not keep the log of the database from being folded back."""
    with open_world(tmp_path) as world:
        space = SpaceName("alice")
        for begin in range(0, 400, 100):
            write(world, space, *(said(f"turn {begin + n}") for n in range(100)))
        engine = world.service.export.keeping._engine  # type: ignore[attr-defined]
        held = engine.pool.checkedout()
        assert held == 1 + is_postgres(engine), "the writer, and what holds a server against others"
        pages = written(world.service.export(world.admin, space, vectors=True))
        next(pages), next(pages), next(pages)

        assert engine.pool.checkedout() == held
        assert len(b"".join(pages).split(b"\n")) > 200


# Import ------------------------------------------------------------------------------------------


TWO_PARAGRAPHS = f"Owls {'hunt at night ' * 20}.\n\nThey {'are quiet ' * 30}."
"""Shorter ones would be gathered into one."""


def without_documents(lines: bytes) -> bytes:
    """Return the lines as version 1 wrote them."""
    header, *rest = opened(lines)[:-1]
    del header["documents"]
    plain = [line for line in rest if line["kind"] != "document"]
    return sealed({**header, "version": 1}, *plain)


def document_here(world: World, space: SpaceName, name: str) -> list[tuple[str, list[str]]]:
    held = world.service.documents.get(world.admin, space, DocumentName(name))
    return [(part.part.name, [turn.content for turn in part.turns]) for part in held.parts]


def test_lines_of_version_1_are_still_read(world: World) -> None:
    """There, a document's parts are plain streams; the document that is here writes its own."""
    here, there = new_space(), new_space()
    write_document(world, here, "guide", "Owls hunt at night.")
    lines = without_documents(export(world, here))

    done = bring_in(world, there, lines)

    assert (done.documents, done.turns) == (0, 1)
    assert bring_in(world, here, lines).present == 1
    (paragraph,) = ids_in(lines)
    world.service.forget.turn(world.admin, here, paragraph)
    with pytest.raises(StreamOwned):
        bring_in(world, here, lines, restore_forgotten=True)


def test_a_document_that_is_here_with_other_content_is_a_conflict_and_nothing_is_kept(
    world: World,
) -> None:
    here, there = new_space(), new_space()
    write_document(world, here, "guide", "Owls hunt at night.")
    write(world, here, said("elsewhere"))
    write_document(world, there, "guide", "Owls sleep by day.")

    with pytest.raises(DocumentConflict) as refused:
        bring_in(world, there, export(world, here))

    assert (refused.value.document, refused.value.line, refused.value.kept) == ("guide", 2, 0)
    assert world.service.inspect.space(world.admin, there).counts.turns == 1


def test_a_document_that_was_written_here_with_the_same_text_is_passed_over(world: World) -> None:
    here, there = new_space(), new_space()
    write_document(world, here, "guide", "Owls hunt at night.")
    write_document(world, there, "guide", "Owls hunt at night.")

    done = bring_in(world, there, export(world, here))

    assert (done.documents, done.streams, done.turns, done.present) == (0, 0, 0, 1)
    assert world.service.inspect.space(world.admin, there).counts.turns == 1


def test_an_import_that_is_cut_short_after_its_turns_makes_its_documents_when_it_comes_again(
    world: World,
) -> None:
    here, there = new_space(), new_space()
    write_document(world, here, "guide", TWO_PARAGRAPHS, "Mice hide.")
    lines = export(world, here)
    importing = world.service.imports(world.admin, there)
    reader = Reader(longest_line=LONGEST)
    assert list(reader.feed(lines)) == []
    importing.take(reader.end()[:-1])

    done = bring_in(world, there, lines)

    assert (done.documents, done.streams, done.turns, done.present) == (1, 0, 1, 2)
    assert document_here(world, there, "guide") == document_here(world, here, "guide")
    assert world.service.verify(world.admin, there).is_whole


def test_a_document_that_was_deleted_here_stays_deleted_unless_it_is_asked_for(
    world: World,
) -> None:
    """With all its turns, also those that it got after it was deleted here."""
    here, there = new_space(), new_space()
    write_document(world, here, "guide", "Owls hunt at night.")
    bring_in(world, there, export(world, here))
    world.service.forget.document(world.admin, there, DocumentName("guide"))
    write_document(world, here, "guide", TWO_PARAGRAPHS, "Mice hide.")
    lines = export(world, here)

    done = bring_in(world, there, lines)
    assert (done.documents, done.streams, done.turns, done.forgotten) == (0, 0, 0, 3)

    done = bring_in(world, there, lines, restore_forgotten=True)
    assert (done.documents, done.turns, done.forgotten) == (1, 3, 0)
    assert document_here(world, there, "guide") == document_here(world, here, "guide")
    assert world.service.verify(world.admin, there).is_whole
    assert bring_in(world, there, lines).present == 3


@pytest.mark.parametrize("forgotten_in", ["source", "target"])
def test_a_paragraph_that_was_forgotten_stays_so_while_its_document_is_here(
    world: World, forgotten_in: str
) -> None:
    here, there = new_space(), new_space()
    write_document(world, here, "guide", TWO_PARAGRAPHS)
    lines = export(world, here)
    bring_in(world, there, lines)
    where = here if forgotten_in == "source" else there
    world.service.forget.turn(world.admin, where, ids_in(lines)[1])

    done = bring_in(world, where, lines, restore_forgotten=True)
    assert (done.turns, done.present, done.forgotten) == (0, 1, 1)
    assert bring_in(world, where, export(world, where)).present == 1


def test_a_document_that_came_is_known_when_its_text_is_written_again(world: World) -> None:
    here, there = new_space(), new_space()
    write_document(world, here, "guide", TWO_PARAGRAPHS, "Mice hide.")
    bring_in(world, there, export(world, here))
    came = world.service.documents.get(world.admin, there, DocumentName("guide")).document

    again = write_document(world, there, "guide", TWO_PARAGRAPHS, "Mice hide.")

    assert again.version == came.version


def test_a_part_does_not_take_the_stream_of_another_document(world: World) -> None:
    here, there = new_space(), new_space()
    write_document(world, here, "guide", "Owls hunt at night.")
    lines = export(world, here)
    bring_in(world, there, lines)
    header, document, *rest = opened(lines)[:-1]

    with pytest.raises(StreamOwned) as refused:
        bring_in(world, there, sealed(header, {**document, "id": "other"}, *rest))

    assert refused.value.document == "guide"


def test_the_settings_come_along_into_a_new_space_and_into_no_other(tmp_path: Path) -> None:
    with open_world(tmp_path, ids=RandomIds()) as world:
        here, there, other = SpaceName("alice"), SpaceName("bob"), SpaceName("carl")
        write(world, here, said("tea"))
        write(world, other, said("coffee"))
        fades = Forgetting(Decay(agent=0.9), weight=0.3, streams=(StreamName("chat"),))
        kept = SpaceSettings(
            7, Segmentation(gamma=2.5, max_units=9), fades, SynonymSearch(least_cosine=0.9)
        )
        world.service.govern(world.admin, here, kept, version=0)
        lines = export(world, here)

        for space in (there, there, other):
            bring_in(world, space, lines)

        found = world.service.inspect.space(world.admin, there).space
        assert found.settings == kept
        assert world.service.inspect.space(world.admin, other).space.settings == SpaceSettings()
        assert world.service.verify(world.admin, there).is_whole
        world.clock.advance(timedelta(days=8))
        assert opened(export(world, there))[-1]["turns"] == 0


def test_what_comes_into_a_space_that_asks_for_synonyms_is_compared_there(world: World) -> None:
    here, there = new_space(), new_space()
    write(world, here, said("We spoke of World War II."), said("tea"))
    asks = SpaceSettings(synonyms=SynonymSearch())
    world.service.govern(world.admin, here, asks, version=0)

    bring_in(world, there, export(world, here))

    assert world.service.inspect.enrichment(world.admin, there).waiting[Step.NAMES] == 1


def test_a_space_that_is_cut_by_tokens_may_move_to_where_no_model_is(world: World) -> None:
    tokens = {"segmentation": {"source": "tokens"}}

    bring_in(world, space := new_space(), sealed({**HEADER, "settings": tokens}))

    found = world.service.inspect.space(world.admin, space).space
    assert found.settings.cutting.source is SurpriseSource.TOKENS


@pytest.fixture
def lines(world: World) -> bytes:
    space = new_space()
    write(world, space, said("one", client_id="c1"), said("two"), said("three"))
    return export(world, space, vectors=True)


def ids_in(lines: bytes) -> list[TurnId]:
    return [TurnId(line["id"]) for line in opened(lines) if line["kind"] == "turn"]


def test_vectors_that_came_along_are_not_owed(world: World, lines: bytes) -> None:
    done = bring_in(world, space := new_space(), lines)

    assert done.with_vectors == 3
    assert world.service.inspect.enrichment(world.admin, space).waiting == {}


@pytest.mark.parametrize("change", ["fingerprint", "pieces", "dimension", "none"])
def test_vectors_that_do_not_fit_are_made_anew(world: World, lines: bytes, change: str) -> None:
    header, *rest = opened(lines)[:-1]
    if change == "fingerprint":
        header["embedder"] = "another/fp32/64"
    for line in rest:
        if line["kind"] != "turn":
            continue
        if change == "pieces":
            line["pieces"][0]["end"] -= 1
        elif change == "dimension":
            line["pieces"][0]["vector"] = "AACAPwAAAAA="
        elif change == "none":
            line["pieces"] = []

    done = bring_in(world, space := new_space(), sealed(header, *rest))

    assert (done.turns, done.with_vectors) == (3, 0)
    assert sum(world.service.inspect.enrichment(world.admin, space).waiting.values()) == 3


def test_a_turn_that_was_edited_here_keeps_its_edit(world: World, lines: bytes) -> None:
    bring_in(world, space := new_space(), lines)
    turn = world.service.inspect.turn(world.admin, space, ids_in(lines)[0])
    world.service.revise(
        world.admin, space, turn.id, version=turn.version, metadata={"mine": 1}, place=None
    )

    assert bring_in(world, space, lines).present == 3
    assert world.service.inspect.turn(world.admin, space, turn.id).metadata == {"mine": 1}


def test_what_was_deleted_here_stays_deleted_unless_it_is_asked_for(
    world: World, lines: bytes
) -> None:
    bring_in(world, space := new_space(), lines)
    gone = ids_in(lines)[1]
    world.service.forget.turn(world.admin, space, gone)

    done = bring_in(world, space, lines)
    assert (done.turns, done.present, done.forgotten) == (0, 2, 1)

    done = bring_in(world, space, lines, restore_forgotten=True)
    assert (done.turns, done.present, done.forgotten) == (1, 2, 0)
    assert world.service.inspect.turn(world.admin, space, gone).content == "two"
    assert world.service.verify(world.admin, space).is_whole
    assert bring_in(world, space, lines).present == 3, "it is here again, so nothing was forgotten"


def test_a_turn_that_has_expired_is_neither_told_nor_brought_in(tmp_path: Path) -> None:
    with open_world(tmp_path, ids=RandomIds()) as world:
        space, there = SpaceName("alice"), SpaceName("bob")
        soon = world.clock.now() + timedelta(hours=1)
        write(world, space, said("stays"), said("goes", expires_at=soon))
        before = export(world, space)
        assert bring_in(world, SpaceName("carl"), before).turns == 2
        carl = opened(export(world, SpaceName("carl")))
        assert [line.get("expires_at") is None for line in carl[2:4]] == [True, False]

        world.clock.advance(timedelta(hours=2))

        assert b"goes" not in export(world, space)
        assert opened(export(world, SpaceName("carl")))[-1]["turns"] == 1
        done = bring_in(world, there, before, restore_forgotten=True)
        assert (done.turns, done.forgotten) == (1, 1)
        assert world.service.verify(world.admin, there).is_whole


def test_a_stream_that_was_deleted_here_is_not_made_again(world: World, lines: bytes) -> None:
    bring_in(world, space := new_space(), lines)
    world.service.forget.stream(world.admin, space, StreamName("chat"))

    done = bring_in(world, space, lines)

    assert (done.streams, done.turns, done.forgotten) == (0, 0, 3)
    assert world.service.inspect.space(world.admin, space).counts.streams == 0
    assert bring_in(world, space, lines, restore_forgotten=True).turns == 3


def test_a_client_that_wrote_the_same_turn_here_is_recognised(world: World, lines: bytes) -> None:
    """And the other way round: what was imported answers a client's retry of its write."""
    space, other = new_space(), new_space()
    (own,) = write(world, space, said("one", client_id="c1"))

    assert bring_in(world, space, lines).present == 1
    assert world.service.inspect.turn(world.admin, space, own).client_id == "c1"
    bring_in(world, other, lines)
    assert write(world, other, said("one", client_id="c1")) == ids_in(lines)[:1]


def test_what_comes_into_a_stream_in_use_goes_to_its_end(world: World, lines: bytes) -> None:
    space = new_space()
    write(world, space, *(said(f"here {n}") for n in range(5)))

    bring_in(world, space, lines)

    turns = [world.service.inspect.turn(world.admin, space, id_) for id_ in ids_in(lines)]
    assert [turn.seq for turn in turns] == [5, 6, 7]


def test_an_import_is_kept_batch_by_batch_and_a_refusal_says_how_far(world: World) -> None:
    space, other = new_space(), new_space()
    write(world, space, *(said(f"turn {n}") for n in range(BATCH_LINES + 100)))
    *good, _ = opened(export(world, space))
    bad = [*good[:-1], {**good[-1], "content": "forged"}]

    with pytest.raises(InvalidLine) as refused:
        bring_in(world, other, sealed(*bad))

    assert (refused.value.line, refused.value.kept) == (len(bad), BATCH_LINES)
    assert refused.value.field == "digest"
    assert world.service.inspect.space(world.admin, other).counts.turns == BATCH_LINES - 2
    done = bring_in(world, other, sealed(*good))
    assert (done.present, done.turns) == (BATCH_LINES - 2, 102)


def test_the_same_id_with_other_content_is_a_conflict_that_names_it(
    world: World, lines: bytes
) -> None:
    bring_in(world, space := new_space(), lines)
    header, stream, first, *rest = opened(lines)[:-1]
    moved = {**first, "user_id": "somebody else"}

    with pytest.raises(LineConflict) as refused:
        bring_in(world, space, sealed(header, stream, moved, *rest))

    assert (refused.value.turn, refused.value.line) == (first["id"], 3)


def test_the_same_turn_twice_in_one_import_is_added_once(world: World, lines: bytes) -> None:
    header, stream, first, *_ = opened(lines)[:-1]
    twin = {**first, "id": "t_another"}

    done = bring_in(world, new_space(), sealed(header, stream, first, first, twin))

    assert (done.turns, done.present) == (1, 2)


def test_an_import_into_a_space_that_is_deleted_meanwhile_does_not_make_it_again(
    world: World, lines: bytes
) -> None:
    space = new_space()
    importing = world.service.imports(world.admin, space)
    reader = Reader(longest_line=LONGEST)
    assert list(reader.feed(lines)) == []
    batch = reader.end()
    importing.take(batch[:2])
    world.service.forget.space(world.admin, space)

    with pytest.raises(SpaceNotFound):
        importing.take(batch[2:])


# Facts and merges --------------------------------------------------------------------------------

FILM = ("Jaws", "directed by", "Steven Spielberg")


def facts_here(world: World, space: SpaceName) -> list[tuple[str, str, str, tuple[TurnId, ...]]]:
    page = world.service.facts.page(
        world.admin, space, entity=None, turn=None, after=None, limit=100
    )
    facts = [each.fact for each in page.items]
    return [(each.subject, each.predicate, each.object, each.turns) for each in facts]


def merges_here(world: World, space: SpaceName) -> list[tuple[str, str]]:
    key = world.service.inspect.space(world.admin, space).space.key
    with world.service.facts.keeping.read() as reading:
        return [(each.name, each.into) for each in reading.merges.all(key)]


def test_facts_and_merges_go_along_and_a_second_time_changes_nothing(world: World) -> None:
    here, there = new_space(), new_space()
    one, two = write(world, here, said("one"), said("two"))
    state(world, here, FILM, one, two)
    state(world, here, ("Spielberg", "born in", "Cincinnati"), two)
    merge(world, here, "spielberg", "steven spielberg")
    lines = export(world, here)

    done = bring_in(world, there, lines)
    again = bring_in(world, there, lines)

    assert (done.facts, done.merges) == (2, 1)
    assert (again.facts, again.merges, again.position) == (0, 0, done.position)
    assert facts_here(world, there) == facts_here(world, here)
    assert merges_here(world, there) == [("spielberg", "steven spielberg")]
    assert inside(export(world, there)) == inside(lines)
    assert world.service.verify(world.admin, there).is_whole


def years(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


def standing(world: World, space: SpaceName) -> dict[str, Validity]:
    page = world.service.facts.page(world.admin, space, after=None, limit=100)
    return {each.fact.object: each.validity for each in page.items}


def in_time(world: World, space: SpaceName) -> FactId:
    """Say of when facts hold in every way there is; return one that is upheld."""
    one, two = write(
        world, space, said("one", at=years(2019)), said("two", at=years(2021), role="assistant")
    )
    homes = [
        NewFact("Ada", "lives in", "Porto", (one,)),
        NewFact("Ada", "lives in", "Lisbon", (two,)),
        NewFact("Ada", "lives in", "Ghent", (one,), years(2001), years(2003)),
        NewFact("Ada", "lives in", "Ghent", (one,), years(2005), years(2007)),
        NewFact("Ada", "drinks", "tea", (one,)),
        NewFact("Ada", "drinks", "milk", (one,)),
        NewFact("Ada", "drinks", "coffee", (two,), replaces=True),
    ]
    stated, _ = world.service.facts.state(world.admin, space, homes)
    porto, tea = stated[0].fact, stated[4].fact
    water = NewFact("Ada", "drinks", "water", (two,), supersedes=(tea.id,))
    world.service.facts.state(world.admin, space, [water])
    world.service.decide_facts.decide(
        world.admin,
        space,
        porto.id,
        verdict=Verdict.UPHELD,
        reason="she said so",
        version=porto.version,
    )
    return porto.id


def test_when_facts_held_and_what_was_ruled_goes_along_once(world: World) -> None:
    here, there = new_space(), new_space()
    in_time(world, here)
    lines = export(world, here)

    done = bring_in(world, there, lines)
    again = bring_in(world, there, lines)

    assert (done.facts, done.rulings) == (7, 2)
    assert (again.facts, again.rulings, again.position) == (0, 0, done.position)
    assert standing(world, there) == standing(world, here)
    assert {each.state.value for each in standing(world, there).values()} == {
        "current",
        "superseded",
        "disputed",
        "ended",
    }
    assert inside(export(world, there)) == inside(lines)
    assert world.service.verify(world.admin, there).is_whole


def test_rulings_that_were_taken_back_or_made_otherwise_here_stay_so(world: World) -> None:
    here, back, otherwise = new_space(), new_space(), new_space()
    porto = in_time(world, here)
    lines = export(world, here)
    for space in (back, otherwise):
        bring_in(world, space, lines)
        found = world.service.facts.get(world.admin, space, porto)
        [ruling] = found.rulings
        world.service.decide_facts.undo(world.admin, space, porto, ruling.id)
    found = world.service.facts.get(world.admin, otherwise, porto)
    world.service.decide_facts.decide(
        world.admin,
        otherwise,
        porto,
        verdict=Verdict.REJECTED,
        reason="no",
        version=found.fact.version,
    )

    assert bring_in(world, back, lines).rulings == 0
    assert bring_in(world, back, lines, restore_forgotten=True).rulings == 1
    assert bring_in(world, otherwise, lines, restore_forgotten=True).rulings == 0
    [mine] = world.service.facts.get(world.admin, otherwise, porto).rulings
    assert mine.verdict is Verdict.REJECTED
    assert world.service.verify(world.admin, back).is_whole


def test_rulings_find_facts_that_are_here_under_another_id(world: World) -> None:
    here, there = new_space(), new_space()
    (mine,) = write(world, there, said("mine", at=years(2020)))
    state(world, there, ("Ada", "lives in", "Porto"), mine)
    in_time(world, here)

    bring_in(world, there, export(world, here))

    assert standing(world, there)["Porto"].state is FactState.CURRENT
    assert standing(world, there)["Lisbon"].state is FactState.DISPUTED


def test_lines_of_version_5_are_still_read(world: World) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, said("one"))
    state(world, here, FILM, one)
    header, *rest = opened(export(world, here))[:-1]
    later = {"sayings", "echo_of"}
    old = [{name: each[name] for name in each if name not in later} for each in rest]

    assert bring_in(world, there, sealed({**header, "version": 5}, *old)).facts == 1


def test_lines_of_version_4_are_still_read(world: World) -> None:
    here, there = new_space(), new_space()
    write(world, here, said("one"))
    header, *rest = opened(export(world, here))[:-1]

    assert bring_in(world, there, sealed({**header, "version": 4}, *rest)).turns == 1


def test_an_echo_is_still_one_where_it_comes(world: World) -> None:
    here, there = new_space(), new_space()
    told = "On the first morning we saw four grey herons in the reeds by the old mill"
    first, echo = (
        write(world, here, said(told, source=source))[0] for source in (Source.USER, Source.AGENT)
    )
    lines = export(world, here)

    assert bring_in(world, there, lines).turns == 2
    assert world.service.inspect.turn(world.admin, there, echo).echo_of == first
    assert inside(export(world, there)) == inside(lines)


def test_a_fact_that_is_here_is_said_by_the_turns_of_both(world: World) -> None:
    """Whatever its id there: what it says is what it is."""
    here, there = new_space(), new_space()
    (came,) = write(world, here, said("one"))
    state(world, here, FILM, came)
    (own,) = write(world, there, said("mine"))
    state(world, there, ("JAWS", "Directed by", "Steven Spielberg"), own)

    done = bring_in(world, there, export(world, here))

    assert done.facts == 1
    assert facts_here(world, there) == [("JAWS", "Directed by", "Steven Spielberg", (own, came))]


def test_facts_find_turns_that_are_here_under_another_id(world: World) -> None:
    """A turn that was written to both under one client id is the same, and says the same."""
    here, there = new_space(), new_space()
    (one,) = write(world, here, said("one", client_id="c1"))
    (same,) = write(world, there, said("one", client_id="c1"))
    state(world, here, FILM, one)

    done = bring_in(world, there, export(world, here))

    assert (done.present, done.facts) == (1, 1)
    assert facts_here(world, there) == [(*FILM, (same,))]


def test_a_fact_none_of_whose_turns_is_here_is_passed_over(world: World) -> None:
    here, there = new_space(), new_space()
    one, two = write(world, here, said("one"), said("two"))
    state(world, here, FILM, one, two)
    state(world, here, ("Bruce", "is", "a shark"), one)
    lines = export(world, here)
    bring_in(world, there, lines)
    world.service.forget.turn(world.admin, there, one)

    done = bring_in(world, there, lines)

    assert (done.forgotten, done.facts) == (1, 0)
    assert facts_here(world, there) == [(*FILM, (two,))]


def test_what_was_deleted_or_taken_back_here_stays_so_unless_it_is_asked_for(world: World) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, said("one"))
    fact = state(world, here, FILM, one)
    assert fact is not None
    state(world, here, ("Spielberg", "made", "Jaws"), one)
    made = merge(world, here, "spielberg", "steven spielberg")
    state(world, here, ("Steven Spielberg", "is", "Spielberg"), one)
    lines = export(world, here)
    bring_in(world, there, lines)
    world.service.facts.delete(world.admin, there, fact)
    key = world.service.inspect.space(world.admin, there).space.key

    def take_back(unit: Unit) -> None:
        entry = EntryDraft(Change.ENTITIES_UNMERGED, made, bytes(32))
        until = unit.ledger.append(key, [entry], actor="test", at=world.clock.now())
        unit.merges.retire(key, [made], until=until)

    world.service.facts.keeping.write(take_back)

    done = bring_in(world, there, lines)
    assert (done.facts, done.merges, len(facts_here(world, there))) == (0, 0, 2)

    done = bring_in(world, there, lines, restore_forgotten=True)
    assert (done.facts, done.merges, len(facts_here(world, there))) == (1, 1, 3)
    assert world.service.verify(world.admin, there).is_whole


def test_a_rename_goes_along_and_is_a_merge_where_turns_write_the_new_name(world: World) -> None:
    here, there, other = new_space(), new_space(), new_space()
    (one,) = write(world, here, said("one"))
    state(world, here, FILM, one)
    world.service.merging.rename(world.admin, here, "Steven Spielberg", "The  Director")
    lines = export(world, here)
    (two,) = write(world, other, said("two"))
    state(world, other, ("The Director", "is", "late"), two)

    for space, spelled in ((there, "The Director"), (other, None)):
        assert bring_in(world, space, lines).merges == 1
        assert bring_in(world, space, lines).merges == 0
        found = world.service.merging.merges(world.admin, space, after=Position(0), limit=9).items
        told = [(each.name, each.into, each.spelled) for each in found]
        assert told == [("steven spielberg", "director", spelled)]
    assert inside(export(world, there)) == inside(lines)


def test_a_merge_that_does_not_fit_what_is_here_is_passed_over(world: World) -> None:
    """One that means something else here, that nobody names here, or that would go in a circle."""
    here, there = new_space(), new_space()
    for space in (here, there):
        (one,) = write(world, space, said("one"))
        state(world, space, ("a one", "is", "b two"), one)
        state(world, space, ("c three", "is", "d four"), one)
    (two,) = write(world, here, said("elsewhere"))
    state(world, here, ("e five", "is", "f six"), two)
    for name, into in (("a one", "b two"), ("c three", "d four"), ("e five", "f six")):
        merge(world, here, name, into)
    merge(world, there, "a one", "c three")
    merge(world, there, "d four", "c three")
    lines = [line for line in inside(export(world, here)) if b'"merge"' in line]
    header = export(world, here).split(b"\n")[0]

    done = bring_in(world, there, sealed(header, *lines))

    assert done.merges == 0
    assert merges_here(world, there) == [("a one", "c three"), ("d four", "c three")]


def test_an_export_tells_no_fact_that_was_stated_after_it_began(world: World) -> None:
    space = new_space()
    (one,) = write(world, space, said("one"))
    state(world, space, FILM, one)
    before = inside(export(world, space))
    pages = written(world.service.export(world.admin, space, vectors=False))
    begun = next(pages)

    state(world, space, ("Bruce", "is", "a shark"), one)
    merge(world, space, "bruce", "jaws")

    assert inside(begun + b"".join(pages)) == before


def test_an_export_tells_nothing_that_only_expired_turns_say_or_name(world: World) -> None:
    space = new_space()
    soon = world.clock.now() + timedelta(hours=1)
    gone, stays = write(world, space, said("gone", expires_at=soon), said("stays"))
    state(world, space, FILM, gone, stays)
    state(world, space, ("Bruce", "is", "a shark"), gone)
    merge(world, space, "bruce", "jaws")
    world.clock.advance(timedelta(hours=2))

    lines = opened(export(world, space))

    assert [line["turns"] for line in lines if line["kind"] == "fact"] == [[stays]]
    assert [line["kind"] for line in lines].count("merge") == 0


def unlinked_here(world: World, space: SpaceName) -> list[tuple[TurnId, str]]:
    page = world.service.unlinking.page(world.admin, space, turn=None, after=None, limit=100)
    return [(each.turn, each.name) for each in page.items]


def test_unlinkings_go_along_and_a_second_time_changes_nothing(world: World) -> None:
    here, there = new_space(), new_space()
    one, two = write(world, here, said("So Frank came."), said("So Frank went with Ann Hart."))
    unlink = world.service.unlinking.unlink
    unlink(world.admin, here, "Frank", [one])
    merge(world, here, "frank", "ann hart")
    lines = export(world, here)

    done = bring_in(world, there, lines)
    again = bring_in(world, there, lines)

    assert (done.unlinkings, again.unlinkings, again.position) == (1, 0, done.position)
    assert unlinked_here(world, there) == unlinked_here(world, here) == [(one, "frank")]
    found = world.service.entities.get(world.admin, there, "Frank")
    assert [turn.id for turn in found.turns] == [two]
    assert inside(export(world, there)) == inside(lines)
    assert world.service.verify(world.admin, there).is_whole


def test_an_unlinking_that_was_taken_back_here_stays_so_unless_it_is_asked_for(
    world: World,
) -> None:
    here, there = new_space(), new_space()
    (one,) = write(world, here, said("So Frank came."))
    (made,) = world.service.unlinking.unlink(world.admin, here, "Frank", [one])
    lines = export(world, here)
    bring_in(world, there, lines)
    world.service.unlinking.undo(world.admin, there, made.id)

    done = bring_in(world, there, lines)
    assert (done.unlinkings, unlinked_here(world, there)) == (0, [])

    done = bring_in(world, there, lines, restore_forgotten=True)
    assert (done.unlinkings, unlinked_here(world, there)) == (1, [(one, "frank")])
    assert world.service.verify(world.admin, there).is_whole


def test_an_unlinking_that_does_not_fit_what_is_here_is_passed_over(world: World) -> None:
    there = new_space()
    (one,) = write(world, there, said("So Frank came."))
    others: tuple[dict[str, str], ...] = (
        {"turn": "t_none"},
        {"name": "ann hart"},
        {},
        {"id": "ul_2"},
    )
    lines = [{**UNLINKING, "turn": one, "name": "Frank", **other} for other in others]

    done = bring_in(world, there, sealed(HEADER, *lines))

    assert (done.unlinkings, unlinked_here(world, there)) == (1, [(one, "frank")])


HEADER = {
    "kind": "header",
    "format": "memsvc-export",
    "version": 1,
    "space": "a",
    "created_at": "2026-01-01T00:00:00Z",
    "position": 1,
    "embedder": "m",
    "vectors": False,
    "streams": 0,
    "turns": 0,
}
STREAM = {"kind": "stream", "name": "s", "created_at": "2026-01-01T00:00:00Z"}
TURN = {
    "kind": "turn",
    "id": "t_1",
    "stream": "s",
    "seq": 0,
    "role": "user",
    "content": "x",
    "at": "2026-01-01T00:00:00Z",
    "source": "user",
    "metadata": {},
    "digest": "0" * 64,
}
FACT = {
    "kind": "fact",
    "id": "f_1",
    "subject": "a",
    "predicate": "is",
    "object": "b",
    "turns": ["t_1"],
}
SAYING = {"turn": "t_1", "valid_from": "2020-01-01T00:00:00Z"}
RULING = {"kind": "ruling", "id": "u_1", "fact": "f_1", "verdict": "upheld", "reason": "seen"}
FEEDBACK = {
    "kind": "feedback",
    "id": "fb_1",
    "turn": "t_1",
    "verdict": "helped",
    "actor": "k_1",
    "at": "2026-01-01T00:00:00Z",
}
MERGE = {"kind": "merge", "id": "m_1", "name": "a", "into": "b"}
UNLINKING = {"kind": "unlinking", "id": "ul_1", "turn": "t_1", "name": "a"}
PART = {"name": "1", "stream": "s", "digest": "0" * 64}
DOCUMENT = {
    "kind": "document",
    "id": "d",
    "media_type": "text/plain",
    "metadata": {},
    "parts": [PART],
}
PIECE = {"start": 0, "end": 1, "vector": "AACAPwAAAAA="}

DAMAGED: Mapping[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 1, ""),
    "white": (b"\n", 1, ""),
    "not JSON": (b"hello\n", 1, ""),
    "not UTF-8": (b'{"kind": "header", "space": "\xff"}\n', 1, ""),
    "a list": (b"[]\n", 1, ""),
    "deep": (b"[" * 100_000 + b"\n", 1, ""),
    "no kind": (sealed({}), 1, "kind"),
    "a kind to come": (sealed(HEADER, {"kind": "mood"}), 2, "kind"),
    "a newer format": (sealed({**HEADER, "version": 11}), 1, "version"),
    "a setting to come": (sealed({**HEADER, "settings": {"mood": 1}}), 1, "settings.mood"),
    "a way to cut that is none": (
        sealed({**HEADER, "settings": {"segmentation": {"gamma": -1}}}),
        1,
        "settings.segmentation.gamma",
    ),
    "no retention": (
        sealed({**HEADER, "settings": {"retention_days": 0}}),
        1,
        "settings.retention_days",
    ),
    "a decay that grows": (
        sealed({**HEADER, "settings": {"forgetting": {"decay": {"user": 1.5}}}}),
        1,
        "settings.forgetting.decay.user",
    ),
    "a turn after a fact": (sealed(HEADER, STREAM, FACT, TURN), 4, "kind"),
    "a stream after a merge": (sealed(HEADER, MERGE, STREAM), 3, "kind"),
    "a fact after a merge": (sealed(HEADER, MERGE, FACT), 3, "kind"),
    "a fact that nobody says": (sealed(HEADER, {**FACT, "turns": []}), 2, "turns"),
    "a fact about nothing": (sealed(HEADER, {**FACT, "subject": "!"}), 2, "subject"),
    "a long fact": (sealed(HEADER, {**FACT, "object": "x" * 501}), 2, "object"),
    "a rename to nothing": (sealed(HEADER, {**MERGE, "into": "!", "renames": True}), 2, "into"),
    "a merge that renames perhaps": (sealed(HEADER, {**MERGE, "renames": "x"}), 2, "renames"),
    "a merge into nothing": (sealed(HEADER, {**MERGE, "into": "!"}), 2, "into"),
    "a merge after an unlinking": (sealed(HEADER, UNLINKING, MERGE), 3, "kind"),
    "an unlinking of nothing": (sealed(HEADER, {**UNLINKING, "name": "!"}), 2, "name"),
    "a document after a stream": (sealed(HEADER, STREAM, DOCUMENT), 3, "kind"),
    "a document after a turn": (sealed(HEADER, TURN, DOCUMENT), 3, "kind"),
    "a document twice": (sealed(HEADER, DOCUMENT, DOCUMENT), 3, "id"),
    "a document of nothing": (sealed(HEADER, {**DOCUMENT, "parts": []}), 2, "parts"),
    "a stream in two documents": (sealed(HEADER, DOCUMENT, {**DOCUMENT, "id": "e"}), 3, "parts"),
    "a part twice": (
        sealed(HEADER, {**DOCUMENT, "parts": [PART, {**PART, "stream": "other"}]}),
        2,
        "parts",
    ),
    "a stream that is two parts": (
        sealed(HEADER, {**DOCUMENT, "parts": [PART, {**PART, "name": "other"}]}),
        2,
        "parts",
    ),
    "another format": (sealed({**HEADER, "format": "x"}), 1, "format"),
    "no header": (sealed(STREAM), 1, "kind"),
    "two headers": (sealed(HEADER, HEADER), 2, "kind"),
    "a stream after a turn": (sealed(HEADER, TURN, STREAM), 3, "kind"),
    "no trailer": (sealed(HEADER, STREAM).rsplit(b'{"kind":"trailer"')[0], 3, ""),
    "half a trailer": (sealed(HEADER, STREAM)[:-5], 3, ""),
    "a trailer alone": (sealed(), 1, "kind"),
    "more after the trailer": (sealed(HEADER) + b"{}\n", 3, ""),
    "a line lost": (
        sealed(HEADER, STREAM, STREAM)
        .replace(json.dumps(STREAM).encode(), b"", 1)
        .replace(b"\n\n", b"\n"),
        3,
        "",
    ),
    "a field to come": (sealed(HEADER, {**TURN, "mood": "x"}), 2, "mood"),
    "no digest": (sealed(HEADER, {**TURN, "digest": "x"}), 2, "digest"),
    "another digest": (sealed(HEADER, TURN), 2, "digest"),
    "a long id": (sealed(HEADER, {**TURN, "id": "x" * 65}), 2, "id"),
    "NUL": (sealed(HEADER, {**TURN, "content": "\0"}), 2, "content"),
    "a surrogate": (sealed(HEADER, {**TURN, "speaker": "\ud800"}), 2, ""),
    "a huge number": (sealed(HEADER, {**TURN, "seq": 10**30}), 2, "seq"),
    "a negative number": (sealed(HEADER, {**TURN, "seq": -1}), 2, "seq"),
    "metadata of NaN": (sealed(HEADER, {**TURN, "metadata": {"a": float("nan")}}), 2, "metadata"),
    "earlier metadata": (
        sealed(HEADER, {**TURN, "earlier": [{"metadata": 1}]}),
        2,
        "earlier.0.metadata",
    ),
    "a piece outside": (sealed(HEADER, {**TURN, "pieces": [{**PIECE, "end": 2}]}), 2, "pieces"),
    "a piece reversed": (
        sealed(HEADER, {**TURN, "pieces": [{**PIECE, "start": 1, "end": 0}]}),
        2,
        "pieces",
    ),
    "no base64": (
        sealed(HEADER, {**TURN, "pieces": [{**PIECE, "vector": "!"}]}),
        2,
        "pieces.0.vector",
    ),
    "base64 of umlauts": (
        sealed(HEADER, {**TURN, "pieces": [{**PIECE, "vector": "ää=="}]}),
        2,
        "pieces.0.vector",
    ),
    "no vector": (sealed(HEADER, {**TURN, "pieces": [{**PIECE, "vector": ""}]}), 2, "pieces"),
    "half a float": (
        sealed(HEADER, {**TURN, "pieces": [{**PIECE, "vector": "AAA="}]}),
        2,
        "pieces",
    ),
    "vectors of two lengths": (
        sealed(HEADER, {**TURN, "pieces": [PIECE, {**PIECE, "vector": "AACAPw=="}]}),
        2,
        "pieces",
    ),
    "a vector not of length 1": (
        sealed(HEADER, {**TURN, "pieces": [{**PIECE, "vector": "AAAAQAAAAAA="}]}),
        2,
        "pieces",
    ),
    "a vector of NaN": (
        sealed(HEADER, {**TURN, "pieces": [{**PIECE, "vector": "AADAfwAAAAA="}]}),
        2,
        "pieces",
    ),
    "a saying of nobody": (
        sealed(HEADER, {**FACT, "sayings": [{**SAYING, "turn": "t_2"}]}),
        2,
        "sayings",
    ),
    "a saying that ends before": (
        sealed(HEADER, {**FACT, "sayings": [{**SAYING, "valid_to": "2019-01-01T00:00:00Z"}]}),
        2,
        "sayings",
    ),
    "a saying of no time": (
        sealed(HEADER, {**FACT, "sayings": [{**SAYING, "valid_to": 7}]}),
        2,
        "sayings.0.valid_to",
    ),
    "a ruling of nothing": (sealed(HEADER, {**RULING, "verdict": "so"}), 2, "verdict"),
    "a ruling without a reason": (sealed(HEADER, {**RULING, "reason": ""}), 2, "reason"),
    "a fact after a ruling": (sealed(HEADER, FACT, RULING, FACT), 4, "kind"),
    "a ruling after a merge": (sealed(HEADER, FACT, MERGE, RULING), 4, "kind"),
    "a turn after a ruling": (sealed(HEADER, RULING, TURN), 3, "kind"),
    "feedback of no kind": (sealed(HEADER, {**FEEDBACK, "verdict": "so"}), 2, "verdict"),
    "a long question": (sealed(HEADER, {**FEEDBACK, "question": "x" * 32_001}), 2, "question"),
    "a merge after feedback": (sealed(HEADER, FEEDBACK, MERGE), 3, "kind"),
    "a line without end": (b"x" * (LONGEST + 10), 1, ""),
    "a line too long": (b"x" * (LONGEST + 10) + b"\n", 1, ""),
}


@pytest.mark.parametrize(("damaged", "line", "field"), DAMAGED.values(), ids=list(DAMAGED))
@pytest.mark.parametrize("chunk", [7, 4_000_000])
def test_a_damaged_line_is_named_and_nothing_of_its_batch_is_kept(
    world: World, damaged: bytes, line: int, field: str, chunk: int
) -> None:
    if chunk == 7 and len(damaged) > 10_000:
        chunk = 40_000
    with pytest.raises(InvalidLine) as refused:
        bring_in(world, space := new_space(), damaged, chunk=chunk)

    assert (refused.value.line, refused.value.field, refused.value.kept) == (line, field, 0)
    with pytest.raises(SpaceNotFound):
        world.service.inspect.space(world.admin, space)


def test_a_turn_over_the_limit_is_named(tmp_path: Path, lines: bytes) -> None:
    with (
        open_world(tmp_path, max_turn_chars=4) as small,
        pytest.raises(InvalidLine, match="4 characters") as refused,
    ):
        bring_in(small, SpaceName("a"), lines)

    assert (refused.value.line, refused.value.field) == (5, "content")


def test_what_comes_is_named_as_if_it_were_written_here(world: World) -> None:
    here, there = new_space(), new_space()
    world.write(here, "chat", "Then Ada Lovelace came.", "Nothing much.")
    write_document(world, here, "guide", "Owls of Lapland hunt.")

    bring_in(world, there, export(world, here))

    assert mentions_of(world, there) == mentions_of(world, here)
    assert len(mentions_of(world, there)) == 2
