"""Messages and tools as the OpenAI form has them, which templates of chat models take as well."""

from collections.abc import Callable
from typing import Any

from memsvc.ports.language import Message, Tool


def message_told(
    message: Message, *, arguments: Callable[[str], object] = lambda written: written
) -> dict[str, Any]:
    """Return a message with its calls; `arguments` makes of theirs what the reader wants."""
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.calls:
        told["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": arguments(call.arguments)},
            }
            for call in message.calls
        ]
    if message.answers is not None:
        told["tool_call_id"] = message.answers
    return told


def tool_told(tool: Tool) -> dict[str, Any]:
    """Return what a model is told of a tool."""
    function = {"name": tool.name, "description": tool.about, "parameters": dict(tool.arguments)}
    return {"type": "function", "function": function}
