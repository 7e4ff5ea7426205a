"""The verbs of `space.feedback`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from memsvc.sdk import feedback_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.feedback import FeedbackInfo, TakenBack

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Feedback:
    """What those who used hits say of them."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def give(
        self,
        turn: str,
        verdict: Literal["helped", "wrong", "outdated"],
        *,
        question: str | None = None,
    ) -> FeedbackInfo:
        """Say what a hit was worth; another verdict of the same key takes this one's place."""
        return self._client.send(
            feedback_calls.give_feedback(self._space, turn, verdict, question=question)
        )

    def list(self, *, turn: str | None = None, page: int = PAGE) -> Iterator[FeedbackInfo]:
        """Walk what is said of turns, of one or of all, in the order of saying."""
        return self._client.walk(
            lambda cursor: feedback_calls.list_feedback(
                self._space, turn=turn, limit=page, cursor=cursor
            )
        )

    def take_back(self, feedback: str) -> TakenBack:
        """Have feedback said no more. Raises `FeedbackNotFound`."""
        return self._client.send(feedback_calls.take_back(self._space, feedback))
