"""Between the shapes of feedback and what the use cases speak."""

from memsvc.domain import feedback as domain
from memsvc.domain.ids import TurnId
from memsvc.sdk.feedback import FeedbackInfo, NewFeedback


def feedback_from(body: NewFeedback) -> domain.NewFeedback:
    """Return what a request says of a turn."""
    return domain.NewFeedback(TurnId(body.turn), body.verdict, body.question)


def feedback_shape(feedback: domain.Feedback) -> FeedbackInfo:
    """Return what is said of a turn."""
    return FeedbackInfo(
        id=feedback.id,
        turn=feedback.turn,
        verdict=feedback.judgement,
        question=feedback.question,
        actor=feedback.actor,
        at=feedback.at,
        position=feedback.position,
    )
