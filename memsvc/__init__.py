"""memsvc: a self-hosted memory service for LLM agents.

    from memsvc import Client
    memory = Client().space("alice")
    memory.write("chat-1", [{"role": "user", "content": "I moved to Lisbon in May."}])
    print(memory.recall("Where does she live?").context)

Names are brought in when they are first used, so that importing any module of the service does
not import the SDK's HTTP library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memsvc.domain.errors import MemsvcError
    from memsvc.local import open  # noqa: A004  memsvc.open(path) is the public name
    from memsvc.sdk.aio import AsyncClient, AsyncSpace
    from memsvc.sdk.client import Client, Space

__all__ = ["AsyncClient", "AsyncSpace", "Client", "MemsvcError", "Space", "open"]

_HOMES = {
    "AsyncClient": "memsvc.sdk.aio",
    "AsyncSpace": "memsvc.sdk.aio",
    "Client": "memsvc.sdk.client",
    "MemsvcError": "memsvc.domain.errors",
    "Space": "memsvc.sdk.client",
    "open": "memsvc.local",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module 'memsvc' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)
