"""Words: what is one term and what is two, and what a term may consist of."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.errors import InvalidField
from memsvc.ingest.function_words import FUNCTION_WORDS
from memsvc.ingest.words import words_of

ENGLISH = words_of("english")
PLAIN = words_of("none")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Don't stop", ["dont", "stop"]),
        ("don\u2019t", ["dont"]),
        ("Alice's and ALICE\u2019S", ["alic", "and", "alic"]),
        ("rock'n'roll 'quoted'", ["rocknrol", "quot"]),
        ("running runs run", ["run", "run", "run"]),
        ("user_id, e-mail", ["user", "id", "e", "mail"]),
        ("12,500 or 1,2,3 or 3.14", ["12500", "or", "1", "2", "3", "or", "3", "14"]),
        ("GPT4 on 2024-05-01", ["gpt4", "on", "2024", "05", "01"]),
        ("r\u00e9sum\u00e9 Re\u0301sume\u0301 resume", ["resum"] * 3),
        ("\uff26\uff35\uff2c\uff2c width \u00b2 \ufb01ne", ["full", "width", "2", "fine"]),
        ("co\u00adoperate a\u200bb", ["cooper", "ab"]),
        ("", []),
        ("?! \n\t — …", []),
    ],
)
def test_english_terms(text: str, terms: list[str]) -> None:
    assert ENGLISH.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("猫", ["猫"]),
        ("iPhone手机", ["iphone", "手机"]),
        ("서울에서 만나요", ["서울", "울에", "에서", "만나", "나요"]),
        ("ภาษา", ["ภา", "าษ", "ษา"]),
        ("東京、大阪", ["東京", "大阪"]),
    ],
)
def test_scripts_without_spaces_become_pairs_of_characters(text: str, terms: list[str]) -> None:
    assert PLAIN.terms(text) == terms


def test_a_question_in_spaceless_script_meets_the_sentence_it_is_part_of() -> None:
    assert set(PLAIN.terms("東京タワー")) <= set(PLAIN.terms("昨日は東京タワーに行きました。"))


def test_an_apostrophe_parts_two_words_in_french_and_none_in_english() -> None:
    assert words_of("french").terms("l'avion") == ["l", "avion"]
    assert ENGLISH.terms("l'avion") == ["lavion"]


def test_accents_do_not_count_but_the_stemmer_still_reads_them() -> None:
    assert words_of("french").terms("créées créé") == ["cre", "cre"]


def test_stemming_is_that_of_the_language() -> None:
    assert words_of("german").terms("Häuser Haus") == ["haus", "haus"]
    assert words_of("russian").terms("книги книга") == ["книг", "книг"]


def test_without_a_language_words_are_folded_and_not_stemmed() -> None:
    assert PLAIN.terms("Running Café") == ["running", "cafe"]


@pytest.mark.parametrize("code", ["de", "German", " DE "])
def test_a_language_goes_by_its_name_or_its_code(code: str) -> None:
    assert words_of(code).fingerprint == "words-1/german"


def test_an_unknown_language_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(InvalidField, match=r"klingon.*none.*english.*turkish") as refused:
        words_of("klingon")

    assert refused.value.field == "language"


def test_a_very_long_word_counts_by_its_beginning() -> None:
    assert PLAIN.terms("x" * 500) == ["x" * 64]


def test_many_threads_may_share_one_analyzer() -> None:
    texts = [" ".join(f"{word}{i}ings walked" for word in ("run", "jump")) for i in range(2000)]
    alone = [words_of("english").terms(text) for text in texts]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(words_of("english").terms, texts)) == alone


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What did Caroline adopt?", ["carolin", "adopt"]),
        ("Who is Anna's brother?", ["anna", "brother"]),
        ("Where has she been living since 2021?", ["live", "sinc", "2021"]),
        ("What's the best book?", ["best", "book"]),
        ("Which dog, which cat, which dog?", ["dog", "cat", "dog"]),
        ("", []),
    ],
)
def test_a_question_asks_for_what_is_left_without_function_words(
    question: str, asked: list[str]
) -> None:
    assert ENGLISH.asked(question) == asked


@pytest.mark.parametrize("question", ["Who was it?", "To be or not to be", "WHAT?"])
def test_a_question_of_function_words_alone_keeps_them(question: str) -> None:
    assert ENGLISH.asked(question) == ENGLISH.terms(question) != []


def test_texts_keep_their_function_words() -> None:
    assert ENGLISH.terms("Who was it?") == ["who", "was", "it"]


def test_a_language_without_a_list_keeps_every_word_of_a_question() -> None:
    assert "finnish" not in FUNCTION_WORDS
    assert PLAIN.asked("What did she do?") == PLAIN.terms("What did she do?")


@pytest.mark.parametrize("language", FUNCTION_WORDS)
def test_every_function_word_is_left_out_beside_another_word(language: str) -> None:
    analyzer = words_of(language)

    for word in FUNCTION_WORDS[language]:
        assert analyzer.asked(f"{word} 4711") == ["4711"]


@pytest.mark.parametrize("language", FUNCTION_WORDS)
def test_function_words_are_folded(language: str) -> None:
    assert all(word == word.casefold() for word in FUNCTION_WORDS[language])


@pytest.mark.parametrize(
    "question", ["Was machte sie in Lissabon?", "Wo hat sie in Lissabon gewohnt?"]
)
def test_a_german_question_asks_in_german(question: str) -> None:
    assert "lissabon" in words_of("german").asked(question)
    assert not {"was", "wo", "sie", "in", "hat"} & set(words_of("german").asked(question))


languages = st.sampled_from(
    ["none", "arabic", "english", "french", "german", "greek", "hindi", "russian", "tamil",
     "turkish", "yiddish"]
)  # fmt: skip


@given(text=st.text(), language=languages)
def test_terms_hold_letters_and_digits_only(text: str, language: str) -> None:
    """They become tokens of a query language, in which a quote or an asterisk means something."""
    for term in words_of(language).terms(text):
        assert term.isalnum()
        assert 1 <= len(term) <= 64


@given(text=st.text())
def test_case_does_not_count(text: str) -> None:
    assert PLAIN.terms(text.casefold()) == PLAIN.terms(text)


@given(first=st.text(), second=st.text())
def test_texts_on_two_lines_have_the_terms_of_both(first: str, second: str) -> None:
    assert ENGLISH.terms(f"{first}\n{second}") == ENGLISH.terms(first) + ENGLISH.terms(second)


@given(text=st.text(st.sampled_from("whatdogis ?'")), language=languages)
def test_what_is_asked_is_part_of_the_terms_in_their_order(text: str, language: str) -> None:
    analyzer = words_of(language)
    terms = iter(analyzer.terms(text))

    assert all(term in terms for term in analyzer.asked(text))
