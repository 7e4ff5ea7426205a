"""Switching: which embedder a start comes up with, and what a change of it is made of.

A part of the composition root, beside `memsvc.wiring`, which says what a service is made of.
"""

from collections.abc import Callable, Mapping, Sequence

import structlog

from memsvc.app.compare import Compare
from memsvc.app.embed_facts import EmbedFacts
from memsvc.app.embed_notes import EmbedNotes
from memsvc.app.tend import EMBEDDER
from memsvc.config import Settings
from memsvc.domain.errors import ModelMissing
from memsvc.domain.ids import SpaceKey
from memsvc.domain.reembedding import Reembedding, Stage
from memsvc.domain.work import Job, Step
from memsvc.models import open_another, open_embedder
from memsvc.ports.models import Embedder
from memsvc.ports.world import Clock
from memsvc.serving import Open
from store.asking import Asking
from store.directory import SNAPSHOTS
from store.shelf import IndexShelf
from store.snapshots import Snapshots
from store.uow import SqlKeeping, Views

log = structlog.get_logger(__name__)

BESIDE = ".beside"
"""How files with the indexes of a second model end."""

Opener = Callable[[str], Embedder]
"""Opens an embedder by its name. Raises `ModelMissing`."""


def named(
    settings: Settings, given: Embedder | None, open_model: Opener | None, name: str
) -> Embedder:
    """Return an embedder by its name; the one that is given goes by the name that is set."""
    if name != settings.embedder:
        return open_another(settings, name) if open_model is None else open_model(name)
    return open_embedder(settings) if given is None else given


def last_change(keeping: SqlKeeping) -> Reembedding | None:
    """Return the last change of the embedding model that says by what spaces are recalled.

    One that has ended says so no more once a start with another setting has made vectors anew.
    """
    with keeping.read() as reading:
        change, kept = reading.reembeddings.last(), reading.rules.get(EMBEDDER)
    if change is None or change.stage is not Stage.ENDED:
        return change
    return change if change.present.fingerprint == kept else None


def embedder_of(
    settings: Settings, change: Reembedding | None, open_model: Opener
) -> tuple[str, Embedder]:
    """Return the embedder to start with, and its name: the one that is set, or has replaced it.

    Raises `ModelMissing`, also where a third model is set while the store changes from one to
    another.
    """
    name = settings.embedder
    if change is None:
        return name, open_model(name)
    if change.stage is Stage.ENDED:
        if change.switched_at is not None and name == change.before.name:
            log.warning("embedder.was_changed", set_to=name, used=change.after.name)
            name = change.after.name
        return name, open_model(name)
    embedder = open_model(name)
    if embedder.fingerprint.text not in (change.before.fingerprint, change.after.fingerprint):
        raise ModelMissing(
            f"The store's embedding model is changing from {change.before.name!r} to "
            f"{change.after.name!r}; set MEMSVC_EMBEDDER to one of the two, and end that first."
        )
    return name, embedder


def shelf_of(
    settings: Settings,
    views: Views,
    embedder: Embedder,
    *,
    is_beside: bool = False,
    asking: Asking | None = None,
    is_shared: bool = False,
) -> IndexShelf:
    """Return a shelf over the vectors of a model, with files of its own.

    `asking` is what has the database find them; a second model's are found in memory. With
    `is_shared` other processes write to the same rows.
    """
    folder = settings.data / SNAPSHOTS
    return IndexShelf(
        views,
        fingerprint=embedder.fingerprint,
        max_bytes=settings.index_bytes,
        snapshots=Snapshots(folder, suffix=BESIDE) if is_beside else Snapshots(folder),
        asking=asking,
        is_shared=is_shared,
    )


def clear_beside(settings: Settings) -> None:
    """Delete the files of a second model: what they hold may have been forgotten since."""
    Snapshots(settings.data / SNAPSHOTS, suffix=BESIDE).clear()


def steps_beside(
    keeping: SqlKeeping, clock: Clock, beside: Open
) -> Mapping[Step, Callable[[SpaceKey, Sequence[Job]], None]]:
    """Return what pays each step that is owed to a model beside the present one."""
    embedder = beside.side.embedder
    return {
        Step.EMBED_BESIDE: beside.side.embed,
        Step.FACTS_BESIDE: EmbedFacts(keeping, embedder, clock, Step.FACTS_BESIDE),
        Step.NOTES_BESIDE: EmbedNotes(keeping, embedder, clock, Step.NOTES_BESIDE),
        Step.NAMES_BESIDE: Compare(keeping, beside.shelf, embedder, clock, Step.NAMES_BESIDE),
    }
