"""A count of tokens that errs on the long side."""

from memsvc.llm.counting import estimated_tokens


def test_words_signs_and_scripts_count_by_what_a_vocabulary_may_have() -> None:
    assert estimated_tokens("") == 0
    assert estimated_tokens("a cat, 12 dogs") == 1 + 1 + 1 + 2 + 2
    assert estimated_tokens("    x = 1\n") == 1 + 1 + 1 + 1 + 1
    assert estimated_tokens("東京") == 3
    assert estimated_tokens("Où") == 1 + 1


def test_what_is_no_word_counts_letter_by_letter() -> None:
    assert estimated_tokens("aGVsbG8gd29ybGQgaGVsbG8=") == 24
    assert estimated_tokens("0123456789abcdef" * 4) == 64


def test_half_a_character_counts() -> None:
    assert estimated_tokens("\ud800") == 2
