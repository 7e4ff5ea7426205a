"""A conversation with memory: recall, speak, keep; with tools where the model can call them.

One turn: what the message recalls, within a budget of tokens; the user's side is kept; the model
answers, piece by piece, and may use tools for a bounded number of rounds; its citations are checked
as they pass; the answer is kept. Whatever ends it in between leaves the user's side kept, and no
part of an answer.
"""

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from memsvc.agent.citing import Cited, without_citations
from memsvc.agent.conversation import PER_MESSAGE, Conversation, Exchange, seen
from memsvc.agent.keeping import Keeper
from memsvc.agent.prompting import PROMPT, system_message
from memsvc.agent.repeating import repeated
from memsvc.agent.said import Citation, Memory, Said, Seconds, Tokens
from memsvc.agent.shown import Handles, chosen, frame
from memsvc.agent.tools import Confirm, Toolbox
from memsvc.domain.errors import ModelUnavailable, SpaceNotFound, TooLarge
from memsvc.ports.language import Ask, LanguageModel, Message, Reply, Spent, Tool, Unanswered
from memsvc.sdk.checked import MAX_BUDGET_TOKENS, MAX_QUESTION_CHARS
from memsvc.sdk.client import Space
from memsvc.sdk.wire import Filters, Holds, Recalled

ABSTAIN_BELOW = 0.3
"""Probability that memory holds an answer below which the model is told so (decision 70)."""

LEAST_ROOM = 64
"""Tokens that must be left for memories beside instructions, message and answer."""

NOTHING_YET = Recalled(
    hits=[],
    context="",
    context_tokens=0,
    position=0,
    recipe="default",
    abstain=True,
    holds=Holds(probability=0.0, words=0.0, lead=0.0),
)
"""What is recalled of a space before its first turn."""

FORGOTTEN = "Something was forgotten in this exchange, so neither side of it is kept."


