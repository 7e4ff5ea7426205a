"""Soak: mixed load for minutes, during which the service is killed and its connections are cut.

    make soak                               a third each: SQLite, PostgreSQL, replicas over it
    python -m tests.torture.soak --seconds 60 --store postgres --topology replicas

Clients write, ask, delete, forget, state facts and keep notes, all at once in one space. At random
moments a process that serves is killed, and started again over what is there; where rows are in
PostgreSQL, all connections to the server are ended as well, again and again, while it lives. In the
end all of it is held to the book, as every kill of a torture is: nothing acknowledged lost, nothing
twice or by half, ledgers whole, indexes as the rows make them, the doctor content.

What serves is a `Topology`: one process, or replicas and a worker behind a proxy, of which each is
killed in turn while clients go on.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from threading import Thread

import click
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from memsvc.domain.errors import SpaceNotFound
from memsvc.evals.speed.stores_beside import is_at_hand, lent_server
from memsvc.sdk.client import Client
from memsvc.server.logs import configure
from store.postgres import url_of
from tests.postgres import wait_until_left
from tests.torture.book import Book
from tests.torture.clients import SPACE, WORDS, in_threads
from tests.torture.examine import Findings, examined
from tests.torture.scenarios import delete, forget, note, state, write
from tests.torture.topologies import Serving, Topology, one_process, replicas
from tests.torture.victim import Served

SQLITE, POSTGRES = "sqlite", "postgres"
ONE, REPLICAS = "one", "replicas"
KINDS = ((SQLITE, ONE), (POSTGRES, ONE), (POSTGRES, REPLICAS))
TOPOLOGIES: dict[str, Topology] = {ONE: one_process, REPLICAS: replicas}
THINKING_S = 0.15
SHORTEST_S, LONGEST_S = 2.0, 30.0
"""Between two kills."""

CUTS_A_ROUND = 3
FOUND_WRONG = 1

CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(slots=True)
class Soaked:
    """What came of it. `failures` are answers that no client should get."""

    kind: str
    seconds: float = 0.0
    kills: int = 0
    cuts: int = 0
    requests: int = 0
    acknowledged: int = 0
    checked_s: float = 0.0
    findings: Findings = field(default_factory=Findings)
    failures: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True when nothing was wrong."""
        return self.findings.is_clean and not self.failures


def read(served: Served, _book: Book, chance: Random) -> None:
    """Ask for what others write."""

    def once(client: Client, own: Random) -> None:
        question = " ".join(own.choices(WORDS, k=own.randint(2, 5)))
        try:
            client.space(SPACE).recall(question)
        except SpaceNotFound:
            time.sleep(THINKING_S)  # nobody has written yet

    in_threads(once, served, chance)


WORK = (write, read, forget, state, note, delete)


def soaked(
    folder: Path,
    *,
    seconds: float,
    seed: int,
    database: str = "",
    topology: Topology = one_process,
    least_kills: int = 1,
) -> Soaked:
    """Load and kill for so many seconds, then look what is left, in each of the directories."""
    chance, book, found = Random(seed), Book(), Soaked(POSTGRES if database else SQLITE)
    longest_s = min(LONGEST_S, max(SHORTEST_S, seconds / 6))
    with _failures_into(found), topology(folder / "data", database) as serving:
        began = time.monotonic()
        while (left_s := seconds - (time.monotonic() - began)) > 0 or found.kills < least_kills:
            lasts_s = min(max(left_s, SHORTEST_S), chance.uniform(SHORTEST_S, longest_s))
            _one_round(serving, book, chance, found, lasts_s=lasts_s, database=database)
        found.seconds = time.monotonic() - began
    begun = time.monotonic()
    for directory in serving.directories:
        wait_until_left(database)
        found.findings = found.findings.and_then(examined(directory, book, database=database))
    found.checked_s = time.monotonic() - begun
    found.acknowledged = book.acknowledged
    return found


@contextmanager
def _failures_into(found: Soaked) -> Iterator[None]:
    """Note what ends a client, other than that the service is dead."""
    before = threading.excepthook

    def noted(ended: threading.ExceptHookArgs) -> None:
        found.failures.append(f"{ended.exc_type.__name__}: {ended.exc_value}")

    threading.excepthook = noted
    try:
        yield
    finally:
        threading.excepthook = before


