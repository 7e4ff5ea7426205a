"""Wire shapes of how new a text is."""

from memsvc.domain.novelty import Novelty
from memsvc.sdk import novelty as wire


def novelty_shape(found: Novelty) -> wire.NoveltyFound:
    """Return how new a text is to a memory."""
    return wire.NoveltyFound(
        novelty=found.novelty,
        verdict=found.verdict,
        nearest=[
            wire.NearestTurn(
                turn=near.turn.id,
                stream=near.turn.stream,
                at=near.turn.at,
                speaker=near.turn.speaker,
                score=near.score,
                text=near.turn.content,
                differs=[
                    wire.Difference(kind=each.kind, theirs=each.theirs, ours=each.ours)
                    for each in near.differs
                ],
            )
            for near in found.nearest
        ],
        sentences=[
            wire.JudgedSentence(
                start=each.span.start,
                end=each.span.end,
                verdict=each.verdict,
                novelty=each.novelty,
            )
            for each in found.sentences
        ],
        position=found.position,
        missing_arms=list(found.missing_arms),
    )
