"""A chat as the tokens that a model reads, by the template that came with its tokenizer.

What a message says is never read as a token that steers the model (`<|im_end|>` in a text is
letters), so nothing that was remembered can end its message and begin another. A model without a
template, which no one trained to chat, gets plain lines: `System:`, `User:`, `Assistant:`, each
with its text on the next line and an empty line after it; `User:` in its answer ends it.
"""

import json
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from memsvc.llm.openai_messages import message_told, tool_told
from memsvc.ports.language import Ask, Call, Message, Tool

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPEAKERS = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}

STOPS = ("\nUser:", "\nSystem:")
"""What ends an answer of a model without a template, which would go on with the next message."""

_TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_PROBE = Tool("find", "Find it.", {"type": "object", "properties": {"what": {"type": "string"}}})


class Chat:
    """A tokenizer's way to write chats; `opening` begins those that it has no template for."""

    def __init__(self, told: Any, bare: "Tokenizer", *, opening: int | None) -> None:
        self._told = told
        self._bare = bare
        self._opening = opening

    @property
    def has_template(self) -> bool:
        """Whether the tokenizer came with one."""
        return bool(self._told.chat_template)

    @cached_property
    def offers_tools(self) -> bool:
        """Whether a call that the template writes is one that we can read: found out by trying."""
        if not self.has_template or "tools" not in str(self._told.chat_template):
            return False
        call = Call("call0", _PROBE.name, '{"what": "it"}')
        chat = [Message("user", "Where?"), Message("assistant", "", calls=(call,))]
        try:
            written = [
                self._told.apply_chat_template(
                    _told(chat[:end]), tools=[tool_told(_PROBE)], tokenize=False
                )
                for end in (1, 2)
            ]
        except Exception:  # noqa: BLE001 - a template is a program of somebody else's
            return False
        text, calls = calls_in(written[1].removeprefix(written[0]))
        return [each.name for each in calls] == [_PROBE.name] and "find" not in text

    def prompt(self, ask: Ask) -> list[int]:
        """Return the tokens of a chat, ending where the answer begins.

        Raises `ValueError` where the template refuses it.
        """
        if not self.has_template:
            return self._plain(ask.messages)
        tools = [tool_told(each) for each in ask.tools] or None
        try:
            return self._by_template(ask.messages, tools)
        except Exception as error:
            # Some know no system message: what it says goes before what the user does.
            joined = _without_system(ask.messages)
            if joined == ask.messages:
                raise ValueError(f"the model's template refuses the chat ({error})") from error
        try:
            return self._by_template(joined, tools)
        except Exception as error:
            raise ValueError(f"the model's template refuses the chat ({error})") from error

    def stops(self, ask: Ask) -> tuple[str, ...]:
        """Return the texts that end the answer to an ask."""
        return ask.stop if self.has_template else (*ask.stop, *STOPS)

    def _by_template(self, messages: Sequence[Message], tools: Any) -> list[int]:
        tokens: list[int] = self._told.apply_chat_template(
            _told(messages),
            tools=tools,
            add_generation_prompt=True,
            sanitize_control_tokens=True,
            return_dict=False,
            # Templates of models that think aloud before they answer ask for this; others do not.
            enable_thinking=False,
        )
        return tokens

    def _plain(self, messages: Sequence[Message]) -> list[int]:
        lines = [f"{SPEAKERS[each.role]}:\n{each.content}\n\n" for each in messages]
        text = "".join((*lines, f"{SPEAKERS['assistant']}:\n"))
        head = [] if self._opening is None else [self._opening]
        return head + self._bare.encode(text, add_special_tokens=False).ids


def calls_in(text: str) -> tuple[str, tuple[Call, ...]]:
    """Part an answer into what it says and the calls in it, in either of two usual forms.

    Those are JSON between `<tool_call>` tags, and a whole answer that is a call (`{"name": …}` with
    `arguments` or `parameters`). What looks like a call and is none stays text.
    """
    found = [(match, _call(match[1])) for match in _TAGGED.finditer(text)]
    said, read = text, [call for _, call in found if call is not None]
    for match, call in found:
        if call is not None:
            said = said.replace(match[0], "", 1)
    if not found and (whole := _call(_without_ends(text))) is not None:
        said, read = "", [whole]
    calls = tuple(Call(f"call{place}", *each) for place, each in enumerate(read))
    return said.strip() if calls else text, calls


def _without_ends(text: str) -> str:
    """Leave the tokens aside that a template puts round an answer."""
    begin, end = text.find("{"), text.rfind("}")
    around = text[:begin] + text[end + 1 :]
    is_bare = not re.sub(r"<\|[^|]*\|>|assistant|\s", "", around)
    return text[begin : end + 1] if is_bare else ""


def _call(text: str) -> tuple[str, str] | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    if not isinstance(read, dict) or not isinstance(read.get("name"), str):
        return None
    given = read.get("arguments", read.get("parameters"))
    if given is None:
        return None
    return read["name"], given if isinstance(given, str) else json.dumps(given)


def _without_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    said = [each.content for each in messages if each.role == "system"]
    rest = [each for each in messages if each.role != "system"]
    if not said or not rest or rest[0].role != "user":
        return tuple(messages)
    first = Message("user", "\n\n".join((*said, rest[0].content)))
    return (first, *rest[1:])


def _told(messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [message_told(each, arguments=_arguments) for each in messages]


def _arguments(written: str) -> Any:
    """Return arguments as templates want them: read, or as they are where they are no JSON."""
    try:
        return json.loads(written)
    except ValueError:
        return written
