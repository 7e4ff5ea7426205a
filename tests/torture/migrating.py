"""A start over a database that an older memsvc has written: the migration itself is what is killed.

Of a file it is the very first version's, of PostgreSQL the first one that could keep rows there.
"""

from pathlib import Path
from random import Random

from alembic import command
from alembic.config import Config

from memsvc.domain.errors import MemsvcError
from memsvc.domain.memory import NewTurn
from memsvc.world import RandomIds
from store.directory import DATABASE
from store.indexing import derived
from store.opening import open_database
from store.schema import migrations
from tests.torture.book import Book
from tests.torture.clients import SPACE
from tests.torture.victim import Victim
from tests.worlds import open_world

OLDEST = "0001"
OLDEST_ON_A_SERVER = "0021"

_OF_DERIVED = "SELECT proname FROM pg_proc WHERE proname LIKE 'memsvc\\_%%'"
"""Functions that keep what is derived in the database, with their triggers: they came later."""


def fill_and_age(data: Path, book: Book, database: str) -> None:
    """Make a database as the first version wrote it, with turns in it.

    They are in streams too short to be cut: that version's ledgers know nothing of events.
    """
    names = [f"m{n}" for n in range(300)]
    with open_world(data, database=database, ids=RandomIds()) as world:
        turns = [NewTurn(role="user", content=f"{name} heron", client_id=name) for name in names]
        for begin in range(0, len(turns), 3):
            world.write(SPACE, f"chat-{begin}", *turns[begin : begin + 3])
    book.sent(SPACE, names).is_acknowledged = True
    age(data, database)


def age(data: Path, database: str) -> None:
    """Take a database back to the oldest schema."""
    down = Config()
    down.set_main_option("script_location", str(migrations()))
    down.set_main_option("path_separator", "os")
    engine = open_database(database or data / DATABASE, readers=1)
    with engine.begin() as connection:
        for table in derived(connection):
            connection.exec_driver_sql(f"DROP TABLE {table.name}")
        if database:
            for name in connection.exec_driver_sql(_OF_DERIVED).scalars().all():
                connection.exec_driver_sql(f"DROP FUNCTION {name} CASCADE")
        connection.exec_driver_sql("ALTER TABLE alembic_version DROP COLUMN level")
        down.attributes["connection"] = connection
        command.downgrade(down, OLDEST_ON_A_SERVER if database else OLDEST)
    engine.dispose()


def start(victim: Victim, _book: Book, _chance: Random) -> None:
    """Start over an old database; the start itself is what is killed."""
    try:
        victim.wait_until_ready()
    except MemsvcError:
        return
