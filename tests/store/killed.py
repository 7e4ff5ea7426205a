"""A process that writes until it is killed, and says of each turn when it has been kept.

python -m tests.store.killed DATA
"""

import sys
from pathlib import Path
from threading import Lock, Thread

import structlog

from memsvc.world import RandomIds
from tests.worlds import World, open_world

WRITERS = 4
said = Lock()


def write_forever(world: World, number: int) -> None:
    count = 0
    while True:
        texts = [f"writer {number} says {count + n}" for n in range(count % 3 + 1)]
        written = world.write("alice", f"s{number}", *texts, embed_later=count % 5 == 0)
        with said:
            for turn in written.turns:
                print(turn.id, flush=True)  # noqa: T201
        count += len(texts)


def main(folder: Path) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with open_world(folder, ids=RandomIds()) as world:
        threads = [Thread(target=write_forever, args=(world, n)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
