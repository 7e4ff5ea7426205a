"""Runs of turns in which a passage may stand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.passages import FEW, LIKELIEST, MOST_EXACT, Mask, exact, likeliest, runs, wanted
from tests.retrieval.small import SmallSpace


def all_of(space: SmallSpace, *without: int) -> Mask:
    """Return that every turn may answer but those of these numbers."""
    may = np.ones(space.timeline.size, dtype=np.bool_)
    may[[number - 1 for number in without]] = False
    return may


def runs_of(space: SmallSpace, passage: str, *without: int) -> list[list[int]]:
    """Return the runs that are read for a passage, as numbers of turns."""
    may = all_of(space, *without)
    sought = wanted(passage.split(), space.indexes, may=may)
    anchors = exact(sought, space.indexes)
    found = runs(anchors, length=sought.length, timeline=space.timeline, may=may)
    return [[place + 1 for place in run] for run in found]


def test_around_the_rarest_term_there_is_room_for_the_passage() -> None:
    space = SmallSpace((1, "a b c d e f"), (1, "rare b"), (1, "c"), (1, "d e"), (1, "f"), (1, "g"))

    assert runs_of(space, "rare") == [[2]]
    assert runs_of(space, "b c") == [[1, 2, 3]]
    assert runs_of(space, "rare b c d") == [[1, 2, 3, 4]]


def test_a_run_stays_in_its_stream() -> None:
    space = SmallSpace((1, "one"), (2, "two"), (1, "rare"), (2, "three"), (1, "four"))

    assert runs_of(space, "one rare four") == [[1, 3, 5]]


def test_a_run_ends_where_a_turn_may_not_answer_and_passes_over_what_is_gone() -> None:
    space = SmallSpace((1, "one"), (1, "two"), (1, "rare"), (1, "four"), (1, "five"))

    assert runs_of(space, "one two rare four five", 2) == [[3, 4, 5]]
    space.forget(2)
    assert runs_of(space, "one rare four", 2) == [[1, 3, 4, 5]]


def test_what_may_not_answer_leads_nowhere() -> None:
    space = SmallSpace((1, "rare"), (1, "common"))

    assert runs_of(space, "rare", 1) == []
    assert runs_of(space, "unknown words") == []
    assert runs_of(space, "") == []


def test_where_every_term_is_common_only_turns_that_have_all_beside_them_are_read() -> None:
    many = [(n, "thank") for n in range(FEW + 1)] + [(n + 1_000, "you") for n in range(FEW + 1)]
    space = SmallSpace(*many, (5_000, "thank you"), (5_001, "thank"), (5_001, "you"))

    found = runs_of(space, "thank you")

    last = len(many)
    assert found == [[last + 1], [last + 2, last + 3]]


def test_of_very_many_turns_the_earliest_are_read() -> None:
    space = SmallSpace(*((n, "thank you") for n in range(MOST_EXACT + 5)), unembedded=range(9_999))
    sought = wanted(["thank", "you"], space.indexes, may=all_of(space))

    assert exact(sought, space.indexes).tolist() == list(range(MOST_EXACT))


def test_the_likeliest_turns_hold_most_of_the_rare_terms() -> None:
    space = SmallSpace((1, "rare common"), (2, "common"), (3, "rare scarce common"), (4, "other"))
    sought = wanted(["rare", "scarce", "common"], space.indexes, may=all_of(space))

    assert likeliest(sought, space.indexes).tolist()[:2] == [2, 0]
    assert sought.terms == ("scarce", "rare", "common")
    assert list(sought.weights) == sorted(sought.weights, reverse=True)


def test_no_more_turns_are_likely_than_can_be_read() -> None:
    space = SmallSpace(*((n, "word") for n in range(LIKELIEST + 9)))
    sought = wanted(["word"], space.indexes, may=all_of(space))

    assert len(likeliest(sought, space.indexes)) == LIKELIEST


@given(data=st.data())
def test_wherever_a_passage_stands_one_run_holds_all_of_it(data: st.DataObject) -> None:
    texts = data.draw(
        st.lists(
            st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4), min_size=1
        )
    )
    space = SmallSpace(*((1, " ".join(text)) for text in texts), unembedded=range(999))
    said = [(number, word) for number, text in enumerate(texts, 1) for word in text]
    begin = data.draw(st.integers(0, len(said) - 1))
    end = data.draw(st.integers(begin + 1, min(begin + 6, len(said))))

    found = runs_of(space, " ".join(word for _, word in said[begin:end]))

    turns = {number for number, _ in said[begin:end]}
    assert any(turns <= set(run) for run in found)
