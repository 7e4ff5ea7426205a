"""A language model that reads many events while its worker is killed again and again.

`python -m tests.torture.improving --events 10000 --kills 20` fills a directory, has workers with a
model that takes its time work on it, kills each at a random moment, lets the last one come to its
end, and counts: every step of every event must have had its effect once, and nothing be owed.
"""

import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import click
from typing_extensions import override

from memsvc.app.notes import WhichNotes
from memsvc.app.remember import Batch
from memsvc.config import Settings
from memsvc.domain.episode import Title
from memsvc.domain.ids import SpaceName, StreamName, TurnId
from memsvc.domain.improving import Improving
from memsvc.domain.memory import NewTurn, Page, SpaceSettings, Turn, pages
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.recall import Filter
from memsvc.domain.work import Step
from memsvc.llm import fakes
from memsvc.local import OWNER
from memsvc.models import HASHING
from memsvc.ports.language import Ask, Reply, Unanswered
from memsvc.server.logs import configure
from memsvc.service import Service
from memsvc.wiring import open_service
from memsvc.world import SystemClock
from store.directory import DATABASE
from tests.postgres import a_database, running_server
from tests.scripted import BEGINNINGS
from tests.torture.victim import forked

SPACE = SpaceName("alice")
AT_ONCE = 500
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
PATIENCE_S = 1_200.0
EVERY = Filter()


