"""What the service's default finds once a language model has read the turns: recorded, replayed.

The model is one that answers from recorded extractions. So all of enrichment is measured, from
the job that a write leaves to the facts that turns say, and its figure is to be that of the same
extractions stated as facts (`memsvc.evals.quality.openie`).
"""

import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from memsvc.config import Settings
from memsvc.domain.errors import ModelUnavailable
from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.rows import Ranked
from memsvc.evals.quality.openie import rankings_of
from memsvc.evals.reports.report import OURS
from memsvc.evals.spaces.sessions import passing_space, write_sessions
from memsvc.ingest.extract.triples import Extracted
from memsvc.local import open_with
from memsvc.ports.language import Ask, Odds, Offers, Reply, Spent, Unanswered
from memsvc.prompts.rendering import data
from memsvc.prompts.shapes import (
    MOST_ENTITIES,
    MOST_TRIPLES,
    Entities,
    Triple,
    Triples,
)
from memsvc.sdk.client import Space
from memsvc.wiring import open_service

ROW = f"{OURS}:replayed"

POLL_S = 0.5

_OPENING, _CLOSING = "<passage>\n", "\n</passage>"


class RecordedExtractions:
    """A `LanguageModel` that knows the recorded answers about passages, and of others nothing.

    What does not fit the shape of an answer it does not say, as one that is held to it would not.
    """

    name = "recorded-extractions"
    context_tokens = 1_000_000

    def __init__(self, extracted: Sequence[Extracted]) -> None:
        self._by_text = {_plain(data(each.passage)): each for each in extracted}

    def offers(self) -> Offers:
        """Say that its answers fit their schemas."""
        return Offers(schemas=True, choices=False, tools=False)

    def count(self, text: str) -> int:
        """Return how many words `text` has."""
        return len(text.split())

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return the recorded answers, in the order of the asks."""
        if within_s <= 0:
            return [Unanswered("time ran out", is_late=True)] * len(asks)
        return [self._reply(ask) for ask in asks]

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the recorded answer, whole."""
        yield from self.replies([ask], within_s=within_s)

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Raise `ModelUnavailable`: none were recorded."""
        raise ModelUnavailable(
            f"No odds of {len(choices)} choices were recorded for {len(asks)} asks ({within_s} s)."
        )

    def _reply(self, ask: Ask) -> Reply:
        asked = ask.messages[-1].content
        _, _, rest = asked.partition(_OPENING)
        passage, _, behind = rest.partition(_CLOSING)
        found = self._by_text.get(_plain(passage))
        if found is None:
            found = Extracted(passage, (), ())
        said = _triples(found) if "<entities>" in behind else _entities(found)
        text = said.model_dump_json()
        return Reply(text, Spent(self.count(asked), self.count(text), 0.0))


def replayed_rankings(asked: Asked, extracted: Sequence[Extracted], *, run: str) -> Ranked:
    """Return the ids of the turns that the default ranks first, one list a question.

    Opens a service of its own in this process.
    """
    opening = partial(open_service, language_model=RecordedExtractions(extracted))
    with tempfile.TemporaryDirectory(prefix="memsvc-replayed-") as folder:
        settings = Settings(data=Path(folder) / "data")
        with (
            open_with(settings, open_service=opening) as client,
            passing_space(client, f"eval-{run}-{asked.name}-replayed") as space,
        ):
            only_facts = {"judging": False, "notes": False, "profile": False, "titles": False}
            space.configure(version=0, improving=only_facts)
            own_ids = write_sessions(space, asked)
            wait_until_read(space)
            return {ROW: rankings_of(space, asked, own_ids)}


def wait_until_read(space: Space) -> None:
    """Wait until nothing is owed any more."""
    while space.enrichment().waiting:
        time.sleep(POLL_S)


def _entities(found: Extracted) -> Entities:
    names = found.entities or tuple(triple.subject for triple in found.triples)
    written = [name for name in names if _fits(Entities, {"entities": [name]})]
    return Entities(entities=written[:MOST_ENTITIES])


def _triples(found: Extracted) -> Triples:
    told = [
        {"subject": each.subject, "relation": each.relation, "object": each.object}
        for each in found.triples
    ]
    fit = [Triple(**each) for each in told if _fits(Triples, {"triples": [each]})]
    return Triples(triples=fit[:MOST_TRIPLES])


def _fits(shape: type[Entities] | type[Triples], said: object) -> bool:
    try:
        shape.model_validate_json(json.dumps(said))
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    return " ".join(text.split())
