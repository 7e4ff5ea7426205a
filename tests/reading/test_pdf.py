"""Paragraphs from the lines of a page."""

from memsvc.reading.pdf import read_pdf
from tests.reading.files import pdf


def blocks(*pages: list[str]) -> list[list[str]]:
    found = read_pdf(pdf(*pages), max_pages=100, max_chars=100_000)
    return [[block for block in section.blocks if block] for section in found.sections]


def test_lines_are_joined_until_one_ends_a_sentence_short_of_the_margin() -> None:
    lines = [
        "Herons stand in shallow water and wait for a",
        "fish to come near. They can wait for hours.",
        "Then they strike.",
        "Kestrels hover over open fields and look for",
        "mice.",
    ]
    assert blocks(lines) == [[" ".join(lines[:3]), " ".join(lines[3:])]]


def test_a_word_parted_at_the_end_of_a_line_is_made_whole() -> None:
    assert blocks(["They wade in shal-", "low water."]) == [["They wade in shallow water."]]


def test_a_hyphen_before_a_capital_stays() -> None:
    assert blocks(["The Anglo-", "Saxon name."]) == [["The Anglo- Saxon name."]]


def test_lines_that_head_and_foot_most_pages_are_left_out() -> None:
    pages = [["Birds of the river", f"Text of page {n}.", f"page {n} of 5"] for n in "12345"]

    assert blocks(*pages) == [[f"Text of page {n}."] for n in "12345"]


def test_on_few_pages_a_line_that_comes_again_is_text() -> None:
    assert blocks(["Birds", "One."], ["Birds", "Two."]) == [["Birds One."], ["Birds Two."]]