class MemoryAgent:
    """One conversation of one user, in one stream of a space. For one thread at a time.

    `budget_tokens` bound what is recalled, `history_tokens` what is seen of the conversation, and
    `most_tokens` an answer, all as the model counts. An answer may take `within_s` seconds in each
    round. `confirm` is asked before the model forgets anything; without it, it cannot. `filters`
    narrow what is recalled; `user_id` and `agent_id` are noted with what is kept. The model is told
    that memory may not hold an answer where that is less probable than `abstain_below`.
    """

    def __init__(
        self,
        space: Space,
        model: LanguageModel,
        *,
        stream: str,
        budget_tokens: int = 1_500,
        history_tokens: int = 2_000,
        most_tokens: int = 800,
        within_s: float = 120.0,
        most_rounds: int = 4,
        abstain_below: float = ABSTAIN_BELOW,
        use_tools: bool = True,
        confirm: Confirm | None = None,
        speaker: str | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        filters: Filters | Mapping[str, Any] | None = None,
        temperature: float = 0.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._space = space
        self._model = model
        self._keeper = Keeper(space, stream, user_id=user_id, agent_id=agent_id)
        self._user_id = user_id
        self._agent_id = agent_id
        self._conversation = Conversation(model.count)
        self._handles = Handles()
        self._budget_tokens = budget_tokens
        self._history_tokens = history_tokens
        self._most_tokens = most_tokens
        self._within_s = within_s
        self._most_rounds = most_rounds
        self._abstain_below = abstain_below
        self._use_tools = use_tools
        self._confirm = confirm
        self._speaker = speaker
        self._filters = filters
        self._temperature = temperature
        self._now = now
        self.stream = stream

    def say(self, text: str) -> Said:
        """Answer a message. Raises what `answering` raises."""
        for said in self.answering(text):
            if isinstance(said, Said):
                return said
        raise AssertionError  # it ends with one

    def answering(self, text: str) -> Generator[str | Said, None, None]:
        """Yield the answer to a message piece by piece as it is written, and at last the whole.

        Closing the iterator ends the writing; what the user said is kept, and no answer. Raises
        `ModelUnavailable` where the model does not answer, likewise; before anything is kept,
        `TooLarge` for a message that leaves the model no room, and what the service raises.
        """
        begun = time.perf_counter()
        has_tools = self._use_tools and self._offers_tools(text)
        found, shown, plan = self._recall(text, has_tools=has_tools)
        recalled_at = time.perf_counter()
        asked, why_not = self._keeper.user(text, speaker=self._speaker)
        kept_at = time.perf_counter()
        box = self._toolbox(shown, plan)
        cited = Cited(self._handles.turn)
        answer = yield from self._rounds(plan, box, cited, has_tools=has_tools)
        answered_at = time.perf_counter()
        text_said = answer.text.strip()
        outcome = self._keep(text, text_said, asked, cited, box)
        unkept = tuple(why for why in (why_not, outcome.why_not) if why is not None)
        yield Said(
            text=text_said,
            citations=tuple(Citation(*each) for each in cited.citations.items()),
            unknown=tuple(cited.unknown),
            recalled=(*shown, *box.recalled),
            holds=found.holds.probability if found.holds is not None else None,
            is_doubted=plan.doubt is not None,
            used=tuple(box.used),
            asked=outcome.asked,
            answered=outcome.answered,
            unkept=unkept,
            is_whole=answer.is_whole,
            tokens=Tokens(plan.context_tokens, answer.spent.read, answer.spent.written),
            seconds=Seconds(
                recall=recalled_at - begun,
                model=answered_at - kept_at,
                keep=kept_at - recalled_at + time.perf_counter() - answered_at,
            ),
        )

    def turn(self, handle: str) -> str | None:
        """Return the turn that a handle means in this conversation; None for no handle of it."""
        return self._handles.turn(handle) or None

    def forget(self, turns: set[str]) -> None:
        """Drop from this conversation what was forgotten from memory by another way."""
        self._conversation.forget(turns)
        self._handles.forget(turns)

    def _offers_tools(self, text: str) -> bool:
        """Tell whether the model can call tools; what the user said is kept where it is gone."""
        try:
            return self._model.offers().tools
        except ModelUnavailable:
            self._keeper.user(text, speaker=self._speaker)
            raise

    def _recall(self, text: str, *, has_tools: bool) -> tuple[Recalled, list[Memory], "_Plan"]:
        """Recall what a message asks for, and plan what the model reads."""
        count, now = self._model.count, self._now()
        tools = self._toolbox((), None).offered() if has_tools else ()
        rules = system_message("", now=now, doubt=1.0, has_tools=has_tools)
        fixed = (
            count(rules) + count(text) + self._most_tokens + 3 * PER_MESSAGE + _cost(tools, count)
        )
        room = self._model.context_tokens - fixed
        if room < LEAST_ROOM:
            raise TooLarge(
                f"The model reads and writes {self._model.context_tokens} tokens at once, and this "
                "message leaves no room for memories; send a shorter one.",
                field="text",
                limit=self._model.context_tokens,
            )
        budget = min(self._budget_tokens, room * 2 // 3, MAX_BUDGET_TOKENS)
        history = self._conversation.within(min(self._history_tokens, room - budget))
        found = self._found(text[:MAX_QUESTION_CHARS], budget_tokens=budget)
        shown = chosen(
            found,
            handles=self._handles,
            budget_tokens=budget,
            count=count,
            apart_from=set(seen(history)),
        )
        holds = found.holds.probability if found.holds is not None else None
        doubt = holds if holds is not None and holds < self._abstain_below else None
        memories = frame(shown)
        messages = [
            Message("system", system_message(memories, now=now, doubt=doubt, has_tools=has_tools)),
            *(message for exchange in history for message in exchange.messages()),
            Message("user", text),
        ]
        context_tokens = count(memories)
        said = sum(count(each.content) + PER_MESSAGE for each in messages[1:-1])
        return found, shown, _Plan(messages, doubt, context_tokens, room - context_tokens - said)

    def _found(self, question: str, *, budget_tokens: int) -> Recalled:
        """Recall; a space that nobody has written to yet is a memory that holds nothing."""
        try:
            return self._space.recall(question, budget_tokens=budget_tokens, filters=self._filters)
        except SpaceNotFound:
            return NOTHING_YET

    def _toolbox(self, shown: Sequence[Memory], plan: "_Plan | None") -> Toolbox:
        return Toolbox(
            self._space,
            self._handles,
            self._model.count,
            room=0 if plan is None else plan.room,
            budget_tokens=self._budget_tokens,
            shown=shown,
            confirm=self._confirm,
            filters=self._filters,
            user_id=self._user_id,
            agent_id=self._agent_id,
        )

    def _rounds(
        self, plan: "_Plan", box: Toolbox, cited: Cited, *, has_tools: bool
    ) -> Generator[str, None, Reply]:
        """Ask, and ask again with what tools told, until an answer comes without a call.

        In the last round there are no tools, so that it must be one.
        """
        messages, before = plan.messages, ""
        spent = Spent(0, 0, 0.0)
        for left in range(self._most_rounds if has_tools else 0, -1, -1):
            tools = box.offered() if left and box.room > 0 else ()
            reply = yield from self._one(messages, tools, cited)
            spent = _sum(spent, reply.spent)
            text = f"{before}{reply.text}"
            if not (tools and reply.calls):
                return replace(reply, text=text, spent=spent)
            if reply.text:
                yield "\n"
                before = f"{text}\n"
            messages.append(Message("assistant", reply.text, calls=reply.calls))
            box.room -= self._model.count(reply.text) + _called(reply, self._model.count)
            answers = box.answer(reply.calls)
            messages.extend(
                Message("tool", told, answers=call.id)
                for call, told in zip(reply.calls, answers, strict=True)
            )
        raise AssertionError  # the last round has no tools

    def _one(
        self, messages: Sequence[Message], tools: tuple[Tool, ...], cited: Cited
    ) -> Generator[str, None, Reply]:
        """Yield one reply as it is written and return it, its citations checked."""
        ask = Ask(tuple(messages), self._most_tokens, tools=tools, temperature=self._temperature)
        written: list[str] = []
        for piece in self._model.stream(ask, within_s=self._within_s):
            if isinstance(piece, Unanswered):
                raise ModelUnavailable(f"The model did not answer: {piece.why}")
            if isinstance(piece, Reply):
                # An adapter may have written nothing before the whole.
                whole = "" if written else cited.feed(piece.text)
                written.append(whole + cited.end())
                yield written[-1]
                return replace(piece, text="".join(written))
            written.append(cited.feed(piece))
            yield written[-1]
        raise ModelUnavailable("The model's answer ended before it was whole.")

    def _keep(
        self, text: str, answer: str, asked: str | None, cited: Cited, box: Toolbox
    ) -> "_Kept":
        """Keep an answer, and the exchange in this conversation.

        Where something was forgotten, the exchange that asked for it says it, and goes too.
        """
        if box.forgotten:
            gone = box.forgotten | ({asked} if asked is not None else set())
            self.forget(gone)
            if asked is not None:
                self._space.forget(turns=[asked])
            return _Kept(None, None, FORGOTTEN)
        answered, why_not = self._answered(text, answer, asked, cited, box)
        if answer:
            turns = frozenset(turn for turn in (asked, answered) if turn is not None)
            self._conversation.add(Exchange(text, answer, turns))
        return _Kept(asked, answered, why_not)

    def _answered(
        self, text: str, answer: str, asked: str | None, cited: Cited, box: Toolbox
    ) -> tuple[str | None, str | None]:
        plain = without_citations(answer).strip()
        if not plain:
            return None, "The model said nothing."
        named = set(cited.citations.values())
        given = sorted((*box.shown, *box.recalled), key=lambda one: one.turn not in named)
        sources = {memory.turn: memory.text for memory in given}
        if asked is not None:
            sources[asked] = text
        return self._keeper.answer(
            plain,
            echo_of=repeated(plain, sources),
            metadata={
                "model": self._model.name,
                "prompt": PROMPT,
                "cites": list(cited.citations.values()),
            },
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the model reads; `room` is how much more it may. A `doubt` is what it is told."""

    messages: list[Message]
    doubt: float | None
    context_tokens: int
    room: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """The turns that both sides are kept as, and why one is not."""

    asked: str | None
    answered: str | None
    why_not: str | None


def _cost(tools: Sequence[Tool], count: Callable[[str], int]) -> int:
    """Return about how many tokens it takes to tell a model of its tools."""
    said = ({"name": one.name, "about": one.about, **one.arguments} for one in tools)
    return sum(count(json.dumps(each)) + PER_MESSAGE for each in said)


def _called(reply: Reply, count: Callable[[str], int]) -> int:
    return sum(count(call.name) + count(call.arguments) + PER_MESSAGE for call in reply.calls)


def _sum(one: Spent, other: Spent) -> Spent:
    def both(left: int | None, right: int | None) -> int | None:
        return None if left is None or right is None else left + right

    return Spent(
        both(one.read, other.read),
        both(one.written, other.written),
        one.seconds + other.seconds,
    )
