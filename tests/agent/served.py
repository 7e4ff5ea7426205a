"""A server of the OpenAI form whose model talks with memory, for programs that find it by name."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from memsvc.llm.fakes import ScriptedModel
from memsvc.ports.language import Ask, Reply, Unanswered
from tests.llm.stub import Stub, serving

Says = Callable[[Ask], str | Reply]


@contextmanager
def talking(says: Says) -> Iterator[Stub]:
    """Run a server; `says` is told what an agent asks, and the plain twin answers all else."""
    plain = ScriptedModel(context_tokens=8_000)

    def script(ask: Ask) -> str | Reply | Unanswered:
        if "long-term memory" in ask.messages[0].content:
            return says(ask)
        (found,) = plain.replies((ask,), within_s=1)
        return found

    with serving(Stub(model=ScriptedModel(script, context_tokens=8_000))) as stub:
        yield stub


def handle_of(ask: Ask, words: str) -> str:
    """Return the handle under which a memory of these words was shown."""
    shown = "\n".join(message.content for message in ask.messages)
    found = re.search(rf"\[(m\d+)\][^\n]*{re.escape(words)}", shown)
    assert found is not None, shown
    return found[1]
