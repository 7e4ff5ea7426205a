"""Speaking the protocol: one request over HTTP, or a whole conversation over standard input.

Over HTTP there are no sessions, so that any of several processes may answer any request; answers
are JSON and come whole, so that the edge holds a request's turn until its tool is done. What a
request is allowed, how long it may be and whose it is, the service has looked at before.
"""

import structlog
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.types import Receive, Scope, Send

from memsvc.mcp.protocol import Watch, protocol_server
from memsvc.mcp.tools import Tools

__all__ = ["Tools", "converse", "exchange"]

log = structlog.get_logger(__name__)


async def exchange(
    tools: Tools, scope: Scope, receive: Receive, send: Send, *, watch: Watch, max_bytes: int
) -> None:
    """Answer a request of streamable HTTP, of any version of the protocol."""
    manager = StreamableHTTPSessionManager(
        protocol_server(tools, watch=watch),
        json_response=True,
        stateless=True,
        max_request_body_size=max_bytes,
    )
    async with manager.run():
        await manager.handle_request(scope, receive, send)


async def converse(tools: Tools) -> None:
    """Answer what comes in on standard input; return when it ends.

    While this runs, whatever else writes to standard output reaches standard error, so that
    nothing but the protocol is ever read as such.
    """
    server = protocol_server(tools, watch=_note)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _note(tool: str, problem: str | None, *, took_s: float) -> None:
    refusal = {} if problem is None else {"problem": problem}
    log.info("tool", tool=tool, ms=round(took_s * 1_000, 1), **refusal)
