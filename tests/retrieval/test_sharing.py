"""Which turns share a text's rarest words."""

from retrieval.sharing import RAREST, sharing
from tests.retrieval.small import SmallSpace


def near(space: SmallSpace, text: str, *, least: float = 0.3, limit: int = 3) -> list[int]:
    """Return the numbers of the turns found."""
    found = sharing(text.split(), space.indexes, least=least, limit=limit)
    return [place + 1 for place in found.tolist()]


def test_the_turns_that_hold_most_of_the_words_come_first_and_the_earliest_of_equals() -> None:
    space = SmallSpace((1, "a b x"), (1, "a b c"), (2, "z"), (2, "a b c"))

    assert near(space, "a b c") == [2, 4, 1]
    assert near(space, "a b c", limit=1) == [2]


def test_a_turn_that_holds_too_few_is_none() -> None:
    space = SmallSpace((1, "a b x"), (1, "a y z"))

    assert near(space, "a b c d", least=0.5) == [1]
    assert near(space, "q r s") == []
    assert near(space, "") == []


def test_of_a_long_text_only_the_rarest_words_count() -> None:
    common = [f"c{n}" for n in range(RAREST)]
    space = SmallSpace(*[(1, " ".join(common))] * 3, (2, " ".join(f"r{n}" for n in range(RAREST))))

    assert near(space, " ".join([*common, *(f"r{n}" for n in range(RAREST))])) == [4]


def test_a_deleted_turn_is_not_found() -> None:
    space = SmallSpace((1, "a b c"), (1, "a b c"))
    space.forget(1)

    assert near(space, "a b c") == [2]
