"""What a model may do with memory by function calling: search, remember, correct, forget.

What it writes as arguments is untrusted. It is parsed strictly by the tool's own shape, and what
does not fit is answered with an error that the model can read and mend. A memory is named by a
handle that this conversation has shown, so no tool reaches what the model has not seen; and nothing
is forgotten before whoever uses the agent has seen what would go, and said yes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memsvc.agent.said import Memory, Use
from memsvc.agent.shown import Handles, chosen, frame
from memsvc.domain.errors import Conflict, InvalidRequest, NotFound, Refused, TooManyTurns
from memsvc.domain.memory import Source
from memsvc.ports.language import Call, Tool
from memsvc.sdk.client import Space
from memsvc.sdk.corrections import at_once, correcting
from memsvc.sdk.receipts import Forgotten
from memsvc.sdk.wire import Filters

Confirm = Callable[[Forgotten], bool]
"""Shown what would be forgotten (a dry run); True when it may go."""

TOLD_TO_THE_MODEL = (InvalidRequest, NotFound, Conflict, Refused, TooManyTurns)
"""Errors of the service that the model is told: it asked for something that cannot be."""

MOST_CALLS = 8
"""Calls of one reply that are answered; more are told that they are too many."""

HELD = "it was held in quarantine, and waits there for somebody to release it."

KNOWN = "known"
"""The verdict of `Space.novelty` on a text that memory holds already."""


class Arguments(BaseModel):
    """What a tool is given: nothing but this, and of these very types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Search(Arguments):
    """Look in memory for what is not shown yet."""

    query: str = Field(min_length=1, max_length=2_000, description="What to look for, in words.")
    limit: int = Field(default=5, ge=1, le=20, description="How many memories at most.")


class Remember(Arguments):
    """Keep one thing that the user asks to be remembered, in a sentence that stands by itself."""

    text: str = Field(min_length=1, max_length=4_000, description="The sentence.")


class Correct(Arguments):
    """Say that a memory is not so or no longer so, and what is so."""

    memory: str = Field(description="The handle of the memory, such as m3.")
    text: str = Field(min_length=1, max_length=4_000, description="What is so, in a sentence.")
    verdict: Literal["wrong", "outdated"] = Field(
        default="outdated", description="wrong if it never was so, outdated if it was so once."
    )
    reason: str = Field(default="", max_length=300, description="Why, in a few words.")


class Forget(Arguments):
    """Forget memories for good, because the user asks for it; the user is asked before."""

    memories: list[str] = Field(
        min_length=1, max_length=20, description="Their handles, such as m3."
    )


