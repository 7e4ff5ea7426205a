"""What the service's default finds once the turns say what recorded extractions found in them.

A row of its own beside the default without facts: the same passages are written to a space of
their own, the extractions stated as facts, and the same questions asked.
"""

from collections.abc import Mapping, Sequence

from memsvc.evals.dataset import Asked
from memsvc.evals.measures import DEEPEST
from memsvc.evals.report import OURS
from memsvc.evals.run import Ranked, passing_space, write_sessions
from memsvc.evals.stating import state_extracted
from memsvc.ingest.extract.triples import Extracted
from memsvc.sdk.client import Client, Space

ROW = f"{OURS}:openie"


def openie_rankings(
    client: Client, asked: Asked, extracted: Sequence[Extracted], *, run: str
) -> Ranked:
    """Return the ids of the turns that the default ranks first, one list a question."""
    with passing_space(client, f"eval-{run}-{asked.name}-openie") as space:
        own_ids = write_sessions(space, asked)
        state_extracted(space, extracted)
        return {ROW: rankings_of(space, asked, own_ids)}


def rankings_of(space: Space, asked: Asked, own_ids: Mapping[str, str]) -> list[list[str]]:
    """Return the ids of the turns that the default ranks first in a space, a list a question."""
    return [
        [
            own_ids[turn]
            for hit in space.recall(
                question.text, k=DEEPEST, now=question.asked_at or asked.ended_at
            ).hits
            for turn in hit.turns
        ]
        for question in asked.questions
    ]
