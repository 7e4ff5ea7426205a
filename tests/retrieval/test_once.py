from hypothesis import given
from hypothesis import strategies as st

from memsvc.ports.vectors import Keys, Scores
from retrieval.once import Once
from tests.retrieval.small import keys, scores


@given(st.lists(st.lists(st.integers(0, 20), unique=True), max_size=6))
def test_every_turn_is_scored_once_whoever_asks_and_in_the_order_asked(
    asked: list[list[int]],
) -> None:
    once, seen = Once(), list[int]()

    def score(new: Keys) -> Scores:
        seen.extend(new.tolist())
        return scores(*(key / 2 for key in new.tolist()))

    for some in asked:
        found = once.nearness(keys(*some), score)
        assert found.tolist() == [key / 2 for key in some]
    assert sorted(seen) == sorted({key for some in asked for key in some})


def test_scores_in_hand_may_be_changed() -> None:
    once = Once()
    for _ in range(2):
        found = once.nearness(keys(1, 2), lambda new: scores(*new.tolist()))
        assert found.tolist() == [1, 2]
        found[:] = 7


def test_what_is_made_is_made_when_it_is_first_asked_for() -> None:
    once, made = Once(), iter(range(9))
    assert [once.value("own", lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    assert once.value("other", lambda: next(made)) == 1
