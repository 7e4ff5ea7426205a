"""Between the shapes of canaries and what the use cases speak."""

from collections.abc import Sequence

from memsvc.app.canaries import Looked
from memsvc.domain import canary as domain
from memsvc.domain.ids import Position
from memsvc.sdk.canaries import CanaryCheck, CanaryInfo, CanarySighting, PlantedCanaries


def planted_shape(canaries: Sequence[domain.Canary], position: Position) -> PlantedCanaries:
    """Return the canaries of a space."""
    return PlantedCanaries(
        canaries=[
            CanaryInfo(
                id=canary.id,
                turn=canary.turn,
                token=canary.words.token,
                planted_at=canary.planted_at,
                actor=canary.actor,
                stands=canary.stands,
            )
            for canary in canaries
        ],
        position=position,
    )


def looked_shape(looked: Looked) -> CanaryCheck:
    """Return what a look found."""
    return CanaryCheck(
        ok=not looked.sightings,
        canaries=len(looked.canaries),
        gone=sum(not canary.stands for canary in looked.canaries),
        found=[
            CanarySighting(id=one.canary.id, where=one.where, space=one.space, rows=one.rows)
            for one in looked.sightings
        ],
    )
