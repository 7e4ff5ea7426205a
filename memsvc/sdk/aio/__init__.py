"""The client of a memsvc service for programs that await: asyncio, or whatever else anyio runs on.

    async with AsyncClient() as client:
        memory = client.space("alice")
        await memory.write("chat-1", [{"role": "user", "content": "I moved to Lisbon in May."}])
        print((await memory.recall("Where does she live?")).context)

Only sending and pausing are written here. Every verb is the function of `memsvc.sdk.client`: it
hands a call to `send` or `walk`, which here return something to await, and passes that on. So the
two clients have the same verbs, arguments and defaults, and the same words about them.
"""

from memsvc.sdk.aio.client import AsyncClient, AsyncKeys, AsyncReembed
from memsvc.sdk.aio.parts import (
    AsyncCanaries,
    AsyncDocuments,
    AsyncEntities,
    AsyncExperiences,
    AsyncFacts,
    AsyncFeedback,
    AsyncGraph,
    AsyncLinks,
    AsyncMerges,
    AsyncNotes,
    AsyncPinned,
    AsyncQuarantine,
    AsyncReceipts,
    AsyncUnlinkings,
)
from memsvc.sdk.aio.space import AsyncSpace

__all__ = [
    "AsyncCanaries",
    "AsyncClient",
    "AsyncDocuments",
    "AsyncEntities",
    "AsyncExperiences",
    "AsyncFacts",
    "AsyncFeedback",
    "AsyncGraph",
    "AsyncKeys",
    "AsyncLinks",
    "AsyncMerges",
    "AsyncNotes",
    "AsyncPinned",
    "AsyncQuarantine",
    "AsyncReceipts",
    "AsyncReembed",
    "AsyncSpace",
    "AsyncUnlinkings",
]
