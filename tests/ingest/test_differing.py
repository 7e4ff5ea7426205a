"""What a sentence says otherwise than a text that nearly holds it."""

from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.novelty import DifferenceKind
from memsvc.ingest.differing import (
    MOST_CHANGED,
    Wording,
    changed,
    differences,
    words_of_text,
)

NEGATION, NUMBER, NAME, WORDS = (
    DifferenceKind.NEGATION,
    DifferenceKind.NUMBER,
    DifferenceKind.NAME,
    DifferenceKind.WORDS,
)
PLAIN = st.text(alphabet="ab ", max_size=60)


def differs(ours: str, theirs: str) -> list[tuple[DifferenceKind, str, str]]:
    found = differences(Wording(ours), Wording(theirs))
    return [(each.kind, each.theirs, each.ours) for each in found]


def share(ours: str, theirs: str) -> float | None:
    return changed(Wording(ours), Wording(theirs))


def test_another_name_is_named() -> None:
    theirs = "Yesterday we went out. Then Ann moved to Lisbon with her dog. It rained."

    assert differs("Then Ann moved to Porto with her dog", theirs) == [(NAME, "Lisbon", "Porto")]


def test_another_number_is_a_number_in_figures_and_in_words() -> None:
    assert differs("We paid 40 euros for tea.", "We paid 35 euros for tea.") == [
        (NUMBER, "35", "40")
    ]
    assert differs("I have two old dogs.", "I have three old dogs.") == [(NUMBER, "three", "two")]
    assert differs("It starts on Monday at home.", "It starts on Friday at home.") == [
        (NUMBER, "Friday", "Monday")
    ]


def test_a_not_that_is_only_on_one_side_is_a_negation() -> None:
    assert differs("I do not eat any meat", "I do eat any meat") == [(NEGATION, "", "not")]
    assert differs("she will come tonight", "she won't come tonight") == [
        (NEGATION, "won't", "will")
    ]


def test_several_differences_come_in_the_order_of_the_sentence() -> None:
    ours = "On the way to school Ann lost 3 keys near the mill."
    theirs = "On the way to school Bea lost 5 keys near the mill."

    assert differs(ours, theirs) == [(NAME, "Bea", "Ann"), (NUMBER, "5", "3")]


def test_case_accents_and_punctuation_are_no_difference() -> None:
    ours, theirs = "the caf\u00e9, in LISBON is open", "The cafe in Lisbon is open!"

    assert share(ours, theirs) == 0.0
    assert differs(ours, theirs) == []


def test_the_share_that_differs_is_of_the_sentences_words() -> None:
    assert share("I ate two apples", "Then I ate three apples at home") == 0.25


def test_a_sentence_of_which_too_much_differs_is_not_altered() -> None:
    ours, theirs = "I ate soup with Ann in May", "I saw herons with Bea in June"

    assert share(ours, theirs) is None
    assert differs(ours, theirs) == []


def test_two_words_are_too_few_to_be_known_by() -> None:
    assert share("thanks Ann", "thanks Bea") is None


def test_scripts_without_spaces_are_compared_by_their_characters() -> None:
    ours, theirs = "我昨天去了北京看朋友", "他说我昨天去了上海看朋友然后回家"

    assert differs(ours, theirs) == [(WORDS, "上海", "北京")]


@given(PLAIN, PLAIN, PLAIN)
def test_what_stands_in_a_text_does_not_differ(before: str, sentence: str, after: str) -> None:
    assert share(sentence, f"{before} {sentence} {after}") in {None, 0.0}


@given(PLAIN, PLAIN)
def test_what_is_altered_is_changed_in_few_words(ours: str, theirs: str) -> None:
    found = share(ours, theirs)

    if found is not None:
        assert found <= max(MOST_CHANGED, 1 / len(words_of_text(ours)))
    assert bool(differs(ours, theirs)) == bool(found)