class SlowModel(fakes.ScriptedModel):
    """Reads "P7 met Q7." as it stands, and takes its time for each call."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(_read, context_tokens=32_768)
        self.delay_s = delay_s

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        time.sleep(self.delay_s)
        return super().replies(asks, within_s=within_s)


def _read(ask: Ask) -> str:
    asked = ask.messages[1].content
    one, other = re.findall(r"\b([PQ]\d+)\b", asked)[:2]
    if "<entities>" in asked:
        return f'{{"triples": [{{"subject": "{one}", "relation": "met", "object": "{other}"}}]}}'
    if "<passage>" in asked:
        return f'{{"entities": ["{one}", "{other}"]}}'
    if "<message>" in asked:
        return f'{{"lines": [{{"relation": "knows", "object": "{one}"}}]}}'
    if ask.messages[0].content.startswith(BEGINNINGS["title"]):
        return f'{{"title": "How {one} met {other}"}}'
    if "<new-note>" in asked:
        return '{"links": [], "changes": []}'
    return f'{{"content": "{one} met {other}.", "keywords": [], "context": "", "tags": []}}'


def told(n: int) -> str:
    """Return what the event of this number says: long enough for a title."""
    return f"P{n} met Q{n}. " + "They sat by the river for hours and spoke of the old days. " * 3


class HurriedClock(SystemClock):
    """A clock on which a lease of a minute is over in less than a second."""

    @override
    def now(self) -> datetime:
        now = super().now()
        return now + (now - BEGAN) * 99


@dataclass(frozen=True, slots=True)
class Counted:
    """What was found in the end; all but the first must be nothing."""

    events: int
    missing: int
    doubled: int
    waiting: int
    parked: int
    unended: int
    is_damaged: bool

    @property
    def is_clean(self) -> bool:
        """True when each step had its effect once and nothing is left."""
        left = (self.missing, self.doubled, self.waiting, self.parked, self.unended)
        return not any(left) and not self.is_damaged


def opening(
    data: Path, delay_s: float, *, hurried: bool, url: str = ""
) -> AbstractContextManager[Service]:
    """Open the service with the slow model; with a URL, over a database that is shared."""
    settings = Settings(
        data=data,
        database=url,
        replica=bool(url),
        embedder=HASHING,
        readers=4,
        log_level="error",
        llm_within_s=10,
    )
    clock = HurriedClock() if hurried else SystemClock()
    return open_service(settings, language_model=SlowModel(delay_s), clock=clock)


def work(data: Path, delay_s: float, hurried: bool, url: str = "") -> None:  # noqa: FBT001 - through a fork
    """Be the worker, until nothing is owed."""
    configure(level="error")
    with opening(data, delay_s, hurried=hurried, url=url) as service:
        while service.inspect.waiting_jobs().jobs:
            if not service.enrich.work_once() + service.improve.work_once():
                time.sleep(0.05)


def owe(data: Path, events: int, *, notes: bool, hurried: bool, url: str = "") -> None:
    """Fill a directory with events of one turn each, which are all still to be read."""
    improving = Improving(judging=False, notes=notes)
    settings = SpaceSettings(notes=NoteMaking(least_tokens=1), improving=improving)
    with opening(data, 0, hurried=hurried, url=url) as service:
        service.found(OWNER, SPACE)
        service.govern(
            OWNER, SPACE, settings if notes else replace(settings, notes=None), version=0
        )
        for begin in range(0, events, AT_ONCE):
            turns = tuple(
                NewTurn("user", told(n), at=BEGAN + timedelta(days=n))
                for n in range(begin, min(begin + AT_ONCE, events))
            )
            service.remember(OWNER, SPACE, Batch(StreamName("diary"), turns))
        service.settle()


def tortured(
    data: Path, *, events: int, kills: int, delay_s: float, seed: int, notes: bool, hurried: bool
) -> Counted:
    """Have workers read the events and kill all but the last; return what is there then."""
    chance = Random(seed)
    owe(data, events, notes=notes, hurried=hurried)
    longest_s = max(0.2, 3 * delay_s * events / 16 / (kills + 1))
    for _ in range(kills):
        before = _asks(data)
        victim = forked(work, data, delay_s, hurried)
        while victim.is_alive() and _asks(data) == before:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, longest_s))
        victim.kill()
        victim.join()
    last = forked(work, data, delay_s, hurried)
    last.join(PATIENCE_S)
    last.kill()
    with opening(data, 0, hurried=hurried) as service:
        return counted(service, events, notes=notes)


def shared(
    folder: Path,
    url: str,
    *,
    events: int,
    workers: int,
    kills: int,
    delay_s: float,
    seed: int,
    notes: bool,
    hurried: bool,
) -> Counted:
    """Have several workers share the work over one database, and kill one after the other."""
    chance = Random(seed)
    owe(folder / "owed", events, notes=notes, hurried=hurried, url=url)
    longest_s = max(0.2, 3 * delay_s * events / 16 / workers / (kills + 1))
    began = iter(range(workers + kills))

    def begun() -> BaseProcess:
        return forked(work, folder / f"worker-{next(began)}", delay_s, hurried, url)

    at_work = [begun() for _ in range(workers)]
    for _ in range(kills):
        time.sleep(1.0 + chance.uniform(0, longest_s))  # the last one is at work by then
        victim = at_work.pop(chance.randrange(workers))
        victim.kill()
        victim.join()
        at_work.append(begun())
    for last in at_work:
        last.join(PATIENCE_S)
        last.kill()
    with opening(folder / "counted", 0, hurried=hurried, url=url) as service:
        return counted(service, events, notes=notes)


def _asks(data: Path) -> int:
    """Return how often the model was asked, so that a kill comes in the middle of the work."""
    with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as database:
        (asks,) = database.execute("SELECT coalesce(sum(asks), 0) FROM spending").fetchone()
    return int(asks)


def counted(service: Service, events: int, *, notes: bool) -> Counted:
    """Count what each event should have made, and what it made."""
    walk = pages(lambda cursor: service.facts.page(OWNER, SPACE, after=cursor, limit=1_000))
    said = Counter(
        (one.fact.subject, one.fact.predicate, one.fact.object, saying.turn)
        for page in walk
        for one in page.items
        for saying in one.fact.sayings
    )
    turns = pages(lambda cursor: _turns(service, cursor))
    by_text = {turn.content: turn.id for page in turns for turn in page.items}
    expected: Counter[tuple[str, str, str, TurnId]] = Counter()
    for n in range(events):
        turn = by_text[told(n)]
        expected[f"P{n}", "met", f"Q{n}", turn] += 1
        expected["user", "knows", f"P{n}", turn] += 1
    missing, doubled = expected - said, said - expected
    if notes:
        found = pages(
            lambda cursor: service.notes.page(OWNER, SPACE, WhichNotes(), after=cursor, limit=1_000)
        )
        made = Counter(one.note.content for page in found for one in page.items)
        owed = Counter(f"P{n} met Q{n}." for n in range(events - 1))  # the last is still open
        missing_notes, doubled_notes = owed - made, made - owed
    else:
        missing_notes = doubled_notes = Counter()
    called = Counter(title.text for title in _titles(service))
    calling = Counter(f"How P{n} met Q{n}" for n in range(events - 1))  # the last is still open
    backlog = service.inspect.enrichment(OWNER, SPACE)
    key = service.inspect.space(OWNER, SPACE).space.key
    with service.remember.keeping.read() as reading:
        runs = reading.runs.page(key, after=None, limit=1_000).items
    reads = [run for run in runs if run.step in {Step.READ_FACTS, Step.READ_PROFILE}]
    extra = abs(sum(run.changes for run in reads) - len(said))
    titling = [run.changes for run in runs if run.step == Step.TITLE_EVENTS]
    extra += abs(sum(titling) - called.total())
    return Counted(
        events=events,
        missing=missing.total() + missing_notes.total() + (calling - called).total(),
        doubled=doubled.total() + doubled_notes.total() + (called - calling).total() + extra,
        waiting=sum(backlog.waiting.values()),
        parked=len(backlog.parked),
        unended=sum(run.ended_at is None for run in runs),
        is_damaged=not service.verify(OWNER, SPACE).is_whole,
    )


def _titles(service: Service) -> Iterator[Title]:
    walk = pages(
        lambda cursor: service.recount.events(
            OWNER,
            SPACE,
            stream=None,
            since=None,
            until=None,
            after=cursor,
            limit=1_000,
            texts=False,
        )
    )
    return (one.event.title for page in walk for one in page.items if one.event.title is not None)


def _turns(service: Service, cursor: str | None) -> Page[Turn]:
    return service.inspect.turns(OWNER, SPACE, EVERY, after=cursor, limit=1_000)


@click.command()
@click.option("--events", default=10_000, show_default=True)
@click.option("--kills", default=20, show_default=True)
@click.option("--delay-s", default=0.05, show_default=True)
@click.option("--seed", default=2026, show_default=True)
@click.option("--notes/--no-notes", default=False, help="Notes too: two calls an event.")
@click.option("--workers", default=0, help="So many at a time, over a PostgreSQL server.")
def torture(
    *, events: int, kills: int, delay_s: float, seed: int, notes: bool, workers: int
) -> None:
    """Kill a worker with a slow model; exit 1 unless each step had its effect once."""
    configure(level="error")
    with tempfile.TemporaryDirectory(prefix="memsvc-improving-") as folder:
        began = time.monotonic()
        if workers:
            with running_server() as server, a_database(server) as url:
                found = shared(
                    Path(folder),
                    url,
                    events=events,
                    workers=workers,
                    kills=kills,
                    delay_s=delay_s,
                    seed=seed,
                    notes=notes,
                    hurried=False,
                )
            click.echo(f"{found} in {time.monotonic() - began:.0f} s")
            raise SystemExit(not found.is_clean)
        found = tortured(
            Path(folder) / "data",
            events=events,
            kills=kills,
            delay_s=delay_s,
            seed=seed,
            notes=notes,
            hurried=False,
        )
        click.echo(f"{found} in {time.monotonic() - began:.0f} s")
    raise SystemExit(not found.is_clean)


if __name__ == "__main__":
    torture()
