"""Owe vectors: whatever lacks a vector of a model, in every space, is owed one."""

from datetime import datetime

from memsvc.app.compare import owe_missing_names
from memsvc.domain.memory import Fingerprint, pages
from memsvc.domain.work import BESIDE, Step
from memsvc.ports.keeping import Unit

PAGE = 1_000


def owe_vectors(
    unit: Unit, fingerprint: Fingerprint, *, now: datetime, is_beside: bool = False
) -> int:
    """Owe the vectors of a model to turns, facts, notes and names; return to how many turns.

    `is_beside` for the model beside the one that spaces are recalled by. Looks at every vector that
    there is.
    """

    def step(present: Step) -> Step:
        return BESIDE[present] if is_beside else present

    owed = unit.embeddings.owe_missing(fingerprint, now=now, step=step(Step.EMBED))
    owed += unit.facts.owe_missing(fingerprint, now=now, step=step(Step.FACTS))
    owed += unit.notes.owe_missing(fingerprint, now=now, step=step(Step.NOTE_VECTORS))
    for page in pages(lambda cursor: unit.spaces.page(among=None, after=cursor, limit=PAGE)):
        for space in page.items:
            owed += owe_missing_names(
                unit, space, fingerprint=fingerprint, now=now, step=step(Step.NAMES)
            )
    return owed