def _one_round(
    serving: Serving,
    book: Book,
    chance: Random,
    found: Soaked,
    *,
    lasts_s: float,
    database: str,
) -> None:
    """Let every kind of client work until one that serves is killed."""
    served = serving.begin()
    _think_before_requests(served, found)
    threads = [Thread(target=work, args=(served, book, Random(chance.random()))) for work in WORK]
    for thread in threads:
        thread.start()
    for _ in range(CUTS_A_ROUND if database else 0):
        time.sleep(lasts_s / (CUTS_A_ROUND + 1))
        found.cuts += _cut(database)
    time.sleep(lasts_s / (CUTS_A_ROUND + 1) if database else lasts_s)
    serving.strike()
    found.kills += 1
    for thread in threads:
        thread.join()


def _think_before_requests(served: Served, found: Soaked) -> None:
    """Have its clients wait a little before each request, as people and agents do."""

    def think(_request: object) -> None:
        found.requests += 1
        time.sleep(Random().uniform(0, 2 * THINKING_S))

    served.client._http.event_hooks = {"request": [think]}


def _cut(database: str) -> int:
    """End every connection to the database but the one that does this; return how many."""
    engine = create_engine(url_of(database), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return int(connection.exec_driver_sql(CUT).scalar_one())
    except DBAPIError:  # the server is busy starting a connection anew
        return 0
    finally:
        engine.dispose()


def table(outcomes: Sequence[Soaked]) -> str:
    """Render what came of it, a block each."""
    lines = []
    for one in outcomes:
        lines.append(
            f"{one.kind}: {one.seconds:.0f} s, {one.kills} kills, {one.cuts} connections cut, "
            f"{one.requests:,} requests, {one.acknowledged:,} acknowledged; "
            f"checked in {one.checked_s:.0f} s"
        )
        wrong = {name: count for name, count in asdict(one.findings).items() if count}
        lines.append(f"  wrong: {wrong or 'nothing'}")
        lines += [f"  {failure}" for failure in sorted(set(one.failures))[:20]]
    return "\n".join(lines)


@click.command()
@click.option("--seconds", type=click.FloatRange(min=1), default=600, show_default=True)
@click.option("--seed", type=int, default=2026, show_default=True)
@click.option(
    "--store",
    type=click.Choice([SQLITE, POSTGRES, "both"]),
    default="both",
    help="Where rows are. Both is SQLite where no server is at hand.",
)
@click.option(
    "--topology",
    "shape",
    type=click.Choice([ONE, REPLICAS, "both"]),
    default="both",
    help="What serves; replicas have their rows in PostgreSQL. Each kind has the same time.",
)
@click.option("--database", default="", help="An empty one of a server; else one is started.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def soak(
    *, seconds: float, seed: int, store: str, shape: str, database: str, as_json: bool
) -> None:
    """Load and kill the service for minutes, then look what is left; exit 1 if it is not whole."""
    configure(level="error")
    if store == "both" and not is_at_hand(database):
        click.echo("no PostgreSQL at hand: rows are in SQLite alone", err=True)
        store = SQLITE
    kinds = [kind for kind in KINDS if store in {kind[0], "both"} and shape in {kind[1], "both"}]
    if not kinds:
        raise click.UsageError("Replicas share a PostgreSQL database; name that store.")
    if database and sum(where == POSTGRES for where, _ in kinds) > 1:
        raise click.UsageError("One database serves one topology; name which.")
    outcomes = []
    for where, name in kinds:
        server = lent_server(database) if where == POSTGRES else nullcontext("")
        with tempfile.TemporaryDirectory(prefix="memsvc-soak-") as folder, server as url:
            found = soaked(
                Path(folder),
                seconds=seconds / len(kinds),
                seed=seed,
                database=url,
                topology=TOPOLOGIES[name],
            )
        found.kind = f"{where}, {name}"
        outcomes.append(found)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in outcomes], indent=2))
    else:
        click.echo(table(outcomes))
    if not all(one.is_clean for one in outcomes):
        sys.exit(FOUND_WRONG)


if __name__ == "__main__":
    soak()
