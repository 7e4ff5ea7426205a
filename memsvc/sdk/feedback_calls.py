"""Requests about feedback, as `memsvc.sdk.calls` has them about everything else."""

from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.faults import valid
from memsvc.sdk.feedback import FeedbackInfo, NewFeedback, TakenBack
from memsvc.sdk.wire import Page


def give_feedback(
    space: str, turn: str, verdict: str, *, question: str | None
) -> Call[FeedbackInfo]:
    """Say what a turn was worth. Repeatable: the same again is answered as it stands."""
    said = {"turn": turn, "verdict": verdict} | ({} if question is None else {"question": question})
    body = valid(NewFeedback, **said)
    about = {"space": space, "turn": turn}
    path = space_path(space, "feedback")
    return Call("POST", path, FeedbackInfo, body=json_body(body), about=about)


def list_feedback(
    space: str, *, turn: str | None = None, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[FeedbackInfo]]:
    """List what is said of turns."""
    return Call(
        "GET",
        space_path(space, "feedback"),
        Page[FeedbackInfo],
        params=given(limit=limit, cursor=cursor, turn=turn),
        about={"space": space} if turn is None else {"space": space, "turn": turn},
    )


def take_back(space: str, feedback: str) -> Call[TakenBack]:
    """Have feedback said no more."""
    about = {"space": space, "feedback": feedback}
    return Call("DELETE", space_path(space, "feedback", feedback), TakenBack, about=about)
