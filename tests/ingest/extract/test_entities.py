import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memsvc.domain.memory import Span
from memsvc.ingest.extract.entities import MOST, entities
from memsvc.ingest.extract.mention import Kind, normal


def names(text: str, kind: Kind = Kind.NAME) -> list[str]:
    return [mention.name for mention in entities(text) if mention.kind is kind]


def test_runs_of_capitals_are_names() -> None:
    assert names("I moved from Boston to New York with Ada.") == ["boston", "new york", "ada"]


def test_particles_and_numbers_stand_inside_names() -> None:
    text = "We heard Ludwig van Beethoven and read of Apollo 11 with Vincent van Gogh."

    assert names(text) == ["ludwig van beethoven", "apollo 11", "vincent van gogh"]


def test_and_parts_two_names_where_an_ampersand_joins_one() -> None:
    assert names("We met Ada and Ben at Procter & Gamble.") == ["ada", "ben", "procter gamble"]


def test_a_name_of_a_name_names_both() -> None:
    text = "It was produced by Trent Reznor of Nine Inch Nails at the University of Utah."

    assert names(text) == [
        "trent reznor of nine inch nails",
        "trent reznor",
        "nine inch nails",
        "university of utah",
        "utah",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The dog barks. It is old. What now? Yes, fine.",
        "Thanks a lot! Running helps. Honestly, not much.",
        "Cats sleep all day, and cats eat.",
        "I'm glad that I've come.",
    ],
)
def test_the_capital_of_a_sentence_makes_no_name(text: str) -> None:
    assert names(text) == []


def test_a_name_that_opens_a_sentence_is_found() -> None:
    assert names("Ada called. The Golden Gate is red. However, Ben knew.") == [
        "ada",
        "golden gate",
        "ben",
    ]


def test_one_who_shouts_names_nothing() -> None:
    assert names("PLEASE STOP WRITING TO ME IN CAPITALS ALL THE TIME IT HURTS") == []


def test_possessives_initials_and_spelling_do_not_make_another_name() -> None:
    assert normal("Tolkien's") == normal("TOLKIEN") == "tolkien"
    assert normal("J. R. R. Tolkien") == normal("J.R.R. Tolkien") == "jrr tolkien"
    assert normal("Zoë\u2019s") == "zoë"
    assert normal("The Beatles") == "beatles"
    assert normal("ＡＢＣ") == "abc"  # noqa: RUF001 - wide letters are meant
    assert normal("C++") != normal("C")


def test_a_surname_or_an_acronym_stands_for_the_full_name_in_the_same_text() -> None:
    text = "We met Jan Solovej of the American Chess Federation. Then Solovej left the ACF."

    assert names(text)[-2:] == ["jan solovej", "american chess federation"]


def test_a_short_form_of_two_names_stays_what_it_is() -> None:
    assert names("We asked Ada Miller and Ben Miller. It was Miller who left.")[-1] == "miller"


@pytest.mark.parametrize(
    ("text", "kind", "surface"),
    [
        ("see https://example.org/a?b=c.", Kind.URL, "https://example.org/a?b=c"),
        ("mail ada@example.org now", Kind.EMAIL, "ada@example.org"),
        ("so #LakeLife it is", Kind.HASHTAG, "#LakeLife"),
        ("run `make test` first", Kind.CODE, "make test"),
        ("call open_service() again", Kind.CODE, "open_service()"),
        ("use getUser here", Kind.CODE, "getUser"),
        ("in memsvc.app.recall it is", Kind.CODE, "memsvc.app.recall"),
        ("edit main.py please", Kind.CODE, "main.py"),
        ("fixed in ABC-123", Kind.CODE, "ABC-123"),
        ('I read "The Name of the Wind" again', Kind.QUOTED, "The Name of the Wind"),
        ("ich las „Der Prozess“ noch einmal", Kind.QUOTED, "Der Prozess"),
        ("on 8 May 2023 it rained", Kind.DATE, "8 May 2023"),
        ("on May 8th, 2023 it rained", Kind.DATE, "May 8th, 2023"),
        ("on 2023-05-08 it rained", Kind.DATE, "2023-05-08"),
        ("in 1984 already", Kind.DATE, "1984"),
        ("see you on Tuesday", Kind.DATE, "Tuesday"),
        ("it weighs 12,500 kg", Kind.QUANTITY, "12,500 kg"),
        ("it cost $3.5 million", Kind.QUANTITY, "$3.5 million"),
        ("about 20% more", Kind.QUANTITY, "20%"),
        ("我在看《红楼梦》", Kind.QUOTED, "红楼梦"),
    ],
)
def test_what_has_a_form_is_known_by_it(text: str, kind: Kind, surface: str) -> None:
    assert (kind, surface) in [(mention.kind, mention.surface) for mention in entities(text)]


