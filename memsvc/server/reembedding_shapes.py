"""A change of the embedding model as it travels, and back."""

from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.reembedding import AskedOfBoth, Comparison, ModelNamed, Progress
from memsvc.sdk import reembedding as wire


def progress_shape(found: Progress | None) -> wire.Reembedding:
    """Return how far a change has come; stage `none` for no change."""
    if found is None:
        return wire.Reembedding(stage="none")
    change = found.change
    return wire.Reembedding(
        stage=change.stage.value,
        before=_model(change.before),
        after=_model(change.after),
        present=change.present.fingerprint,
        began_at=change.began_at,
        switched_at=change.switched_at,
        ended_at=change.ended_at,
        turns=found.turns,
        left=found.left,
        rate=found.rate,
        eta_s=found.eta_s,
        missing=found.missing,
        spaces=[
            wire.SpaceReembedding(
                space=each.space, turns=each.turns, left=each.left, parked=each.parked
            )
            for each in found.spaces
        ],
    )


def questions_from(asked: wire.CompareModels) -> list[AskedOfBoth]:
    """Return the questions to ask."""
    return [
        AskedOfBoth(SpaceName(each.space), each.question, tuple(map(TurnId, each.expected)))
        for each in asked.questions
    ]


def compared_shape(found: Comparison) -> wire.ModelsCompared:
    """Return how the answers differ."""
    gain, pins = found.gain, found.pins
    return wire.ModelsCompared(
        questions=len(found.answers),
        k=found.k,
        overlap=found.overlap,
        changed=found.changed,
        lost_first=found.lost_first,
        worse=found.worse,
        gain=None
        if gain is None
        else wire.RecallGain(
            questions=gain.questions,
            before=gain.before,
            after=gain.after,
            low=gain.low,
            high=gain.high,
        ),
        pins=None
        if pins is None
        else wire.PinsCompared(
            questions=pins.questions, left_out=pins.left_out, worse=pins.worse, lost=pins.lost
        ),
        answers=[
            wire.AnsweredByBoth(
                space=each.question.space,
                question=each.question.text,
                pin=None if each.question.pin is None else each.question.pin.id,
                before=list(each.before),
                after=list(each.after),
                overlap=each.overlap,
                lost_first=each.lost_first,
                worse=each.is_worse,
                recall_before=each.recall_before,
                recall_after=each.recall_after,
                lost=list(each.lost),
            )
            for each in found.answers
        ],
    )


def _model(model: ModelNamed) -> wire.EmbeddingModel:
    return wire.EmbeddingModel(name=model.name, fingerprint=model.fingerprint)
