"""Rows of `store_facts`: what the store as a whole was made with."""

from sqlalchemy import Connection, delete, insert, select

from store.tables import store_facts


class FactRows:
    """Reads and changes facts about the store through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> str | None:
        """Return a fact."""
        return self._connection.execute(
            select(store_facts.c.value).where(store_facts.c.name == name)
        ).scalar()

    def put(self, name: str, value: str) -> None:
        """Keep a fact in place of an older one."""
        self._connection.execute(delete(store_facts).where(store_facts.c.name == name))
        self._connection.execute(insert(store_facts).values(name=name, value=value))

    def drop(self, name: str) -> None:
        """Drop a fact, if it is there."""
        self._connection.execute(delete(store_facts).where(store_facts.c.name == name))