def test_quoted_speech_and_quoted_words_are_no_terms() -> None:
    text = 'He said "I will come as soon as I have found both of my shoes" and was "late".'

    assert names(text, Kind.QUOTED) == []


@pytest.mark.parametrize(
    "text", ["我叫王小明、住在北京。", "أنا أعيش في القاهرة", "मैं दिल्ली में रहता हूँ"]
)
def test_scripts_without_capitals_yield_nothing_rather_than_anything(text: str) -> None:
    assert entities(text) == []


@pytest.mark.parametrize(
    ("text", "name"), [("Я видел Анну Каренину.", "анну каренину"), ("Είδα την Αθήνα.", "αθήνα")]
)
def test_other_scripts_with_capitals_have_names(text: str, name: str) -> None:
    assert name in names(text)


TEXTS = st.text(max_size=400) | st.from_regex(
    re.compile(r"([A-Z][a-z]{0,5}|of|the|[a-z]{1,5}|\"|\d{1,5}|[.,:@#`/_-]| ){0,60}"),
    fullmatch=True,
)


@given(TEXTS)
@example("A" * 5_000)
@example("A. " * 2_000)
@example('"' * 3_000)
@example("a_" * 3_000)
@example("1," * 3_000)
@example("A of " * 2_000)
def test_any_text_yields_mentions_that_stand_in_it(text: str) -> None:
    found = entities(text)

    assert len(found) <= 3 * MOST
    for mention in found:
        assert text[mention.span.start : mention.span.end] == mention.surface
        assert mention.name


@given(TEXTS)
def test_mentions_overlap_only_where_one_stands_inside_the_other(text: str) -> None:
    spans = [mention.span for mention in entities(text)]

    for n, one in enumerate(spans):
        for other in spans[n + 1 :]:
            assert apart(one, other) or inside(other, one)


def apart(one: Span, other: Span) -> bool:
    return one.end <= other.start or other.end <= one.start


def inside(one: Span, other: Span) -> bool:
    return other.start <= one.start and one.end <= other.end


@given(st.text(max_size=60))
def test_a_normal_name_is_its_own_normal_name(surface: str) -> None:
    assert normal(normal(surface)) == normal(surface)


SENTENCES = st.sampled_from(
    [
        "We met Grace Hopper in Arlington.",
        "Nobody knew why it rained on 8 May 2023.",
        'Then I read "The Hobbit" to Rosa.',
        "Mail ada@example.org about open_service().",
        "It was a quiet day.",
    ]
)


@given(st.lists(SENTENCES, min_size=1, max_size=5))
def test_several_sentences_name_what_each_of_them_names(sentences: list[str]) -> None:
    together = {mention.name for mention in entities(" ".join(sentences))}

    assert together == {mention.name for one in sentences for mention in entities(one)}


@pytest.mark.parametrize(
    "piece", ["A", "A ", "a.", "Aa of ", '"x', "1.", "a_", "A.", "@a.", "(#", "A'"]
)
def test_no_text_takes_more_than_its_length(piece: str) -> None:
    """Twenty thousand characters of the worst: with nested repeats they would take minutes."""
    text = piece * (20_000 // len(piece))

    begun = time.process_time()
    entities(text)

    assert time.process_time() - begun < 2.0
