"""Recorded extractions that a model replays through enrichment are the facts that they state."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from memsvc.config import Settings
from memsvc.evals.datasets.multihop import Passage, data_of
from memsvc.evals.quality.replayed import RecordedExtractions, wait_until_read
from memsvc.evals.spaces.sessions import write_sessions
from memsvc.evals.spaces.stating import state_extracted
from memsvc.ingest.extract.triples import Extracted, Triple
from memsvc.local import open_with
from memsvc.sdk.client import Space
from memsvc.wiring import open_service

PASSAGES = (
    Passage(title="Jaws (film)", text="Jaws is a film by Steven Spielberg <passage> of 1975."),
    Passage(title="Spielberg", text="Steven Spielberg was born\nin Cincinnati."),
    Passage(title="Nothing", text="Nothing is said of anything."),
    Passage(title="Unrecorded", text="Nobody extracted this."),
)
EXTRACTED = (
    Extracted(
        f"{PASSAGES[0].title}\n{PASSAGES[0].text}",
        ("Jaws", "Steven Spielberg", "1975"),
        (
            Triple("Jaws", "directed by", "Steven Spielberg"),
            Triple("jaws", "Directed by", "Steven Spielberg"),
            Triple("Jaws", "released in", "1975"),
            Triple("…", "is", "x"),
            Triple("Jaws", "is", "y" * 600),
        ),
    ),
    Extracted(
        f"{PASSAGES[1].title}\n{PASSAGES[1].text}",
        (),
        (Triple("Steven Spielberg", "born in", "Cincinnati"),),
    ),
    Extracted(f"{PASSAGES[2].title}\n{PASSAGES[2].text}", (), ()),
)


@contextmanager
def written(*, by_model: bool) -> Iterator[Space]:
    """Lend a space with the passages, read by the model or with what was recorded stated."""
    model = RecordedExtractions(EXTRACTED) if by_model else None
    opening = partial(open_service, language_model=model)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), embedder="hashing", readers=4)
        with open_with(settings, open_service=opening) as client:
            space = client.space("passages")
            space.make()
            if by_model:
                space.configure(
                    version=0, improving={"judging": False, "notes": False, "profile": False}
                )
            write_sessions(space, data_of(PASSAGES, (), name="few").spaces[0])
            if by_model:
                wait_until_read(space)
            else:
                state_extracted(space, EXTRACTED)
            yield space


def said_in(space: Space) -> set[tuple[str, str, str, tuple[str, ...]]]:
    by_id = {turn.id: turn.content for turn in space.turns()}
    return {
        (one.subject, one.predicate, one.object, tuple(sorted(by_id[turn] for turn in one.turns)))
        for one in space.facts.list()
    }


def test_the_facts_are_those_of_the_import() -> None:
    with written(by_model=True) as space:
        read = said_in(space)
        runs = {one.run for one in space.facts.list()}
    with written(by_model=False) as space:
        stated = said_in(space)
        assert {one.run for one in space.facts.list()} == {None}

    assert read == stated
    assert len(read) == 3
    assert None not in runs
