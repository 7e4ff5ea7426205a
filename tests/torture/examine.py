"""What is left after a kill, looked at as the next start would find it."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from sqlalchemy import Engine, select

from memsvc.app.notes import WhichNotes
from memsvc.cli.family import memsvc
from memsvc.config import Settings
from memsvc.domain.ids import EventId, SpaceName, TurnId
from memsvc.domain.memory import Space, Turn, pages
from memsvc.domain.note import ROLE, Note
from memsvc.domain.recall import Filter
from memsvc.domain.work import Step
from memsvc.ingest.compose import said
from memsvc.ingest.extract.named import names_in
from memsvc.ingest.words import words_of
from memsvc.local import OWNER
from memsvc.models import HASHING
from memsvc.wiring import Service, open_service
from memsvc.world import StandingClock
from store.backup import PART
from store.directory import DATABASE, SNAPSHOTS
from store.engine import open_engine
from store.loading import load
from store.opening import open_database
from store.tables import mentions, outbox, terms
from store.tables import turns as turns_table
from store.uow import one_view
from tests.store.shelves import assert_same
from tests.torture.book import Book

PAGE = 500
RECEIPTS = 10
LEASES_ARE_OVER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Findings:
    """What was wrong; all zero is good. `doctor` counts its complaints."""

    lost: int = 0
    doubled: int = 0
    half: int = 0
    ledger: int = 0
    indexes: int = 0
    doctor: int = 0

    @property
    def is_clean(self) -> bool:
        """True when nothing at all was wrong."""
        return self == Findings()

    def and_then(self, later: "Findings") -> "Findings":
        """Return both together."""
        return Findings(
            self.lost + later.lost,
            self.doubled + later.doubled,
            self.half + later.half,
            self.ledger + later.ledger,
            self.indexes + later.indexes,
            self.doctor + later.doctor,
        )


def examined(data: Path, book: Book, *, database: str = "") -> Findings:
    """Open a directory that nobody has open any more and compare it with the book.

    With `database`, the rows are in that one of a server.

    The indexes are loaded first, follow the enrichment that was still owed, and must then be those
    that the rows make. The doctor comes last, over a directory that is closed again.
    """
    settings = Settings(
        data=data, database=database, embedder=HASHING, readers=4, log_level="error"
    )
    clock = StandingClock(datetime.now(UTC) + LEASES_ARE_OVER)
    with open_service(settings, clock=clock) as opened:
        opened.reembed.resume()
        service = opened.serving.service
        spaces = _spaces(service)
        turns = {space.name: _turns(service, space.name) for space in spaces}
        held: dict[str, Counter[str]] = {
            name: Counter(turn.client_id or turn.id for turn in own if turn.role != ROLE)
            for name, own in turns.items()
        }
        held |= {facts_in(name): Counter(_subjects(service, name)) for name in turns}
        held |= {notes_in(name): _noted(service, name, own) for name, own in turns.items()}
        held |= {rulings_in(name): Counter(_ruled(service, name)) for name in turns}
        reckoning = book.reckon(held)
        broken = sum(not service.verify(OWNER, space.name).is_whole for space in spaces)
        broken += sum(_receipts_not_kept(service, space.name) for space in spaces)
        broken += sum(_held_and_kept(service, space.name) for space in spaces)
        half = sum(_is_in_no_state(service, space.name, book) for space in spaces)
        half += _half_made(service, settings)
        differing = _differing(service, spaces, settings)
        doubled = sum(_noted_again(service, space.name) for space in spaces)
        lost = sum(_is_unlike_its_twin(service, space.name, book) for space in spaces)
    return Findings(
        reckoning.lost + lost,
        reckoning.doubled + doubled,
        reckoning.half + half,
        ledger=broken,
        indexes=differing,
        doctor=_complaints(data, database),
    )


def _spaces(service: Service) -> list[Space]:
    walk = pages(lambda cursor: service.inspect.spaces(OWNER, after=cursor, limit=PAGE))
    return [summary.space for page in walk for summary in page.items]


def _turns(service: Service, space: SpaceName) -> list[Turn]:
    walk = pages(
        lambda cursor: service.inspect.turns(OWNER, space, Filter(), after=cursor, limit=PAGE)
    )
    return [turn for page in walk for turn in page.items]


def facts_in(space: str) -> str:
    """Return under which name the book has the facts of a space, each by its subject."""
    return f"facts of {space}"


def _subjects(service: Service, space: SpaceName) -> list[str]:
    walk = pages(
        lambda cursor: service.facts.page(
            OWNER, space, entity=None, turn=None, after=cursor, limit=PAGE
        )
    )
    return [each.fact.subject for page in walk for each in page.items]


def notes_in(space: str) -> str:
    """Return under which name the book has the notes of a space, each by its first word.

    With the turn that it is too, whether it was edited, and the link that starts at it, if anybody
    said why.
    """
    return f"notes of {space}"


def _noted(service: Service, space: SpaceName, turns: list[Turn]) -> Counter[str]:
    found = Counter(f"{turn.content.split()[0]} turn" for turn in turns if turn.role == ROLE)
    walk = pages(
        lambda cursor: service.notes.page(OWNER, space, WhichNotes(), after=cursor, limit=PAGE)
    )
    for shown in (each for page in walk for each in page.items if each.note.event is None):
        name = shown.note.content.split()[0]
        found[name] += 1
        found[f"{name} edited"] += bool(shown.note.facets.tags)
        for link in shown.links:
            if link.making.reason:
                found[link.making.reason] += link.start == shown.note.id
    return +found


def rulings_in(space: str) -> str:
    """Return under which name the book has the rulings of a space, each by its fact's subject."""
    return f"rulings of {space}"


