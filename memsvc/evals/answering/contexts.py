"""What a model is given with each question, in three settings beside each other.

After arXiv 2509.18868, which has what a model knows, what a frozen store adds and what a live one
does measured on the same questions: `none`, no memory; `frozen`, the contexts of a store into which
all was written before; `live`, those of a store that is being written, each question asked as soon
as the last session that answers it has been written, so that nothing of later can be mistaken for
its answer and nothing may be late.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion, Session
from memsvc.evals.progress import SPACES, Progress
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.sdk.client import Client, Space

NONE, FROZEN, LIVE = "none", "frozen", "live"
SETTINGS = (NONE, FROZEN, LIVE)


@dataclass(frozen=True, slots=True)
class Ask:
    """One question in one setting; `number` is its place in its space, `turns` are the data's."""

    setting: str
    space: str
    number: int
    question: LabelledQuestion
    context: str | None = None
    turns: tuple[str, ...] = ()

    def key(self, *told: str) -> str:
        """Return what tells this from every other, given what it is told to: model and prompt.

        By the turns of the context and not by its text, which may say when it was made.
        """
        said = (*told, self.setting, self.space, str(self.number), self.question.text, *self.turns)
        return sha256("\0".join(said).encode()).hexdigest()[:20]


def asks_of(
    client: Client, data: DataSet, *, run: str, budget_tokens: int, progress: Progress
) -> list[Ask]:
    """Return every question that has a reference in all settings, contexts recalled.

    Spaces are named as in `memsvc.evals.quality.run.evaluate` and deleted again.
    """
    asks: list[Ask] = []
    for number, asked in enumerate(data.spaces):
        progress(SPACES, number, len(data.spaces))
        with passing_space(client, f"eval-{run}-{asked.name}") as space:
            asks.extend(_of_space(space, asked, budget_tokens=budget_tokens, progress=progress))
    order = {setting: place for place, setting in enumerate(SETTINGS)}
    return sorted(asks, key=lambda ask: order[ask.setting])


def _of_space(
    space: Space, asked: Asked, *, budget_tokens: int, progress: Progress
) -> Iterator[Ask]:
    questions = [(n, q) for n, q in enumerate(asked.questions) if q.answer is not None]
    for number, question in questions:
        yield Ask(NONE, asked.name, number, question)
    own: dict[str, str] = {}
    for place, session in enumerate(asked.sessions):
        progress(asked.name, place, len(asked.sessions))
        own |= write_sessions(space, Asked(asked.name, (session,), ()))
        for number, question in questions:
            if _last(question, asked.sessions) == place:
                yield _recalled(LIVE, space, asked, number, own, budget_tokens)
    for number, _ in questions:
        yield _recalled(FROZEN, space, asked, number, own, budget_tokens)


def _last(question: LabelledQuestion, sessions: Sequence[Session]) -> int:
    """Return the place of the last session that holds evidence."""
    return max(
        place
        for place, session in enumerate(sessions)
        if any(turn.id in question.evidence for turn in session.turns)
    )


def _recalled(  # noqa: PLR0917  what one recall is asked, and of whom
    setting: str, space: Space, asked: Asked, number: int, own: dict[str, str], budget_tokens: int
) -> Ask:
    question = asked.questions[number]
    found = space.recall(question.text, budget_tokens=budget_tokens)
    turns = tuple(own[turn.id] for turn in found.context_turns)
    return Ask(setting, asked.name, number, question, found.context, turns)
