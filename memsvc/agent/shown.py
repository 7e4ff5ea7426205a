"""Memories as a model is shown them: taken from a packed context, given handles, held in a frame.

The service packs: which turns, in which order, dated and attributed. Here each gets a handle to be
cited by, and the whole is held to a budget in the tokens of the model that reads it. What a turn
says is data: it can neither close the frame, nor begin an item, nor look like a handle, nor like
one of the marks by which chat templates part who speaks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from memsvc.agent.said import Memory
from memsvc.domain.errors import ServerFault
from memsvc.sdk.wire import AnyRecalled, Hit

OPENING = "<recalled-memory>\n"
NOTHING = "(nothing)\n"
CLOSING = "</recalled-memory>"

_MARK = re.compile(
    r"<(?=[\s\u200b-\u200f\u2060\ufeff]*/?[\s\u200b-\u200f\u2060\ufeff]*recalled-memory)"
    r"|<(?=[|\uff5c])"  # <|im_start|>, <|eot_id|>, and with full-width bars
    r"|<(?=/?s>|<\s*/?SYS|/?(?:start|end)_of_turn>|/?(?:system|user|assistant|tool_call|think)>)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    r"\[(?=\s*/?\s*(?:m\d|INST\]|SYSTEM_PROMPT\]|TOOL_CALLS\]|AVAILABLE_TOOLS\]))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a packed context: the turn, its head and its text on indented lines."""

    turn: str
    head: str
    text: str


class Handles:
    """Which turn each handle of a conversation means. A turn keeps its handle."""

    def __init__(self) -> None:
        self._by_turn: dict[str, str] = {}
        self._by_handle: dict[str, str] = {}

    def of(self, turn: str) -> str:
        """Return the handle of a turn, a new one where it has none."""
        handle = self._by_turn.get(turn)
        if handle is None:
            handle = f"m{len(self._by_handle) + 1}"
            self._by_turn[turn], self._by_handle[handle] = handle, turn
        return handle

    def turn(self, handle: str) -> str | None:
        """Return what a handle means; None for one that was never given."""
        return self._by_handle.get(handle)

    def forget(self, turns: set[str]) -> None:
        """Have the handles of these turns mean nothing; none of them is given again."""
        for turn in turns & self._by_turn.keys():
            self._by_handle[self._by_turn.pop(turn)] = ""


def items_of(found: AnyRecalled) -> list[Item]:
    """Take a context apart into its items. Raises `ServerFault` where that is none of ours."""
    if not found.context_turns:
        return []
    heads: list[tuple[str, list[str]]] = []
    for line in found.context.split("\n")[2:-1]:
        if line.startswith("[") and "] " in line:
            head, _, text = line[1:].partition("] ")
            heads.append((head, [text]))
        elif line.startswith("  ") and heads:
            heads[-1][1].append(line[2:])
    if len(heads) != len(found.context_turns):
        raise ServerFault("The service's context is of a form that this client cannot read.")
    return [
        Item(turn.id, head, "\n".join(lines))
        for turn, (head, lines) in zip(found.context_turns, heads, strict=True)
    ]


def chosen(
    found: AnyRecalled,
    *,
    handles: Handles,
    budget_tokens: int,
    count: Callable[[str], int],
    apart_from: set[str],
) -> list[Memory]:
    """Return what is shown of a recall, in the order of its context.

    The best hits are taken first, as long as their lines fit, and then what stands beside them.
    Left out is what is in sight anyway (`apart_from`).
    """
    items = [item for item in items_of(found) if item.turn not in apart_from]
    hits = {turn: hit for hit in found.hits for turn in _shown_by(hit)}
    rank = {turn: place for place, turn in enumerate(hits)}
    left = budget_tokens - count(OPENING + CLOSING)
    taken: set[str] = set()
    for item in sorted(items, key=lambda item: rank.get(item.turn, len(rank))):
        # Handles are given only to what is shown; until then one of like length stands for it.
        cost = count(_line("m999", item.head, _harmless(item.text)))
        if cost <= left:
            left -= cost
            taken.add(item.turn)
    return [
        Memory(
            handle=handles.of(item.turn),
            turn=item.turn,
            head=_harmless(item.head),
            text=_harmless(item.text),
            score=hits[item.turn].score if item.turn in hits else None,
            why=_why(hits[item.turn]) if item.turn in hits else {},
        )
        for item in items
        if item.turn in taken
    ]


def frame(memories: Sequence[Memory]) -> str:
    """Return the memories between the marks that say they are data."""
    lines = (_line(memory.handle, memory.head, memory.text) for memory in memories)
    return f"{OPENING}{''.join(lines) or NOTHING}{CLOSING}"


def _line(handle: str, head: str, text: str) -> str:
    indented = text.replace("\n", "\n  ")
    return f"[{handle}] {head}: {indented}\n"


def _harmless(text: str) -> str:
    """Take from a text what a model could take for the frame, a handle or a change of speaker."""
    return _BRACKETED.sub("(", _MARK.sub("&lt;", text))


def _shown_by(hit: Hit) -> Sequence[str]:
    return hit.event.shown if hit.event is not None else [hit.id, *hit.turns]


def _why(hit: Hit) -> Mapping[str, float]:
    return {name: arm.share for name, arm in sorted(hit.why.items(), key=lambda arm: -arm[1].share)}
