"""An agent on a language model that reads memory before it speaks, and writes what was said after.

    from memsvc import Client
    from memsvc.agent import MemoryAgent

    agent = MemoryAgent(Client().space("alice"), model, stream="chat-1")
    print(agent.say("Where did I move?").text)

`model` is any `memsvc.ports.language.LanguageModel`. It stands on the SDK alone, so it is the same
over REST and in process, and does nothing that a program of yours could not do.
"""

from memsvc.agent.agent import ABSTAIN_BELOW, MemoryAgent
from memsvc.agent.said import Citation, Memory, Said, Seconds, Tokens, Use

__all__ = [
    "ABSTAIN_BELOW",
    "Citation",
    "Memory",
    "MemoryAgent",
    "Said",
    "Seconds",
    "Tokens",
    "Use",
]