class Wrong(Exception):
    """A call that cannot be answered, with the sentence that the model is told."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Toolbox:
    """The tools of one turn of chat, and what came of using them.

    `room` is how many tokens the model may still read; what it finds is held to that. Without
    `confirm` there is no tool to forget by.
    """

    space: Space
    handles: Handles
    count: Callable[[str], int]
    room: int
    budget_tokens: int
    shown: Sequence[Memory] = ()
    confirm: Confirm | None = None
    filters: Filters | Mapping[str, Any] | None = None
    user_id: str | None = None
    agent_id: str | None = None
    recalled: list[Memory] = field(default_factory=list)
    used: list[Use] = field(default_factory=list)
    forgotten: set[str] = field(default_factory=set)

    SHAPES: ClassVar[dict[str, type[Arguments]]] = {
        "search": Search,
        "remember": Remember,
        "correct": Correct,
        "forget": Forget,
    }

    def offered(self) -> tuple[Tool, ...]:
        """Return the tools that the model may call."""
        return tuple(
            Tool(name, (shape.__doc__ or "").strip(), _schema(shape))
            for name, shape in self.SHAPES.items()
            if name != "forget" or self.confirm is not None
        )

    def answer(self, calls: Sequence[Call]) -> list[str]:
        """Do what is called for, in order, and return what the model is told of each."""
        answers = []
        for place, call in enumerate(calls):
            told = (
                self._answer(call)
                if place < MOST_CALLS
                else f"error: more than {MOST_CALLS} calls at once; this one was not made."
            )
            self.room -= self.count(told)
            self.used.append(Use(call.name, call.arguments, told))
            answers.append(told)
        return answers

    def _answer(self, call: Call) -> str:
        try:
            return self._do(self._read(call))
        except Wrong as error:
            return f"error: {error.why}"
        except TOLD_TO_THE_MODEL as error:
            return f"error: {error.detail}"

    def _read(self, call: Call) -> Arguments:
        names = [tool.name for tool in self.offered()]
        if call.name not in names:
            raise Wrong(f"there is no tool {call.name!r:.60}; there are {', '.join(names)}.")
        try:
            return self.SHAPES[call.name].model_validate_json(call.arguments or "{}")
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "arguments"
            raise Wrong(f"{where}: {first['msg']}.") from error

    def _do(self, arguments: Arguments) -> str:
        match arguments:
            case Search():
                return self._search(arguments)
            case Remember():
                return self._remember(arguments)
            case Correct():
                return self._correct(arguments)
            case Forget():
                return self._forget(arguments)
        raise NotImplementedError(type(arguments).__name__)

    def _search(self, asked: Search) -> str:
        budget = min(self.budget_tokens, self.room)
        if budget < 1:
            raise Wrong("there is no room for more memories; answer with what there is.")
        found = self.space.recall(
            asked.query, k=asked.limit, budget_tokens=budget, filters=self.filters
        )
        new = chosen(
            found,
            handles=self.handles,
            budget_tokens=budget,
            count=self.count,
            apart_from={memory.turn for memory in (*self.shown, *self.recalled)},
        )
        self.recalled.extend(new)
        return frame(new) if new else "nothing that is not shown already"

    def _remember(self, asked: Remember) -> str:
        """Keep it, unless memory holds it in these words: what is known is not said twice."""
        found = self.space.novelty(asked.text, k=1)
        if found.verdict == KNOWN:
            return "memory holds this already; nothing was kept"
        return f"kept as {self.handles.of(self._note(asked.text))}"

    def _correct(self, asked: Correct) -> str:
        written = at_once(
            correcting(
                self.space,
                self._turn(asked.memory),
                asked.text,
                source=Source.AGENT,
                verdict=asked.verdict,
                reason=asked.reason.strip() or None,
                user_id=self.user_id,
                agent_id=self.agent_id,
            )
        )
        if written.held:
            raise Wrong(HELD)
        handle = self.handles.of(written.turns[0].id)
        return f"{asked.memory} counts as {asked.verdict}; what is so is kept as {handle}"

    def _forget(self, asked: Forget) -> str:
        turns = [self._turn(handle) for handle in dict.fromkeys(asked.memories)]
        would_go = self.space.forget(turns=turns, dry_run=True)
        if self.confirm is None or not self.confirm(would_go):
            raise Wrong("the user said no; nothing was forgotten.")
        done = self.space.forget(turns=turns)
        self.forgotten.update(turns)
        self.handles.forget(set(turns))
        return f"forgot {done.counts.turns} turns for good; do not repeat what they said"

    def _note(self, text: str) -> str:
        """Keep a note of the agent's, and return the turn that it is."""
        note = self.space.notes.create(
            text, source=Source.AGENT, user_id=self.user_id, agent_id=self.agent_id
        )
        if note.held is not None:
            raise Wrong(HELD)
        return note.turn

    def _turn(self, handle: str) -> str:
        turn = self.handles.turn(handle.strip().strip("[]"))
        if not turn:
            raise Wrong(f"no memory {handle!r:.40} has been shown; use a handle that has.")
        return turn


def _schema(shape: type[Arguments]) -> dict[str, Any]:
    """Return a shape as JSON schema, without the titles that only cost tokens."""
    made = shape.model_json_schema()
    properties = {
        name: {word: said for word, said in each.items() if word != "title"}
        for name, each in made["properties"].items()
    }
    kept = {word: said for word, said in made.items() if word not in {"title", "description"}}
    return {**kept, "properties": properties}
