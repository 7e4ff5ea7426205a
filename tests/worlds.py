"""A small world for tests: the whole service over a folder, where time, ids and models stand still.

    with open_world(tmp_path) as world:
        world.write("alice", "chat", "I moved to Lisbon.")
        hits = world.service.recall(world.admin, ...)

Nothing here is a fixture, so that a test may open the same folder twice, or two folders at once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memsvc.app.documents import WrittenDocument
from memsvc.app.remember import Batch, Written
from memsvc.config import Settings
from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.document import About, SentDocument, SentPart
from memsvc.domain.ids import DocumentName, KeyId, SpaceName, StreamName
from memsvc.domain.memory import NewTurn
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.language import LanguageModel
from memsvc.ports.models import Embedder, Reranker, Surprisal
from memsvc.ports.world import Clock, Ids
from memsvc.wiring import Service, open_service
from memsvc.world import CountingIds, StandingClock


def admin_of(clock: Clock) -> Access:
    """Who may do everything everywhere. No key of that id is in the store, and none is needed."""
    return Access(
        id=KeyId("k_test_admin"),
        name="test admin",
        role=Role.ADMIN,
        spaces=(ALL_SPACES,),
        created_at=clock.now(),
    )


@dataclass(frozen=True, slots=True)
class World:
    """An open service, the clock it reads, and a key that may do everything."""

    service: Service
    clock: StandingClock
    admin: Access

    def write(
        self, space: str, stream: str, *said: str | NewTurn, embed_later: bool = False
    ) -> Written:
        """Write turns of a user into a stream, made when it is not there."""
        turns = tuple(
            NewTurn(role="user", content=turn) if isinstance(turn, str) else turn for turn in said
        )
        batch = Batch(StreamName(stream), turns, embed_later=embed_later)
        return self.service.remember(self.admin, SpaceName(space), batch)

    def document(
        self, space: str, name: str, *texts: str, title: str | None = None
    ) -> WrittenDocument:
        """Write a document of plain parts, named "1", "2" and so on."""
        parts = tuple(SentPart(str(n), None, text) for n, text in enumerate(texts, 1))
        sent = SentDocument(DocumentName(name), About(title=title), parts)
        return self.service.documents.write(self.admin, SpaceName(space), sent)


@contextmanager
def open_world(
    folder: Path,
    *,
    ids: Ids | None = None,
    embedder: Embedder | None = None,
    open_model: Callable[[str], Embedder] | None = None,
    surprisal: Surprisal | None = None,
    reranker: Reranker | None = None,
    language_model: LanguageModel | None = None,
    **settings: Any,
) -> Iterator[World]:
    """Open the service over `folder`; the embedder counts words unless another is given.

    A second opening of the same folder needs ids that the first did not give: pass `ids`.
    """
    clock = StandingClock()
    # Given in full, so that no variable of the machine's environment reaches a test.
    chosen = Settings(**{"data": folder, "embedder": "hashing", "readers": 4, **settings})
    with open_service(
        chosen,
        embedder=embedder or HashingEmbedder(),
        open_model=open_model,
        surprisal=surprisal,
        reranker=reranker,
        language_model=language_model,
        clock=clock,
        ids=ids or CountingIds(),
    ) as service:
        yield World(service, clock, admin_of(clock))
