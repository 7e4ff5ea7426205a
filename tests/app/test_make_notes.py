"""Notes made of events by the worker: linked, evolved, once each, and nothing half done.

Each turn is an event of its own here, closed by the pause before the next. The counting embedder
compares words, so texts with words in common are near each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from memsvc.app.make_notes import MakeNotes
from memsvc.app.notes import ShownNote, WhichNotes
from memsvc.app.notes_nearby import SHOWN
from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.memory import Fingerprint, SpaceSettings, Span
from memsvc.domain.note import LinkKind, Run
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.work import Job, Step
from memsvc.ingest.notes.evolve import RULES as EVOLVED
from memsvc.ingest.notes.sketch import RULES
from memsvc.ports.models import Embedded, Embedder, Matrix
from memsvc.ports.notemaker import (
    Neighbour,
    NoteMaker,
    Proposal,
    ProposedChange,
    Shown,
    Sketch,
    TermCounts,
    ToldEvent,
)
from store.directory import DATABASE
from tests.app.small import ALICE, remember, rows, said, tamper, turns_of
from tests.ingest.notes.made import proposals
from tests.postgres import past_the_service
from tests.worlds import World, open_world

ASKING = SpaceSettings(notes=NoteMaking(least_tokens=1))
END = "Nothing more."
"""Closes the event before it, and its own stays open."""

VET = "Ana: Oscar the guinea pig went to the vet."
VET_AGAIN = "Ana: Oscar the guinea pig went to the vet again."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A service whose space "alice" asks for notes."""
    with open_world(tmp_path) as world:
        ask_for_notes(world)
        yield world


def ask_for_notes(world: World, asking: SpaceSettings = ASKING) -> None:
    world.service.found(world.admin, ALICE)
    version = world.service.inspect.space(world.admin, ALICE).space.version
    world.service.govern(world.admin, ALICE, asking, version=version)


def tell(world: World, *texts: str) -> None:
    """Write texts a day apart, each "Speaker: text" in a stream of its own, and close its event."""
    for text in texts:
        speaker, _, content = text.rpartition(": ")
        stream = f"stream {world.clock.now():%Y-%m-%d}"
        remember(world, said(content, speaker=speaker, at=world.clock.now()), stream=stream)
        world.clock.advance(timedelta(hours=1))
        remember(world, said(END, at=world.clock.now()), stream=stream)
        world.clock.advance(timedelta(hours=23))


def work(world: World) -> None:
    while world.service.enrich.work_once():
        pass


def notes_of(world: World) -> list[ShownNote]:
    page = world.service.notes.page(world.admin, ALICE, WhichNotes(), after=None, limit=100)
    return list(page.items)


def contents(world: World) -> list[str]:
    return [shown.note.content for shown in notes_of(world)]


def waiting(world: World) -> int:
    return world.service.inspect.enrichment(world.admin, ALICE).waiting.get(Step.NOTES, 0)


def runs_of(world: World) -> list[Run]:
    key = world.service.inspect.space(world.admin, ALICE).space.key
    with world.service.remember.keeping.read() as reading:
        return list(reading.runs.page(key, after=None, limit=10).items)


def dump(folder: Path) -> list[object]:
    """Return every note, version, vector and link there is in the file."""
    return [
        rows(folder, f"SELECT * FROM {table}")  # noqa: S608 - names from here
        for table in ("notes", "note_turns", "note_versions", "note_vectors", "links")
    ]


def versions_of(world: World) -> dict[str, int]:
    """Return how many versions each note has, by its content."""
    counted = world.service.notes.versions
    return {
        shown.note.content: len(counted(world.admin, ALICE, shown.note.id))
        for shown in notes_of(world)
    }


def links_of(world: World) -> set[tuple[str, str]]:
    """Return each link by the contents of its ends."""
    said_by = {shown.note.id: shown.note.content for shown in notes_of(world)}
    return {
        (said_by[link.start], said_by[link.end])
        for shown in notes_of(world)
        for link in shown.links
    }


def owe_again(world: World) -> None:
    """Owe the step to every turn, as if nobody had struck its jobs off."""
    key = world.service.inspect.space(world.admin, ALICE).space.key
    keys = [turn.key for turn in turns_of(world)]
    world.service.remember.keeping.write(
        lambda unit: unit.outbox.put(key, Step.NOTES, keys, now=world.clock.now())
    )


def run_sql(folder: Path, statement: str) -> None:
    with past_the_service(folder / DATABASE) as connection:
        connection.execute(statement)


@dataclass
class Watched:
    """An evolver that proposes what it is told to, and remembers what it was shown."""

    proposal: Proposal = field(default_factory=Proposal)
    shown: list[Sequence[Neighbour]] = field(default_factory=list)
    name: str = "watched/1"

    def evolve(self, new: Shown, neighbours: Sequence[Neighbour]) -> Proposal:  # noqa: ARG002 - the port's signature
        """Return the proposal."""
        self.shown.append(neighbours)
        return self.proposal


