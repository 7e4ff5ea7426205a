"""What is measured of notes: on data small enough to follow a link by hand."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from memsvc.config import Settings
from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion, Session, Utterance
from memsvc.evals.peers.note_ground import NoteGround, ground_of
from memsvc.evals.quality.notes import Grounds, Present, evaluate_notes, note_recipes
from memsvc.evals.reports.report import OURS
from memsvc.evals.spaces.passing import passing_service
from memsvc.evals.spaces.sessions import write_sessions
from memsvc.ingest.words import words_of
from memsvc.llm.fakes import HashingEmbedder
from memsvc.sdk.client import Client
from retrieval.recipes import RECIPES

ENGLISH = words_of("english")
BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)
VETS = (
    "Oscar the guinea pig went to the vet.",
    "Oscar the guinea pig went to the vet again.",
    "Rain fell all day over the harbour.",
)
PETS = Asked(
    "pets",
    tuple(
        Session(f"s{number}", (Utterance(f"s{number}:0", text, at=BEGAN.replace(day=number + 1)),))
        for number, text in enumerate(VETS)
    ),
    (
        LabelledQuestion("Which vet did Oscar see?", "1", frozenset({"s0:0", "s1:0"})),
        LabelledQuestion("Where did rain fall?", "4", frozenset({"s2:0"})),
    ),
)


def ground(*events: int) -> NoteGround:
    """Make the notes of three turns that are cut into these events."""
    return ground_of(
        PETS, np.array(events, dtype=np.int64), embedder=HashingEmbedder(), analyzer=ENGLISH
    )


@pytest.fixture(scope="module")
def present() -> Present:
    """What the recipes of the service look at."""
    return Present()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, present: Present) -> Iterator[Client]:
    """A service that has the recipes of notes."""
    folder: Path = tmp_path_factory.mktemp("notes")
    with passing_service(
        Settings(data=folder, embedder="hashing"),
        embedder=HashingEmbedder(),
        recipes=RECIPES | dict(note_recipes(present)),
    ) as client:
        yield client


def test_notes_on_the_same_are_linked_and_a_link_is_read_from_both_ends() -> None:
    """The rain is no part of it."""
    (link,) = ground(0, 1, 2).links

    assert (link.start, link.end) == (1, 0)
    joined = ground(0, 1, 2).joined
    assert joined[0, 1] == joined[1, 0] == pytest.approx(link.score)
    assert joined[2].sum() == 0


def test_turns_of_one_event_share_a_note() -> None:
    """Numbers of notes follow those of events."""
    made = ground(5, 5, 9)

    assert made.of_turn.tolist() == [0, 0, 1]
    assert len(made.vectors) == 2


def test_every_row_is_asked_every_question(client: Client, present: Present) -> None:
    before = {space.name for space in client.spaces()}  # other tests have theirs
    """And with three turns, all of them fit into every context."""
    data = DataSet("small", (PETS,))

    report = evaluate_notes(
        client,
        data,
        present=present,
        embedder=HashingEmbedder(),
        analyzer=ENGLISH,
        run="test",
        today=date(2026, 1, 1),
    )

    assert {row.name for row in report.rows} == {OURS, *note_recipes(present)}
    assert report.settings["notes"] == 3
    assert report.settings["links"] == 1
    for row in report.rows:
        assert row.overall.estimates["context@1000"].mean == 1.0
        assert set(row.categories) == {"1", "4"}
    assert {one.against for one in report.differences} == {OURS}
    assert {space.name for space in client.spaces()} == before


def test_a_followed_link_raises_what_it_leads_to(client: Client, present: Present) -> None:
    """One visit to the vet is found over the other, and `why` says so."""
    space = client.space("links")
    write_sessions(space, PETS)
    present.grounds = Grounds(ground(0, 1, 2), ground(0, 1, 2))

    hits = space.recall("What of the vet?", recipe="links followed").hits
    plain = space.recall("What of the vet?").hits

    assert {hit.text for hit in hits[:2]} == set(VETS[:2])
    led = [hit for hit in hits if hit.why["links"].share > 0]
    assert {hit.text for hit in led} <= set(VETS[:2])
    assert led[0].score > next(hit.score for hit in plain if hit.text == led[0].text)


def test_the_five_best_keep_their_places_where_that_is_asked(
    client: Client, present: Present
) -> None:
    """Links raise what follows them up to there, and no further."""
    sessions = tuple(
        Session(f"d{n}", (Utterance(f"d{n}:0", f"{VETS[n % 2]} {n}", at=BEGAN.replace(day=n + 1)),))
        for n in range(12)
    )
    many = Asked("many", sessions, ())
    space = client.space("many")
    write_sessions(space, many)
    every = np.arange(12, dtype=np.int64)
    made = ground_of(many, every, embedder=HashingEmbedder(), analyzer=ENGLISH)
    present.grounds = Grounds(made, made)

    plain = [hit.id for hit in space.recall("Which vet did Oscar see?", k=12).hits]
    below, followed = (
        [hit.id for hit in space.recall("Which vet did Oscar see?", k=12, recipe=one).hits]
        for one in ("links below five", "links followed")
    )

    assert made.links
    assert below[:5] == plain[:5]
    assert followed != plain