def _ruled(service: Service, space: SpaceName) -> list[str]:
    walk = pages(lambda cursor: service.facts.page(OWNER, space, after=cursor, limit=PAGE))
    return [
        f"{each.fact.subject} ruled" for page in walk for each in page.items for _ in each.rulings
    ]


def _receipts_not_kept(service: Service, space: SpaceName) -> int:
    """Count the last receipts that tell of something which is still there."""
    walk = pages(lambda cursor: service.receipts.page(OWNER, space, after=cursor, limit=PAGE))
    last = [receipt.id for page in walk for receipt in page.items][-RECEIPTS:]
    return sum(not service.receipts.verify(OWNER, space, each).is_gone for each in last)


def _held_and_kept(service: Service, space: SpaceName) -> int:
    """Count what is held although it is a turn, by its id or its client's."""
    walk = pages(lambda cursor: service.quarantine.page(OWNER, space, after=cursor, limit=PAGE))
    waiting = {each.id for page in walk for each in page.items}
    return sum(turn.id in waiting for turn in _turns(service, space))


def _is_in_no_state(service: Service, space: SpaceName, book: Book) -> bool:
    """Tell whether a space that was being rolled back stands neither here nor there."""
    allowed = book.states.get(space)
    return allowed is not None and service.take_digest(OWNER, space).digest.hex() not in allowed


def _half_made(service: Service, settings: Settings) -> int:
    """Count the events that have a note and owe it, or have none and do not, as a kill left them.

    Each event here ends with a turn of its own, so that its note and its job go in one unit.
    """
    owing = select(outbox.c.space, turns_table.c.id).join(
        turns_table, turns_table.c.key == outbox.c.turn
    )
    engine = _rows_of(settings)
    try:
        with one_view(engine) as connection:
            rows = connection.execute(owing.where(outbox.c.step == Step.NOTES.value))
            owed = {(row.space, row.id) for row in rows}
    finally:
        engine.dispose()
    return sum(
        ((space.key, last) in owed) == (event in noted)
        for space in _spaces(service)
        if space.settings.notes is not None
        for noted in [{note.event for note in _made(service, space.name)}]
        for event, last in _ends_of(service, space.name)
    )


def _ends_of(service: Service, space: SpaceName) -> list[tuple[EventId, TurnId]]:
    """Return the closed events of a space, each with its last turn."""
    walk = pages(
        lambda cursor: service.recount.events(
            OWNER, space, stream=None, since=None, until=None, texts=False, after=cursor, limit=PAGE
        )
    )
    return [(each.event.id, each.turns[-1].id) for page in walk for each in page.items]


def _made(service: Service, space: SpaceName) -> list[Note]:
    """Return the notes of a space that were made of events."""
    walk = pages(
        lambda cursor: service.notes.page(OWNER, space, WhichNotes(), after=cursor, limit=PAGE)
    )
    return [each.note for page in walk for each in page.items if each.note.event is not None]


def _noted_again(service: Service, space: SpaceName) -> int:
    """Count the notes beyond the one that a maker makes of an event."""
    makings = Counter(
        (note.event, service.notes.versions(OWNER, space, note.id)[0].making.maker)
        for note in _made(service, space)
    )
    return sum(count - 1 for count in makings.values())


