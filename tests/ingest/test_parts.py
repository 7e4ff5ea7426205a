"""Sections become parts whose names can stand in a path and are unique."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from memsvc.domain.document import Section
from memsvc.domain.errors import UnreadableDocument
from memsvc.ingest.parts import MOST_PARTS, part_name, parts_of
from memsvc.sdk.checked import Name

NAME: TypeAdapter[str] = TypeAdapter(Name)


def names(*sections: Section) -> list[str]:
    return [part.name for part in parts_of(sections)]


def under(*headings: str) -> Section:
    return Section(headings, (headings[-1] if headings else "Text.",))


def test_a_part_is_named_by_its_heading_and_titled_by_all_above_it() -> None:
    (part,) = parts_of([under("Setup", "On Linux")])

    assert (part.name, part.title) == ("On Linux", "Setup › On Linux")  # noqa: RUF001  our mark


def test_what_stands_before_any_heading_has_a_name_and_no_title() -> None:
    (part,) = parts_of([under()])

    assert (part.name, part.title) == ("text", None)


def test_a_heading_that_comes_again_is_counted_on() -> None:
    found = names(under("A", "Notes"), under("B", "Notes"), under("Notes 2"), under("Notes"))

    assert found == ["Notes", "Notes 2", "Notes 2 2", "Notes 3"]


@given(st.text(max_size=300))
def test_any_heading_makes_a_name_that_a_path_takes(heading: str) -> None:
    NAME.validate_python(part_name(heading))


@given(st.lists(st.text(max_size=10), max_size=30))
def test_names_are_unique_and_valid(headings: list[str]) -> None:
    found = names(*(Section((heading,), ("Text.",)) for heading in headings), under())

    assert len(set(found)) == len(found)
    for name in found:
        NAME.validate_python(name)


def test_sections_that_say_nothing_make_no_part() -> None:
    assert names(Section(("Empty",), ("---",)), under("Full")) == ["Full"]


def test_a_document_that_says_nothing_is_refused() -> None:
    with pytest.raises(UnreadableDocument) as refused:
        parts_of([Section((), (" ",))])
    assert refused.value.reason == "empty"


def test_too_many_headings_part_only_at_the_upper_ones() -> None:
    sections = [
        section
        for n in range(10)
        for section in (under(f"Chapter {n}"), *(under(f"Chapter {n}", f"{m}") for m in range(60)))
    ]

    found = parts_of(sections)

    assert len(sections) > MOST_PARTS
    assert [part.name for part in found] == [f"Chapter {n}" for n in range(10)]
    assert "\n59" in found[0].paragraphs[-1]


def test_too_many_headings_of_the_first_level_make_one_part() -> None:
    (part,) = parts_of([under(f"{n}") for n in range(MOST_PARTS + 1)])

    assert (part.name, part.title) == ("text", None)
