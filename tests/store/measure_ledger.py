"""What the filters of a long ledger take: `python -m tests.store.measure_ledger [ENTRIES]`.

Makes a space whose ledger has so many entries (100,000) over a year, of three keys that are busy
and one that did two things, of kinds as a year of writing has them, and prints the median time of
a page under each filter. Nothing is asserted: the figures are for reports, and hang on the machine.
"""

import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from memsvc.domain.ledger import Change, Sought
from memsvc.ports.keeping import Unit
from memsvc.ports.records import EntryDraft
from tests.store.opened import NOW, Store, open_store

AT_ONCE = 1_000
PAGE = 51
TIMES = 15
BUSY = ("k_01m7app0000000000000001", "k_01m7app0000000000000002", "worker")
SELDOM = "k_01m7once000000000000003"
USUAL = (Change.TURN_ADDED, Change.TURN_EMBEDDED, Change.TURN_ADDED, Change.EVENT_CLOSED)
RARE = Change.TURNS_FORGOTTEN
YEAR = timedelta(days=365)


def fill(store: Store, entries: int) -> None:
    """Append the entries, unit by unit; two of them by who seldom does anything, in the middle."""
    space = store.space("alice")
    units = entries // AT_ONCE

    def append(number: int, unit: Unit) -> None:
        kinds = [USUAL[n % len(USUAL)] for n in range(AT_ONCE)]
        drafts = [EntryDraft(kind, f"t_{number}_{n}", bytes(32)) for n, kind in enumerate(kinds)]
        actor = BUSY[number % len(BUSY)]
        at = NOW + YEAR * number / units
        unit.ledger.append(space.key, drafts, actor=actor, at=at)
        if number == units // 2:
            once = [EntryDraft(RARE, "r_1", bytes(32)), EntryDraft(RARE, "r_2", bytes(32))]
            unit.ledger.append(space.key, once, actor=SELDOM, at=at)

    for number in range(units):
        store.keeping.write(lambda unit, number=number: append(number, unit))  # type: ignore[misc]


def filters() -> dict[str, Sought]:
    """Return what is asked, by what it is called."""
    january = {"since": NOW, "until": NOW + timedelta(days=31)}
    day = {"since": NOW + timedelta(days=180), "until": NOW + timedelta(days=181)}
    asked = {
        "the newest": {},
        "a busy key": {"actors": (BUSY[0],)},
        "a key that did two things": {"actors": (SELDOM,)},
        "a key that did nothing": {"actors": ("k_none",)},
        "a kind that is usual": {"changes": (Change.TURN_ADDED,)},
        "a kind that came twice": {"changes": (RARE,)},
        "kinds, one never": {"changes": (RARE, Change.NOTE_ADDED)},
        "usual kind of a seldom key": {"actors": (SELDOM,), "changes": (Change.TURN_ADDED,)},
        "rare kind of a busy key": {"actors": (BUSY[0],), "changes": (RARE,)},
        "the first month": january,
        "one day in the middle": day,
        "before the first": {"until": NOW - timedelta(days=1)},
        "after the last": {"since": NOW + 2 * YEAR},
        "the last half year": {"since": NOW + YEAR / 2},
        "the first half year": {"until": NOW + YEAR / 2},
        "rare kind in the first month": {**january, "changes": (RARE,)},
    }
    return {name: Sought(**parts, newest_first=True) for name, parts in asked.items()}  # type: ignore[arg-type]


def main() -> None:
    """Measure."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "data") as store:
        begun = time.perf_counter()
        fill(store, entries)
        took_s = time.perf_counter() - begun
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.db*"))
        sys.stdout.write(f"{entries:,} entries in {took_s:.1f} s, {size / 2**20:.0f} MiB\n")
        with store.keeping.read() as reading:
            space = reading.spaces.find("alice")  # type: ignore[arg-type]
            assert space is not None
            for name, sought in filters().items():
                took, count = [], 0
                for _ in range(TIMES):
                    begun = time.perf_counter()
                    found = reading.ledger.find(space.key, sought, limit=PAGE)
                    took.append((time.perf_counter() - begun) * 1000)
                    count = len(found.items)
                told = f"{statistics.median(took):8.2f} ms  {count:3} found  {name}\n"
                sys.stdout.write(told)


if __name__ == "__main__":
    main()