def _is_unlike_its_twin(service: Service, space: SpaceName, book: Book) -> bool:
    """Tell whether a space has other notes, when none is owed any more, than if nobody killed."""
    twin = book.twins.get(space)
    if twin is None:
        return False
    service.settle()
    while service.enrich.work_once():
        pass
    return notes_made(service, space) != twin


def notes_made(service: Service, space: SpaceName) -> Counter[object]:
    """Return what was made of events: notes with all they say of themselves, and their links.

    By the events, since every service gives ids of its own to notes.
    """
    walk = pages(
        lambda cursor: service.notes.page(OWNER, space, WhichNotes(), after=cursor, limit=PAGE)
    )
    made = [each for page in walk for each in page.items if each.note.event is not None]
    of = {each.note.id: each.note.event for each in made}
    return Counter(
        (
            (each.note.event, each.note.content, each.note.facets, each.note.source, each.note.at),
            (each.note.turns, each.note.making.maker, each.note.making.reason),
            frozenset(
                (of.get(link.start), of.get(link.end), link.kind, round(link.score, 6))
                for link in each.links
            ),
        )
        for each in made
    )


def _differing(service: Service, spaces: list[Space], settings: Settings) -> int:
    """Count the spaces whose indexes, terms or names are not what their rows make."""
    for space in spaces:
        for shelf in (service.shelf, service.receipts.beside):
            if shelf is not None:
                with shelf.open(space.key):
                    pass  # loaded now, so that what follows is applied to it
    while service.enrich.work_once():
        pass
    engine = _rows_of(settings)
    try:
        beside = sum(_differs_beside(service, space, engine) for space in spaces)
        return beside + sum(_differs(service, space, engine, settings) for space in spaces)
    finally:
        engine.dispose()


def _differs_beside(service: Service, space: Space, engine: Engine) -> bool:
    """Tell whether the indexes of a second model are not what their rows make, or lack a turn."""
    progress, shelf = service.reembed.progress(OWNER), service.receipts.beside
    if progress is None or shelf is None:
        return False
    beside = service.serving.beside(progress.change)
    assert beside is not None
    with shelf.open(space.key) as indexes, one_view(engine) as connection:
        anew = load(connection, space.key, beside.embedder.fingerprint)
        try:
            assert_same(indexes, anew)
        except AssertionError:
            return True
    every = np.array([turn.key for turn in _turns(service, space.name)], dtype=np.int64)
    axis = np.zeros(beside.embedder.fingerprint.dimension, dtype=np.float32)
    return bool(np.isnan(anew.vectors.cosines(axis, every)).any())


def _differs(service: Service, space: Space, engine: Engine, settings: Settings) -> bool:
    turns = _turns(service, space.name)
    terms_of = words_of(settings.language).terms
    with service.shelf.open(space.key) as indexes, one_view(engine) as connection:
        try:
            assert_same(indexes, load(connection, space.key, service.embedder.fingerprint))
        except AssertionError:
            return True
        rows = connection.execute(select(terms).where(terms.c.space == space.key))
        kept = {row.turn: row.terms for row in rows}
        rows = connection.execute(
            select(mentions).where(mentions.c.space == space.key, mentions.c.about.is_(False))
        )
        named: dict[int, set[str]] = defaultdict(set)
        for row in rows:
            named[row.turn].add(row.name)
    made = {turn.key: " ".join(terms_of(said(turn))) for turn in turns}
    found = {turn.key: set(names) for turn in turns if (names := names_in(turn))}
    return kept != made or named != found or not all(turn.embedded for turn in turns)


def _rows_of(settings: Settings) -> Engine:
    if settings.database:
        return open_database(settings.database, readers=1)
    return open_engine(settings.data / DATABASE, readers=1)


def _complaints(data: Path, database: str) -> int:
    """Count what the doctor finds wrong, and what a killed copy has left lying about."""
    told = CliRunner().invoke(
        memsvc,
        ["doctor", "--data", str(data), "--json"],
        env={"MEMSVC_EMBEDDER": HASHING, "MEMSVC_DATABASE": database},
    )
    try:
        wrong = sum(not finding["ok"] for finding in json.loads(told.stdout))
    except ValueError:  # it broke down itself
        wrong = 1
    left_behind = [*data.glob(f"{PART}*"), *(data / SNAPSHOTS).glob("*.new")]
    return wrong + len(left_behind)
