"""Citations are checked while an answer streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.agent.citing import Cited, without_citations

SHOWN = {"m1": "t_1", "m2": "t_2", "m12": "t_12"}
TEXTS = st.lists(
    st.sampled_from(
        ["[", "]", "m1", "m2", "m12", "m9", ", ", ";", " ", "\n", "Lisbon", ".", "[m1]"]
    )
).map("".join)


def passed(*pieces: str) -> tuple[str, Cited]:
    cited = Cited(SHOWN.get)
    return "".join([*(cited.feed(piece) for piece in pieces), cited.end()]), cited


def test_what_was_shown_stays_and_what_was_not_goes_with_the_space_before_it() -> None:
    text, cited = passed("You moved [m1] to Lisbon [m9].")

    assert text == "You moved [m1] to Lisbon."
    assert cited.citations == {"m1": "t_1"}
    assert list(cited.unknown) == ["m9"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("It is so [m1, m9, m2].", "It is so [m1, m2]."),
        ("It is so [m1][m9][m12].", "It is so [m1][m12]."),
        ("It is so [ m2 ; m1 ].", "It is so [m2, m1]."),
        ("Use a[0] and [x].", "Use a[0] and [x]."),
        ("It ends in [m1", "It ends in [m1"),
    ],
)
def test_of_several_handles_those_that_were_shown_stay(written: str, kept: str) -> None:
    assert passed(written)[0] == kept


def test_nothing_of_a_citation_is_seen_before_it_is_clear() -> None:
    cited = Cited(SHOWN.get)

    assert cited.feed("Lisbon") == "Lisbon"
    assert cited.feed(" [") + cited.feed("m") + cited.feed("9") == ""
    assert cited.feed("]. So") == ". So"


@given(TEXTS, st.lists(st.integers(0, 60), max_size=8))
def test_however_an_answer_is_cut_the_same_text_comes_out(text: str, cuts: list[int]) -> None:
    ends = sorted(min(cut, len(text)) for cut in cuts)
    pieces = [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]

    whole, in_pieces = passed(text), passed(*pieces)

    assert in_pieces[0] == whole[0]
    assert in_pieces[1].citations == whole[1].citations
    assert in_pieces[1].unknown == whole[1].unknown


@given(TEXTS)
def test_no_handle_that_was_not_shown_comes_through(text: str) -> None:
    assert "[m9]" not in passed(text)[0]


def test_memory_keeps_an_answer_without_its_handles() -> None:
    assert without_citations("You moved [m1] to Lisbon [m2, m12].") == "You moved to Lisbon."
