"""What the service's default finds once the turns say what recorded extractions found in them.

A row of its own beside the default without facts: the same passages are written to a space of
their own, the extractions stated as facts, and the same questions asked.
"""

import time
from collections.abc import Mapping, Sequence

from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.rows import Ranked
from memsvc.evals.reports.report import OURS
from memsvc.evals.scoring.measures import DEEPEST
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.evals.spaces.stating import state_extracted
from memsvc.ingest.extract.triples import Extracted
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import HelpTime

POLL_S = 0.5

ROW = f"{OURS}:openie"
SIFTED_ROW = f"{ROW} +sifted facts"
"""For a service that has a language model."""


def openie_rankings(
    client: Client, asked: Asked, extracted: Sequence[Extracted], *, run: str, sifted: bool = False
) -> Ranked:
    """Return the ids of the turns that the default ranks first, one list a question.

    With `sifted` there is a row more, of walks from the facts that a language model keeps.
    """
    with passing_space(client, f"eval-{run}-{asked.name}-openie") as space:
        own_ids = write_sessions(space, asked)
        state_extracted(space, extracted)
        rows = {ROW: rankings_of(space, asked, own_ids)}
        if sifted:
            while space.enrichment().waiting:
                time.sleep(POLL_S)
            rows[SIFTED_ROW] = rankings_of(space, asked, own_ids, sift_facts="always")
        return rows


def rankings_of(
    space: Space,
    asked: Asked,
    own_ids: Mapping[str, str],
    *,
    sift_facts: HelpTime | None = None,
) -> list[list[str]]:
    """Return the ids of the turns that the default ranks first in a space, a list a question."""
    return [
        [
            own_ids[turn]
            for hit in space.recall(
                question.text,
                k=DEEPEST,
                now=question.asked_at or asked.ended_at,
                sift_facts=sift_facts,
            ).hits
            for turn in hit.turns
        ]
        for question in asked.questions
    ]
