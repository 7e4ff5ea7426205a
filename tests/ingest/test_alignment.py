"""Where a passage stands in texts: verbatim to the letter, or where most of its words are."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.alignment import Gathered, Stretch, gathered, occurrences
from memsvc.ingest.words import words_of

ENGLISH = words_of("english")


def find(passage: str, *texts: str) -> list[str]:
    """Return what of the texts each occurrence covers, turns parted by a bar."""
    return [covered(stretch, texts) for stretch in occurrences(passage, texts)]


def covered(stretch: Stretch, texts: Sequence[str]) -> str:
    if stretch.first == stretch.last:
        return texts[stretch.first][stretch.start : stretch.end]
    between = texts[stretch.first + 1 : stretch.last]
    return "|".join(
        [texts[stretch.first][stretch.start :], *between, texts[stretch.last][: stretch.end]]
    )


@pytest.mark.parametrize(
    ("passage", "text", "expected"),
    [
        ("the red boat", "I saw the red boat sail.", "the red boat"),
        ("The RED\n  boat!", "I saw the red boat sail.", "the red boat"),
        ("don't stop", "Please don\u2019t stop here", "don\u2019t stop"),
        ("resume of Zoe", "The r\u00e9sum\u00e9 of Zo\u00eb.", "r\u00e9sum\u00e9 of Zo\u00eb"),
        ("r\u00e9sum\u00e9", "a resume", "resume"),
        ("well known", "a well-known man", "well-known"),
        ("STRASSE", "die Stra\u00dfe dort", "Stra\u00dfe"),
        (
            "\u8d64\u3044\u8239",
            "\u6d77\u306b\u8d64\u3044\u8239\u304c\u3042\u308b",
            "\u8d64\u3044\u8239",
        ),
        ("a 1,200 b", "A 1200 B", "A 1200 B"),
    ],
)
def test_case_accents_punctuation_and_white_space_do_not_count(
    passage: str, text: str, expected: str
) -> None:
    assert find(passage, text) == [expected]


@pytest.mark.parametrize(
    ("passage", "text"),
    [("art", "start"), ("art", "artist"), ("red boat", "red boats"), ("...", "a."), ("x", "")],
)
def test_a_match_begins_and_ends_where_words_do(passage: str, text: str) -> None:
    assert find(passage, text) == []


def test_a_passage_may_reach_over_several_texts() -> None:
    texts = ("It was late.", "", "Very late", "indeed, she said")

    assert find("was late. Very late indeed", *texts) == ["was late.||Very late|indeed"]


def test_every_occurrence_is_found_in_order() -> None:
    assert list(occurrences("no", ["no, no", "No!"])) == [
        Stretch(0, 0, 0, 2),
        Stretch(0, 4, 0, 6),
        Stretch(1, 0, 1, 2),
    ]


words = st.lists(st.sampled_from(["tea", "Tee", "boat", "\u00e9t\u00e9", "it's", "7"]), max_size=12)


@given(words, words.filter(bool), words)
def test_a_passage_is_found_where_it_was_put(
    before: list[str], passage: list[str], after: list[str]
) -> None:
    text = "zz ".join([*(f"{word} " for word in before), ""])
    start = len(text)
    text += ", ".join(passage) + " zz " + " ".join(after)
    end = start + len(", ".join(passage))

    found = list(occurrences(" ".join(passage).upper(), [text]))

    assert Stretch(0, start, 0, end) in found


def near(passage: str, *texts: str) -> Gathered | None:
    terms = Counter(ENGLISH.terms(passage))
    return gathered(terms, texts, weight=dict.fromkeys(terms, 1.0), terms=ENGLISH.terms)


def test_words_in_another_order_are_found_where_they_stand_together() -> None:
    text = "A boat is nice. Then the red boat sailed to Porto. I like every boat."
    found = near("Porto boat red sailed to", text)

    assert found is not None
    assert covered(found.stretch, [text]) == "red boat sailed to Porto"
    assert found.share == 1.0
    assert found.words == 5


def test_a_passage_that_lost_every_second_word_is_found_whole() -> None:
    said = "we went down to the old harbour and bought three small fish from a friend"
    text = f"Nothing here. {said}. Nothing there."

    found = near(" ".join(said.split()[::2]), text)

    assert found is not None
    assert (found.stretch.start, found.share) == (text.index("we went"), 1.0)


def test_a_word_counts_as_often_as_it_is_wanted_and_there() -> None:
    found = near("fish fish boat boat", "fish fish fish fish")

    assert found is not None
    assert found.share == 0.5


def test_nothing_is_gathered_where_no_word_stands() -> None:
    assert near("fish", "boat", "") is None
    assert near("...", "boat") is None
