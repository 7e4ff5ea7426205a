"""What two hops cost a recall, measured at sizes that take seconds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.evals.datasets.dataset import Asked, DataSet, LabelledQuestion, Session, Utterance
from memsvc.evals.growth.hops import NEAR, NO_NAME, ON, Copies, OfCopies, measure_hops
from memsvc.llm.fakes import HashingEmbedder

FILM = "Jaws was directed by Spielberg and seen by Many and many"
TEXTS = (FILM, "Spielberg was born in Cincinnati", "it was late")


def films() -> DataSet:
    titles = ("Jaws", "Spielberg", None)
    sessions = tuple(
        Session(f"s{place}", (Utterance(str(place), text),), title)
        for place, (text, title) in enumerate(zip(TEXTS, titles, strict=True))
    )
    asked = tuple(
        LabelledQuestion(text, "two", frozenset("0"))
        for text in ("Where was the director of Jaws born?", "was it late?")
    )
    return DataSet("films", (Asked("films", sessions, asked),))


def test_a_copy_has_names_of_its_own_and_the_words_of_its_original() -> None:
    copies = Copies(TEXTS)
    copied = [copies.copied(FILM, number) for number in range(20)]

    assert copied[0] == FILM
    assert len(set(copied)) > 10
    plain = ["was", "directed", "by", "and", "seen", "by", "Many", "and", "many"]
    for text in copied:
        words = text.split(" ")
        assert [*words[1:4], *words[5:]] == plain
        assert copies.original(text) == FILM


@given(number=st.integers(0, 10**6))
def test_a_name_is_the_same_throughout_a_copy(number: int) -> None:
    copies = Copies(TEXTS)

    film, director = (copies.copied(text, number).split(" ") for text in TEXTS[:2])

    assert film[4] == director[0]


def test_a_copied_text_is_about_as_near_as_it_is_told_to_be() -> None:
    copies = Copies(TEXTS)
    embedder = OfCopies(HashingEmbedder(), copies)
    text = next(one for number in range(1, 9) if (one := copies.copied(FILM, number)) != FILM)

    own, near = embedder.embed([FILM, text])

    assert float(own @ near) == pytest.approx(NEAR, abs=1e-5)
    assert float(np.linalg.norm(near)) == pytest.approx(1, abs=1e-5)


def test_figures_stand_beside_the_whole_recall_and_a_kept_space_is_asked_again(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    one, other = (
        measure_hops(
            tmp_path, [films()], turns=50, embedder=HashingEmbedder(), progress=told.append
        )
        for _ in range(2)
    )

    assert [figure.name for figure in one] == [figure.name for figure in other]
    by_way = {way: [f for f in one if f"{way} (1 asked)" in f.name] for way in (ON, NO_NAME)}
    for p50, p95 in by_way.values():
        assert p50.ratio is not None
        assert 0 <= p50.ratio < 1
        assert p50.beside == "the whole recall"
        assert 0 <= p50.value <= p95.value + 1e-9
    assert by_way[ON][0].value > by_way[NO_NAME][0].value
    assert told[0] == "films: writing 50 turns"
