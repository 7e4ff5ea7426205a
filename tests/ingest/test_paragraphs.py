"""Blocks become paragraphs of a sensible size, and no word is lost or said twice."""

from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.paragraphs import GATHERED, LARGE, SMALL, clean, paragraphs

SENTENCE = "Herons stand in shallow water and wait for a fish to come near. "


def test_small_blocks_go_together() -> None:
    assert paragraphs(["Birds", "- heron", "- kestrel"]) == ("Birds\n- heron\n- kestrel",)


def test_a_heading_goes_with_what_follows_it() -> None:
    text = SENTENCE * 10

    assert paragraphs(["Herons", text]) == (f"Herons\n{text.strip()}",)


def test_blocks_that_say_enough_stay_apart() -> None:
    text = (SENTENCE * 5).strip()

    assert paragraphs([text, text]) == (text, text)


def test_a_long_list_does_not_become_one_paragraph() -> None:
    found = paragraphs(["- an item of some words"] * 100)

    assert all(len(paragraph) <= GATHERED for paragraph in found)
    assert len(found) > 3


def test_a_long_block_parts_where_sentences_end() -> None:
    found = paragraphs([SENTENCE * 50])

    assert all(SMALL < len(paragraph) <= LARGE for paragraph in found)
    assert all(paragraph.endswith("near.") for paragraph in found)


def test_a_long_block_without_sentences_parts_between_lines_or_words() -> None:
    assert all(line == "a line of code" for line in _lines(["a line of code\n" * 200]))
    assert all(set(part.split()) == {"word"} for part in paragraphs(["word " * 1_000]))


def test_a_word_longer_than_a_paragraph_is_cut() -> None:
    assert [len(part) for part in paragraphs(["x" * (LARGE + 10)])] == [LARGE, 10]


def test_what_says_nothing_is_no_paragraph() -> None:
    assert paragraphs(["", " \n", "---", "* * *", "___"]) == ()


def test_what_cannot_be_stored_is_taken_out() -> None:
    assert clean("a\x00b\ud800c\r\nd  \n\n") == "a b?c\nd"


def test_the_indentation_of_code_stays() -> None:
    assert paragraphs(["    deep\n  less"]) == ("    deep\n  less",)


@given(st.lists(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=3_000)))
def test_every_word_is_kept_once_and_in_order(blocks: list[str]) -> None:
    spoken = [block for block in blocks if any(char.isalnum() for char in clean(block))]
    given_words = "".join("".join(clean(block).split()) for block in spoken)

    assert "".join("".join(part.split()) for part in paragraphs(blocks)) == given_words


@given(st.lists(st.text(max_size=3_000)))
def test_no_paragraph_is_empty_or_too_long(blocks: list[str]) -> None:
    assert all(0 < len(part) <= LARGE for part in paragraphs(blocks))


def _lines(blocks: list[str]) -> list[str]:
    return [line for part in paragraphs(blocks) for line in part.split("\n")]
