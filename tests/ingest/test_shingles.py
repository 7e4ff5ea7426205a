"""How much of a text was said before in the same words."""

from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.shingles import LENGTH, share_said, shingles, words_said

WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=30)


def share(text: str, *others: str) -> float:
    return share_said(shingles(words_said(text)), [shingles(words_said(one)) for one in others])


def test_case_and_punctuation_do_not_count() -> None:
    assert share("Herons stand, in the reeds!", "so HERONS stand in the reeds now") == 1.0


def test_the_same_words_in_another_order_were_not_said() -> None:
    assert share("reeds the in stand herons", "herons stand in the reeds") == 0.0


def test_several_texts_may_have_said_it_together() -> None:
    text = "herons stand in the reeds and swans swim past the mill"

    assert share(text, "herons stand in the reeds", "swans swim past the mill") == 0.5
    assert share(text, "herons stand in the reeds") == 0.25


def test_a_text_shorter_than_a_shingle_was_never_said() -> None:
    assert share("thank you", "thank you") == 0.0


def test_in_scripts_without_spaces_each_character_is_a_word() -> None:
    assert share("我昨天去了北京", "他说我昨天去了北京看朋友") == 1.0


@given(WORDS, WORDS, WORDS)
def test_what_stands_in_a_text_was_said_in_it(
    before: list[str], words: list[str], after: list[str]
) -> None:
    found = share_said(shingles(words), [shingles([*before, *words, *after])])

    assert found == (1.0 if len(words) >= LENGTH else 0.0)


@given(WORDS, st.lists(WORDS, max_size=3))
def test_a_share_is_a_share_and_grows_with_what_was_said(
    words: list[str], others: list[list[str]]
) -> None:
    fewer = share_said(shingles(words), map(shingles, others[:1]))
    more = share_said(shingles(words), map(shingles, others))

    assert 0.0 <= fewer <= more <= 1.0