@dataclass
class Counted:
    """The rule that makes notes, counting; down for as long as it is told to be."""

    maker: NoteMaker
    name: str = RULES
    made: int = 0
    is_down: bool = False

    def make(self, event: ToldEvent, counts: TermCounts) -> Sketch | None:
        """Make a note."""
        if self.is_down:
            raise ModelUnavailable("The maker is away.")
        self.made += 1
        return self.maker.make(event, counts)


class Counting:
    """An embedder that remembers how many texts each call brought."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.calls: list[int] = []

    @property
    def fingerprint(self) -> Fingerprint:
        """The embedder's own."""
        return self._embedder.fingerprint

    @property
    def max_tokens(self) -> int:
        """The embedder's own."""
        return self._embedder.max_tokens

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Embed, and count."""
        self.calls.append(len(texts))
        return self._embedder.embed(texts)

    @property
    def token_fingerprint(self) -> None:
        """None: notes have no tokens."""
        return None

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return the vectors alone."""
        return Embedded(self.embed(texts), None)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return the embedder's own tokens."""
        return self._embedder.tokens(text)

    def count(self, text: str) -> int:
        """Return the embedder's own number of tokens."""
        return self._embedder.count(text)


def step_of(world: World) -> MakeNotes:
    step = world.service.enrich.steps[Step.NOTES]
    assert isinstance(step, MakeNotes)
    return step


def with_step(world: World, step: MakeNotes) -> World:
    """Return the world with another step in its worker."""
    enrich = world.service.enrich
    enrich = replace(enrich, steps=dict(enrich.steps) | {Step.NOTES: step})
    return replace(world, service=replace(world.service, enrich=enrich))


def test_a_closed_event_gets_a_note_of_its_turns(world: World, tmp_path: Path) -> None:
    """With who made it, in which run, and a vector in the same unit of work."""
    tell(world, VET)
    work(world)

    (shown,) = notes_of(world)

    assert shown.note.content == VET
    assert "guinea pig" in shown.note.facets.keywords
    assert shown.note.making.maker == RULES
    assert shown.note.event is not None
    (run,) = runs_of(world)
    assert shown.note.making.run == run.id
    assert rows(tmp_path, "SELECT count(*) FROM note_vectors") == [(1,)]


def test_the_last_event_of_an_idle_stream_has_a_note_once_the_stream_goes_on(world: World) -> None:
    """No clock closes an event: how a stream is cut does not hang on when somebody looked."""
    remember(world, said(VET.removeprefix("Ana: "), speaker="Ana"))
    world.clock.advance(timedelta(days=365))
    world.service.settle()
    work(world)
    assert notes_of(world) == []

    remember(world, said(END))
    work(world)

    assert contents(world) == [VET]


def test_a_space_that_does_not_ask_gets_no_notes(tmp_path: Path) -> None:
    """Nobody pays for what nobody wanted."""
    with open_world(tmp_path) as world:
        tell(world, VET)
        work(world)

        assert notes_of(world) == []


def test_an_event_that_is_too_short_gets_none(world: World) -> None:
    """And its job is done all the same."""
    ask_for_notes(world, SpaceSettings(notes=NoteMaking(least_tokens=200)))
    tell(world, VET)
    work(world)

    assert notes_of(world) == []
    assert waiting(world) == 0


def test_what_an_agent_echoes_is_no_evidence(world: World, tmp_path: Path) -> None:
    """Memory does not feed on itself."""
    tell(world, VET)
    tamper(tmp_path, "UPDATE turns SET echo_of = id WHERE content LIKE 'Oscar%'")
    work(world)

    assert notes_of(world) == []


def test_a_later_note_on_the_same_elaborates_the_earlier_and_says_so_there(world: World) -> None:
    """The earlier gets a version because of the later; its content stays."""
    tell(world, VET, VET_AGAIN)
    work(world)

    earlier, later = notes_of(world)

    (link,) = later.links
    assert (link.start, link.end) == (later.note.id, earlier.note.id)
    assert link.kind is LinkKind.ELABORATES
    assert link.making.maker == EVOLVED
    assert link.making.because == later.note.id
    first, second = world.service.notes.versions(world.admin, ALICE, earlier.note.id)
    assert second.making.because == later.note.id
    assert second.making.run == later.note.making.run
    assert second.facets.context.startswith(first.facets.context)
    assert "more of it on" in second.facets.context
    assert earlier.note.content == VET


def test_what_is_said_otherwise_later_supersedes_the_earlier_note(world: World) -> None:
    """Of the same speaker, by the rule for turns."""
    tell(world, "Ana: I live in Porto.", "Ana: I live in Lisbon now.")
    work(world)

    _, later = notes_of(world)

    assert [link.kind for link in later.links] == [LinkKind.SUPERSEDES]


def test_a_job_that_is_done_again_makes_nothing_twice(world: World, tmp_path: Path) -> None:
    """As after a worker that died, whose lease ran out."""
    tell(world, VET, VET_AGAIN)
    work(world)
    before = dump(tmp_path)
    owe_again(world)
    assert waiting(world) > 0

    work(world)

    assert dump(tmp_path) == before
    assert waiting(world) == 0


