from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.extract.mention import Kind
from memsvc.ingest.extract.phrases import phrases, telling


def test_a_phrase_ends_at_function_words_and_punctuation() -> None:
    found = phrases("I repaired the old bicycle chain, and it squeaks again.")

    assert [phrase.name for phrase in found] == ["repaired", "old bicycle chain", "squeaks"]
    assert {phrase.kind for phrase in found} == {Kind.PHRASE}


def test_a_long_run_and_a_short_word_are_no_phrases() -> None:
    assert phrases("big red wooden garden fence post; ok") == []


def test_a_telling_phrase_stands_in_some_texts_and_not_in_many() -> None:
    counts = {"once": 1, "twice": 2, "often": 50, "everywhere": 51}

    assert telling(counts, texts=1_000) == {"twice", "often"}
    assert telling({"twice": 2, "thrice": 3}, texts=4) == {"twice"}


@given(st.text(max_size=300))
def test_any_text_yields_phrases_that_stand_in_it(text: str) -> None:
    for phrase in phrases(text):
        assert text[phrase.span.start : phrase.span.end] == phrase.surface
        assert phrase.name
