"""Rounds of work, kill and examination, and the table that they end in."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Thread

from tests.postgres import a_database, wait_until_left
from tests.torture.book import Book
from tests.torture.examine import Findings, examined
from tests.torture.migrating import age
from tests.torture.scenarios import Scenario
from tests.torture.victim import running, starting


@dataclass(slots=True)
class Outcome:
    """What came of one scenario."""

    scenario: str
    kills: int = 0
    acknowledged: int = 0
    findings: Findings = field(default_factory=Findings)
    failures: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """True when nothing was wrong."""
        return self.findings.is_clean and not self.failures


def tortured(
    *,
    kills: int,
    seed: int,
    scenarios: Sequence[Scenario],
    server: str = "",
    progress: Callable[[Outcome], None] = lambda _outcome: None,
) -> list[Outcome]:
    """Kill the service so many times, spread over the scenarios; return what came of each.

    `server` is the URL of one for those that need it.
    """
    outcomes = []
    for number, scenario in enumerate(scenarios):
        share = kills // len(scenarios) + (number < kills % len(scenarios))
        outcome = Outcome(scenario.name)
        chance = Random(f"{seed}-{scenario.name}")
        while outcome.kills < share:
            _in_one_directory(
                scenario,
                outcome,
                chance,
                kills=min(scenario.kills_a_directory, share - outcome.kills),
                server=server,
                progress=progress,
            )
        outcomes.append(outcome)
    return outcomes


def _in_one_directory(
    scenario: Scenario,
    outcome: Outcome,
    chance: Random,
    *,
    kills: int,
    server: str,
    progress: Callable[[Outcome], None],
) -> None:
    book = Book()
    lent = a_database(server) if scenario.on_a_server else nullcontext("")
    with tempfile.TemporaryDirectory(prefix="memsvc-torture-") as folder, lent as database:
        data = Path(folder) / "data"
        scenario.prepare(data, book, database)
        for _ in range(kills):
            _kill(scenario, data, database, book, outcome, chance)
            wait_until_left(database)
            outcome.kills += 1
            found = examined(data, book, database=database)
            outcome.findings = outcome.findings.and_then(found)
            progress(outcome)
            if scenario.before_ready:
                age(data, database)
    outcome.acknowledged += book.acknowledged


def _kill(
    scenario: Scenario, data: Path, database: str, book: Book, outcome: Outcome, chance: Random
) -> None:
    lend = starting if scenario.before_ready else running

    def work() -> None:
        try:
            scenario.work(victim, book, chance)
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs into the table
            outcome.failures.append(f"{type(error).__name__}: {error}")

    moment_s = chance.uniform(0, scenario.longest_s)
    with lend(data, database=database) as victim:
        worker = Thread(target=work)
        worker.start()
        time.sleep(moment_s)
        victim.kill()
        worker.join()


def table(outcomes: Sequence[Outcome]) -> str:
    """Render what came of it; every column but the first three should be zero."""
    head = ("scenario", "kills", "acknowledged", *_COLUMNS)
    rows = [
        (
            outcome.scenario,
            str(outcome.kills),
            f"{outcome.acknowledged:,}",
            *(str(getattr(outcome.findings, column)) for column in _COLUMNS),
        )
        for outcome in outcomes
    ]
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in (head, *rows)
    ]
    return "\n".join([*lines, *_failures(outcomes)])


_COLUMNS = ("lost", "doubled", "half", "ledger", "indexes", "doctor")


def _failures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        for failure in outcome.failures:
            yield f"{outcome.scenario}: {failure}"
