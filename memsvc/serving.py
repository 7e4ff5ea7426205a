"""Serving: the models that are open in this process, and which of them answers requests.

One nearly always, two while the embedding model changes. Over each stands a service of its own;
whoever takes a request takes the present one and keeps to it, so that no request ever meets the
vectors of two models. A switch puts another service in its place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import structlog
from typing_extensions import override

from memsvc.app.reembed import Side, Sides
from memsvc.domain.errors import MemsvcError, ModelMissing
from memsvc.domain.ids import SpaceKey
from memsvc.domain.reembedding import ModelNamed, Reembedding, Stage
from memsvc.ports.models import Embedder
from memsvc.service import Service
from store.beside import Models
from store.shelf import IndexShelf
from store.shelves import Shelves

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Open:
    """A model that is open, with its indexes."""

    side: Side
    shelf: IndexShelf


@dataclass(frozen=True, slots=True)
class Parts:
    """What models and services are made with."""

    open_embedder: Callable[[str], Embedder]
    side: Callable[[ModelNamed, Embedder, IndexShelf], Side]
    shelf: Callable[[Embedder], IndexShelf]
    """Of a second model."""
    service: Callable[["Serving", Open, Open | None], Service]
    shelves: Shelves
    models: Models


class Serving(Sides):
    """Implements `Sides` for the use case, and lends the present service to everybody else."""

    def __init__(
        self,
        parts: Parts,
        last: Callable[[], Reembedding | None],
        name: str,
        embedder: Embedder,
        shelf: IndexShelf,
    ) -> None:
        """`last` reads the last change that says by which model spaces are recalled."""
        self._parts = parts
        self._last = last
        self._heeded: Reembedding | None = None
        self._guard = Lock()
        self._open: dict[str, Open] = {}
        self._missing: str | None = None
        self._keep(name, embedder, shelf)
        self._present = embedder.fingerprint.text
        parts.models.present = self._present
        self._service = parts.service(self, self._open[self._present], None)

    @property
    def service(self) -> Service:
        """The service over the present model."""
        return self._service

    @property
    @override
    def present(self) -> Side:
        return self._open[self._present].side

    @property
    @override
    def missing(self) -> str | None:
        return self._missing

    @property
    def index_bytes(self) -> int:
        """Bytes of memory that the indexes of every model take."""
        return sum(each.nbytes for each in self._parts.shelves.all)

    def tend(self, go_on: Callable[[], bool]) -> int:
        """Look after the indexes of every model."""
        return self._parts.shelves.tend(go_on)

    def follow_others(self) -> int:
        """Bring everything to where other processes have brought the rows.

        Indexes of every model, and which of the models answers: a switch that another process
        makes is followed here, and so is its undoing. Returns how many spaces were behind.
        """
        change = self._last()
        if change is not None and change != self._heeded:
            self._heed(change)
        return sum(shelf.follow() for shelf in self._parts.shelves.all)

    def _heed(self, change: Reembedding) -> None:
        self.take_up(change)
        if change.stage in (Stage.DROPPING, Stage.ENDED) and self.beside(change) is not None:
            self.close_beside(change)

    def take_up(self, change: Reembedding) -> None:
        """Go on with a change that an earlier start has begun: both models, the present one first.

        Raises `ModelMissing` where the present model cannot be opened. Without the other one the
        change rests, and `missing` says why.
        """
        self._parts.models.follow(change)
        for model in (change.present, change.beside):
            if model.fingerprint in self._open:
                continue
            if model is change.beside and change.stage in (Stage.DROPPING, Stage.ENDED):
                continue
            try:
                held = set(self._open)
                opened = self.open(model.name).named.fingerprint
                if opened != model.fingerprint:
                    if opened not in held:
                        self._forget(opened)
                    raise ModelMissing(
                        f"{model.name!r} is another model now than when its vectors were made."
                    )
            except MemsvcError as error:
                if model is change.present:
                    raise ModelMissing(
                        f"Spaces are recalled by {model.name!r} since the embedding model was "
                        f"changed, and it cannot be opened: {error.detail}"
                    ) from error
                self._missing = error.detail
                log.warning("reembedding.rests", model=model.name, reason=error.detail)
        self.turn_to(change)

    @override
    def beside(self, change: Reembedding) -> Side | None:
        found = self._open.get(change.beside.fingerprint)
        return None if found is None else found.side

    @override
    def open(self, name: str) -> Side:
        embedder = self._parts.open_embedder(name)
        fingerprint = embedder.fingerprint.text
        with self._guard:
            if fingerprint not in self._open:
                self._keep(name, embedder, self._parts.shelf(embedder))
            return self._open[fingerprint].side

    @override
    def follow(self, change: Reembedding) -> None:
        self._parts.models.follow(change)

    @override
    def warm(self, change: Reembedding) -> None:
        spaces: list[SpaceKey] = self._open[self._present].shelf.in_use
        shelf = self._open[change.beside.fingerprint].shelf
        for space in spaces:
            with shelf.open(space):
                pass

    @override
    def turn_to(self, change: Reembedding) -> None:
        self._compose(change)

    @override
    def close_beside(self, change: Reembedding) -> None:
        self._forget(change.beside.fingerprint)
        self._compose(change)

    def _compose(self, change: Reembedding) -> None:
        """Put the service in place that answers from now on."""
        with self._guard:
            self._heeded = change
            self._present = change.present.fingerprint
            present = self._open[self._present]
            beside = self._open.get(change.beside.fingerprint)
            made = self._parts.service(self, present, beside)
            # It remembers keys and when they were revoked, which no change of models changes.
            self._service = replace(made, admit=self._service.admit)

    def _keep(self, name: str, embedder: Embedder, shelf: IndexShelf) -> None:
        tokens = embedder.token_fingerprint
        named = ModelNamed(name, embedder.fingerprint.text, None if tokens is None else tokens.text)
        opened = Open(self._parts.side(named, embedder, shelf), shelf)
        self._open[named.fingerprint] = opened
        self._parts.shelves.add(shelf)

    def _forget(self, fingerprint: str) -> None:
        with self._guard:
            gone = self._open.pop(fingerprint, None)
        if gone is not None:
            self._parts.shelves.remove(gone.shelf)
