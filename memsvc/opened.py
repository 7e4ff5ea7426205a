"""Opened: the directory, the database and the models that a service stands on.

A part of the composition root, beside `memsvc.wiring`, which says what a service is made of.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from memsvc.config import Settings
from memsvc.ingest.words import words_of
from memsvc.llm.in_time import in_time
from memsvc.llm.metered import Metered
from memsvc.models import (
    open_language_model,
    open_reranker,
    open_surprisal,
)
from memsvc.ports.language import LanguageModel
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Reranker, Surprisal
from memsvc.ports.world import Clock, Ids
from memsvc.switching import (
    Opener,
    clear_beside,
    embedder_of,
    last_change,
    shelf_of,
)
from memsvc.world import RandomIds
from store.asking import asking_of
from store.backup import Archive
from store.opening import share_database
from store.postgres import Terms
from store.schema import migrate, refuse_unfit
from store.sharing import Sharing
from store.shelf import IndexShelf
from store.shelves import Shelves
from store.uow import SqlKeeping, Views
from store.vacuuming import Vacuuming, vacuuming


@dataclass(frozen=True, slots=True)
class Opened:
    """What the use cases stand on; open for as long as the service is."""

    settings: Settings
    sharing: Sharing
    archive: Archive
    vacuum: Vacuuming | None
    shelves: Shelves
    shelf: IndexShelf
    keeping: SqlKeeping
    views: Views
    name: str
    """The embedder's, as a setting names it."""
    embedder: Embedder
    surprisal: Surprisal | None
    reranker: Reranker | None
    language_model: Metered | None
    analyzer: Analyzer
    clock: Clock
    ids: Ids


@contextmanager
def opened_for(
    settings: Settings,
    *,
    open_model: Opener,
    surprisal: Surprisal | None,
    reranker: Reranker | None,
    language_model: LanguageModel | None,
    clock: Clock,
    ids: Ids,
) -> Iterator[Opened]:
    """Open the directory, its database and the models; the writer stops before either goes."""
    analyzer = words_of(settings.language)
    with ExitStack() as stack:
        # The name is of this start alone, so by chance also where ids are made to come again.
        where = share_database(
            settings.data,
            settings.database,
            readers=settings.readers,
            name=RandomIds().new("w"),
            terms=Terms(
                is_shared=settings.replica,
                may_lead=settings.enrich,
                statement_s=settings.database_statement_s,
                lock_s=settings.database_lock_s,
            ),
        )
        engine, sharing = stack.enter_context(where)
        archive = Archive(engine, settings.data)
        archive.sweep()
        if sharing.is_shared:
            refuse_unfit(engine)
        else:
            migrate(engine)
        shelves = Shelves()
        looking = SqlKeeping(engine, apply=shelves.apply, waiting_limit=1)  # it never starts
        name, embedder = embedder_of(settings, last_change(looking), open_model)
        clear_beside(settings)
        asking = asking_of(engine, embedder.fingerprint, settings.search)
        if asking is not None:
            stack.callback(asking.close)
            engine = asking.to_keep()
        keeping = SqlKeeping(engine, apply=shelves.apply, waiting_limit=settings.waiting_writes)
        views = Views(engine)
        shelf = shelf_of(settings, views, embedder, asking=asking, is_shared=sharing.is_shared)
        if language_model is None and (opened := open_language_model(settings)) is not None:
            stack.callback(opened.close)
            language_model = opened
        surprisal = surprisal or open_surprisal(settings, language_model)
        metered = None if language_model is None else Metered(language_model)
        reranker = reranker or open_reranker(settings, metered)
        keeping.start()
        stack.callback(shelves.close)
        stack.callback(keeping.close)
        yield Opened(
            settings,
            sharing,
            archive,
            vacuuming(engine),
            shelves,
            shelf,
            keeping,
            views,
            name,
            embedder,
            surprisal,
            None if reranker is None else stack.enter_context(in_time(reranker)),
            metered,
            analyzer,
            clock,
            ids,
        )
