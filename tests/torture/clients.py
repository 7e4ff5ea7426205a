"""What clients do in several scenarios: they write, send again, and work until it breaks."""

import time
from collections.abc import Callable
from itertools import count
from random import Random
from threading import Thread

from memsvc.domain.errors import Unavailable
from memsvc.sdk.client import Client
from tests.torture.book import Book
from tests.torture.victim import Served

SPACE = "alice"
WRITERS = 4
LATER_S = 0.05
WORDS = ["heron", "tea", "Lisbon", "rain", "bridge", "lamp", "violin", "dream", "harbour"]

numbers = count()
"""What names are made of, so that no two are alike."""


def send(client: Client, book: Book, chance: Random, *, size: int, later: bool) -> None:
    """Write turns as one request; the group counts as acknowledged when it is answered."""
    names = [f"w{next(numbers)}" for _ in range(size)]
    turns = [{"id": name, "content": text_of(name, chance)} for name in names]
    stream = f"s{names[0][-1]}"
    group = book.sent(SPACE, names)
    group.again = lambda again: again.space(SPACE).write(
        stream, turns, embed="later" if later else "now"
    )
    group.again(client)
    group.is_acknowledged = True


def send_again(client: Client, book: Book) -> None:
    """Repeat what was not answered, as a client would: it must still be there only once."""
    for group in list(book.groups):
        if not group.is_acknowledged and group.again is not None:
            group.again(client)
            group.is_acknowledged = True


def text_of(name: str, chance: Random) -> str:
    return f"{name} says {' '.join(chance.choices(WORDS, k=chance.randint(3, 40)))}"


def in_threads(work: Callable[[Client, Random], None], served: Served, chance: Random) -> None:
    """Let several clients work for as long as there is a service; told to come later, they do."""

    def until_it_is_gone(own: Random) -> None:
        while served.is_there():
            try:
                work(served.client, own)
            except Unavailable:
                time.sleep(LATER_S)

    threads = [
        Thread(target=until_it_is_gone, args=(Random(chance.random()),)) for _ in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
