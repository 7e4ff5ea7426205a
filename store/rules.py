"""Rows of `store_facts`: what the store as a whole was made with."""

from sqlalchemy import Connection, delete, insert, select

from store.tables import store_facts


class RuleRows:
    """Reads and changes what holds of the store through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return what is kept under a name; None if nothing is."""
        return self._connection.execute(
            select(store_facts.c.value).where(store_facts.c.name == name)
        ).scalar()

    def put(self, name: str, value: str) -> None:
        """Keep this in place of what was kept before."""
        self._connection.execute(delete(store_facts).where(store_facts.c.name == name))
        self._connection.execute(insert(store_facts).values(name=name, value=value))

    def drop(self, name: str) -> None:
        """Drop what is kept, if anything is."""
        self._connection.execute(delete(store_facts).where(store_facts.c.name == name))
