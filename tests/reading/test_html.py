"""What a page says is kept by headings; its machinery is not."""

import pytest

from memsvc.domain.document import Section
from memsvc.reading.html import read_html
from memsvc.reading.markdown import read_markdown


def blocks(page: str) -> list[str]:
    return [block for section in read_html(page).sections for block in section.blocks]


def test_headings_make_sections_and_the_only_first_one_names_the_page() -> None:
    found = read_html(
        "<h1>Guide</h1><p>Intro.<h2>Setup</h2><p>Go.<h3>Linux</h3><p>apt.<h2>End</h2>"
    )

    assert found.title == "Guide"
    assert found.sections == (
        Section((), ("Guide", "Intro.")),
        Section(("Setup",), ("Setup", "Go.")),
        Section(("Setup", "Linux"), ("Linux", "apt.")),
        Section(("End",), ("End",)),
    )


def test_two_first_headings_name_parts_and_not_the_page() -> None:
    found = read_html("<h1>One</h1><p>a<h1>Two</h1><p>b")

    assert found.title is None
    assert [section.headings for section in found.sections] == [("One",), ("Two",)]


def test_the_title_of_the_head_goes_before_the_heading() -> None:
    assert read_html("<title> A\n page </title><h1>Guide</h1>").title == "A page"


def test_rows_items_and_lines_of_code_stay_apart() -> None:
    page = """<ul><li>one<li>two<ul><li>three</ul></ul>
    <table><tr><th>Bird<th>Food<tr><td><p>Heron</p><p>grey</p><td>fish</table>
    <pre>def f():
        return  1</pre><dl><dt>Term<dd>Meaning</dl>a<br>b"""

    assert blocks(page) == [
        "- one",
        "- two",
        "- three",
        "Bird | Food",
        "Heron grey | fish",
        "def f():\n        return  1",
        "Term",
        "Meaning",
        "a\nb",
    ]


def test_white_space_is_one_space_and_inline_elements_part_nothing() -> None:
    assert blocks("<p>Herons  <b>wade</b>\n in <a href=x>water</a>.</p>") == [
        "Herons wade in water."
    ]


@pytest.mark.parametrize(
    "noise",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<noscript>x</noscript>",
        "<template>x</template>",
        "<nav>x</nav>",
        "<footer>x</footer>",
        "<svg><text>x</text></svg>",
        "<select><option>x</select>",
        "<button>x</button>",
        "<div hidden>x</div>",
        '<div aria-hidden="true">x</div>',
        '<div role="navigation">x</div>',
        '<div style="display: none">x</div>',
        "<!-- x -->",
        "<title>x</title>",
    ],
)
def test_machinery_is_no_memory(noise: str) -> None:
    assert blocks(f"<p>before</p>{noise}<p>after</p>") == ["before", "after"]


def test_where_a_page_marks_its_main_text_only_that_is_read() -> None:
    assert blocks("<p>menu</p><main><p>text</p></main><p>more</p>") == ["text"]


def test_the_words_for_a_picture_are_kept() -> None:
    assert blocks('<p>See <img alt="a heron">.</p>') == ["See a heron."]


def test_markdown_is_read_with_tables_code_and_lists() -> None:
    text = (
        "# Guide\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nmake\n  all\n```\n"
    )

    assert read_markdown(text).sections[0].blocks == (
        "Guide",
        "- one",
        "- two",
        "a | b",
        "1 | 2",
        "make\n  all",
    )


def test_front_matter_is_no_text_and_its_title_is_the_documents() -> None:
    found = read_markdown('---\ntitle: "The birds"\ndate: 2026\n---\n# Herons\n\nThey wade.\n')

    assert found.title == "The birds"
    assert found.sections == (Section((), ("Herons", "They wade.")),)


def test_a_ruled_line_is_not_taken_for_front_matter() -> None:
    assert read_markdown("---\n\nText.\n").sections[0].blocks == ("Text.",)
