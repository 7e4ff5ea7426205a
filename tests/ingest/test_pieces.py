"""Pieces: a long text is cut whole, in order, where its sentences end."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.memory import Span
from memsvc.ingest.pieces import pieces, sentences


def tokens_of(text: str) -> list[Span]:
    return [Span(*match.span()) for match in re.finditer(r"\w+|[^\w\s]", text)]


def cut(text: str, limit: int) -> list[str]:
    return [text[p.start : p.end] for p in pieces(text, tokens_of(text), limit=limit)]


def test_a_text_within_the_limit_is_one_piece() -> None:
    assert cut(" One two. Three. ", 6) == [" One two. Three. "]


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_text_without_words_is_one_piece(text: str) -> None:
    assert cut(text, 1) == [text]


def test_each_piece_takes_as_many_sentences_as_fit() -> None:
    assert cut("One two. Three four. Five six.", 6) == ["One two. Three four. ", "Five six."]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Is it? He said yes and left", "Is it? "),
        ('"Go now." He left at once', '"Go now." '),
        ("a title\nand a long line below", "a title\n"),
        ("这 是。那 是 一 个 长 句", "这 是。"),
        ("pi is 3.14 and e is less", "pi is 3.14 "),  # a dot inside a number ends no sentence
    ],
)
def test_where_a_sentence_ends(text: str, first: str) -> None:
    assert cut(text, 5)[0] == first


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three", ["One.", " Two!", " Three"]),
        ("A title\n\nBelow it. \n ", ["A title\n\n", "Below it. \n "]),
        ("\n\nOne.", ["\n\nOne."]),
        ("", []),
        (" \n ", [" \n "]),
    ],
)
def test_a_text_falls_into_its_sentences(text: str, found: list[str]) -> None:
    assert [text[span.start : span.end] for span in sentences(text)] == found


@given(st.text(alphabet="ab .!\n"))
def test_the_sentences_together_are_the_text_and_each_says_something(text: str) -> None:
    found = [text[span.start : span.end] for span in sentences(text)]

    assert "".join(found) == text
    assert all(each.strip() for each in found) or len(found) == 1


def test_a_sentence_over_the_limit_is_cut_between_words() -> None:
    assert cut("it isn't over until it's over", 4) == ["it isn't ", "over until ", "it's over"]


def test_a_word_over_the_limit_is_cut_between_tokens() -> None:
    assert cut("a/b/c/d/e", 4) == ["a/b/", "c/d/", "e"]


def test_tokens_that_share_a_character_stay_together() -> None:
    """A byte-level tokenizer makes several tokens of one emoji."""
    shared = [Span(0, 1)] * 3 + [Span(1, 2)] * 3

    assert pieces("😀😀", shared, limit=2) == [Span(0, 1), Span(1, 2)]


texts = st.text(st.sampled_from("ab.!? \n。'é"), max_size=200)
limits = st.integers(1, 40)


@given(text=texts, limit=limits)
def test_the_pieces_together_are_the_text(text: str, limit: int) -> None:
    assert "".join(cut(text, limit)) == text


@given(text=texts, limit=limits)
def test_no_piece_is_over_the_limit_and_no_token_is_parted(text: str, limit: int) -> None:
    found = cut(text, limit)

    assert all(len(tokens_of(piece)) <= limit for piece in found)
    assert sum(len(tokens_of(piece)) for piece in found) == len(tokens_of(text))


@given(text=texts, limit=limits)
def test_only_a_text_without_tokens_has_a_piece_without_one(text: str, limit: int) -> None:
    assert all(tokens_of(piece) for piece in cut(text, limit)) or not tokens_of(text)


@given(words=st.lists(st.integers(1, 9), min_size=1, max_size=40), limit=st.integers(10, 30))
def test_no_piece_could_take_one_sentence_more(words: list[int], limit: int) -> None:
    text = " ".join(" ".join(["word"] * count) + "." for count in words)

    found = cut(text, limit)

    for piece, following in pairwise(found):
        next_sentence = following.split(".")[0] + "."
        assert len(tokens_of(piece)) + len(tokens_of(next_sentence)) > limit


@given(widths=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=60), limit=limits)
def test_any_spans_in_order_are_cut_into_pieces_in_order(
    widths: list[tuple[int, int]], limit: int
) -> None:
    spans, at = [], 0
    for step, width in widths:
        at += step
        spans.append(Span(at, at + width))
    text = "x" * (at + 3)

    found = pieces(text, spans, limit=limit)

    assert (found[0].start, found[-1].end) == (0, len(text))
    assert all(one.end == two.start > one.start for one, two in pairwise(found))
