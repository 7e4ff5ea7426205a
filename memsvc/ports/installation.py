"""Keeping what belongs to no space: the rules that the store was made under, and keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.access import Access, Role
from memsvc.domain.ids import (
    KeyId,
)
from memsvc.domain.memory import (
    Page,
)


class RuleKeeper(Protocol):
    """Keeps what holds of the store as a whole, such as the rules its terms were made under."""

    def get(self, name: str) -> str | None:
        """Return what is kept under a name; None if nothing is."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep this in place of what was kept before."""
        ...

    def drop(self, name: str) -> None:
        """Drop what is kept, if anything is."""
        ...


class KeyReader(Protocol):
    """Reads access keys."""

    def by_hash(self, secret_hash: bytes) -> Access | None:
        """Return the living key whose secret has this SHA-256."""
        ...

    def page(self, *, after: str | None, limit: int) -> Page[Access]:
        """List living keys in the order in which they were made."""
        ...


class KeyWriter(KeyReader, Protocol):
    """Reads and changes access keys."""

    def add(
        self,
        key: KeyId,
        *,
        secret_hash: bytes,
        name: str,
        role: Role,
        spaces: Sequence[str],
        at: datetime,
    ) -> Access:
        """Keep a new key."""
        ...

    def delete(self, key: KeyId) -> bool:
        """Revoke a key; False when there is none of that id."""
        ...
