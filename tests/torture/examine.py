"""What is left after a kill, looked at as the next start would find it."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import Engine, select

from memsvc.app.notes import WhichNotes
from memsvc.cli.family import memsvc
from memsvc.config import Settings
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Space, Turn, pages
from memsvc.domain.note import ROLE
from memsvc.domain.recall import Filter
from memsvc.ingest.compose import said
from memsvc.ingest.extract.named import names_in
from memsvc.ingest.words import words_of
from memsvc.local import OWNER
from memsvc.wiring import HASHING, Service, open_service
from memsvc.world import StandingClock
from store.backup import PART
from store.directory import DATABASE, SNAPSHOTS
from store.engine import open_engine
from store.loading import load
from store.tables import mentions, terms
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


def examined(data: Path, book: Book) -> Findings:
    """Open a directory that nobody has open any more and compare it with the book.

    The indexes are loaded first, follow the enrichment that was still owed, and must then be those
    that the rows make. The doctor comes last, over a directory that is closed again.
    """
    settings = Settings(data=data, embedder=HASHING, readers=4, log_level="error")
    clock = StandingClock(datetime.now(UTC) + LEASES_ARE_OVER)
    with open_service(settings, clock=clock) as service:
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
        differing = _differing(service, spaces, settings)
    return Findings(
        reckoning.lost,
        reckoning.doubled,
        reckoning.half,
        ledger=broken,
        indexes=differing,
        doctor=_complaints(data),
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

    With the turn that it is too, whether it was edited, and the link that starts at it.
    """
    return f"notes of {space}"


def _noted(service: Service, space: SpaceName, turns: list[Turn]) -> Counter[str]:
    found = Counter(f"{turn.content.split()[0]} turn" for turn in turns if turn.role == ROLE)
    walk = pages(
        lambda cursor: service.notes.page(OWNER, space, WhichNotes(), after=cursor, limit=PAGE)
    )
    for shown in (each for page in walk for each in page.items):
        name = shown.note.content.split()[0]
        found[name] += 1
        found[f"{name} edited"] += bool(shown.note.facets.tags)
        for link in shown.links:
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


def _differing(service: Service, spaces: list[Space], settings: Settings) -> int:
    """Count the spaces whose indexes, terms or names are not what their rows make."""
    for space in spaces:
        with service.shelf.open(space.key):
            pass  # loaded now, so that what follows is applied to it
    while service.enrich.work_once():
        pass
    engine = open_engine(settings.data / DATABASE, readers=1)
    try:
        return sum(_differs(service, space, engine, settings) for space in spaces)
    finally:
        engine.dispose()


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


def _complaints(data: Path) -> int:
    """Count what the doctor finds wrong, and what a killed copy has left lying about."""
    told = CliRunner().invoke(
        memsvc, ["doctor", "--data", str(data), "--json"], env={"MEMSVC_EMBEDDER": HASHING}
    )
    try:
        wrong = sum(not finding["ok"] for finding in json.loads(told.stdout))
    except ValueError:  # it broke down itself
        wrong = 1
    left_behind = [*data.glob(f"{PART}*"), *(data / SNAPSHOTS).glob("*.new")]
    return wrong + len(left_behind)
