"""Which notes are near a new one, and how new the latest were: worlds of three axes."""

import numpy as np

from memsvc.ingest.notes.nearby import LATEST, NEAREST, nearest, usual_novelty

X, Y, Z = np.eye(3, dtype=np.float32)


def between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the unit vector half way between two."""
    both = one + other
    return np.asarray(both / np.linalg.norm(both), dtype=np.float32)


def test_the_nearest_come_first_and_ties_by_place() -> None:
    """With their cosines."""
    found = nearest(X, np.stack([Y, X, between(X, Y), Z]), limit=3)

    assert [one.place for one in found] == [1, 2, 0]
    assert found[0].cosine == 1.0


def test_nearness_is_mutual_unless_five_others_are_nearer() -> None:
    """A note that is near to everybody is near to nobody in particular."""
    crowd = np.stack([X] * (NEAREST + 1))
    near = between(X, Y)

    assert not any(one.is_mutual for one in nearest(near, crowd, limit=2))
    assert all(one.is_mutual for one in nearest(near, crowd[:NEAREST], limit=2))


def test_beside_no_note_there_is_none_near() -> None:
    """The first note of a space."""
    assert nearest(X, np.empty((0, 3), dtype=np.float32), limit=5) == []


def test_novelty_is_that_beside_the_notes_before() -> None:
    """What came later does not make a note less new, and the first has nothing to be new beside."""
    assert usual_novelty(np.stack([X, Y, Y])) == [1.0, 0.0]
    assert usual_novelty(np.stack([X])) == []
    assert usual_novelty(np.empty((0, 3), dtype=np.float32)) == []


def test_only_the_latest_notes_are_looked_at() -> None:
    """So that it costs the same few searches in every space."""
    assert len(usual_novelty(np.stack([X] * (LATEST + 10)))) == LATEST