@pytest.mark.sqlite
def test_nothing_is_half_done_when_a_step_dies_in_the_middle(world: World, tmp_path: Path) -> None:
    """The note, its links and what it changes come together, or not at all."""
    tell(world, VET)
    work(world)
    before = dump(tmp_path)
    run_sql(
        tmp_path,
        "CREATE TRIGGER dies BEFORE INSERT ON note_versions WHEN NEW.because IS NOT NULL "
        "BEGIN SELECT RAISE(ABORT, 'died'); END",
    )
    tell(world, VET_AGAIN)
    work(world)
    assert dump(tmp_path) == before
    assert waiting(world) == 1

    run_sql(tmp_path, "DROP TRIGGER dies")
    world.clock.advance(timedelta(hours=1))
    work(world)

    assert contents(world) == [VET, VET_AGAIN]
    assert versions_of(world) == {VET: 2, VET_AGAIN: 1}


def test_a_maker_that_is_away_parks_nothing_and_is_asked_again(world: World) -> None:
    """Models come back by themselves."""
    maker = Counted(step_of(world).maker, is_down=True)
    away = with_step(world, replace(step_of(world), maker=maker))
    tell(world, VET)
    work(away)
    assert notes_of(world) == []
    assert waiting(world) == 1

    maker.is_down = False
    world.clock.advance(timedelta(hours=1))
    work(away)

    assert contents(world) == [VET]


def test_evolution_touches_exactly_the_notes_shown_whatever_is_proposed(world: World) -> None:
    """A-MEM's defect: its step rewrote the notes at the head of the list, whoever was shown."""
    watched = Watched()
    evolving = with_step(world, replace(step_of(world), evolver=watched))
    tell(world, *[f"Ana: Bird number {n} sang in the old pear tree." for n in range(8)])
    work(evolving)
    told = ran = 0

    @settings(max_examples=12, deadline=None)
    @given(proposals)
    def evolve(proposal: Proposal) -> None:
        nonlocal told, ran
        told += 1
        watched.proposal = proposal
        watched.shown.clear()
        before = versions_of(world)
        tell(world, f"Ana: Cat number {told} slept in the old pear tree.")
        work(evolving)

        shown = {each.note.content for step in watched.shown for each in step}
        after = versions_of(world)
        changed = {content for content in before if after[content] != before[content]}
        linked = {end for start, end in links_of(world) if start not in before}
        assert changed <= shown
        if shown:  # where no step was due, a rule links
            ran += 1
            assert linked <= shown

    evolve()
    assert ran > 0


def test_a_note_costs_as_much_however_many_there_are(world: World) -> None:
    """One maker's call, one evolver's at most, and two of the embedder."""
    step = step_of(world)
    embedder = Counting(step.embedder)
    watched = Watched(Proposal((), (ProposedChange("n1", "seen", context="Seen."),)))
    maker = Counted(step.maker)
    counting = replace(step, embedder=embedder, maker=maker, evolver=watched)
    evolving = with_step(world, counting)
    costs = []
    for number in range(24):
        tell(world, f"Ana: Bird number {number} sang in the old pear tree.")
        embedder.calls.clear()
        watched.shown.clear()
        maker.made = 0
        work(evolving)
        costs.append((maker.made, len(watched.shown), len(embedder.calls), max(embedder.calls)))

    assert all(made == 1 for made, *_ in costs)
    assert all(evolved <= 1 for _, evolved, *_ in costs)
    assert all(embedded <= 2 for *_, embedded, _ in costs)
    assert all(largest <= SHOWN for *_, largest in costs)


def test_a_run_ends_with_the_last_event_that_waits_whatever_else_does(world: World) -> None:
    tell(world, VET, VET_AGAIN)
    key = world.service.inspect.space(world.admin, ALICE).space.key
    keys = [turn.key for turn in turns_of(world)]
    keeping = world.service.remember.keeping
    later = world.clock.now() + timedelta(seconds=30)
    keeping.write(lambda unit: unit.outbox.put(key, Step.FACTS, keys, now=later))

    work(world)

    with keeping.read() as reading:
        assert reading.outbox.is_owed(key, Step.FACTS)
        assert not reading.outbox.is_owed(key, Step.NOTES)
    assert [run.ended_at is None for run in runs_of(world)] == [False]


def test_what_is_forgotten_before_the_worker_came_has_no_note(world: World) -> None:
    """Neither has a space that is gone by then; and nothing waits for ever."""
    step = step_of(world)
    tell(world, VET)
    (turn,) = (one for one in turns_of(world) if one.content != END)
    key = world.service.inspect.space(world.admin, ALICE).space.key
    job = Job(1, key, turn.key, Step.NOTES, 1)
    world.service.forget.turn(world.admin, ALICE, turn.id)

    work(world)
    step(key, [job])

    assert notes_of(world) == []
    assert waiting(world) == 0
