"""What every embedder does, and that the two that run the real model say the same."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from memsvc.llm.fakes import HashingEmbedder, HashingTokens
from memsvc.ports.models import Embedder, Tokens
from tests.models import onnx_embedder, reference_embedder

SENTENCES = (
    "Alice moved to Oslo in March.",
    "Her two cats travelled with her by train.",
    "The cats did not enjoy the journey.",
    "Bob repairs bicycles in a small shop near the harbour.",
    "A new chain and two tyres cost him forty euros.",
    "The harbour freezes over in most winters.",
    "We agreed to meet on Thursday at half past nine.",
    "The meeting was moved to Friday because of the strike.",
    "Trains were cancelled all over the country.",
    "def area(radius): return 3.14159 * radius ** 2",
    "The function returns the area of a circle.",
    "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
    "Convert the number to text before joining the two.",
    "My favourite dish is mushroom risotto with thyme.",
    "She is allergic to peanuts and shellfish.",
    "Please book a table for four, somewhere with vegetarian food.",
    "The restaurant closes at eleven on weekdays.",
    "Photosynthesis turns light, water and carbon dioxide into sugar.",
    "Plants grow towards the light.",
    "The garden needs watering twice a week in summer.",
    "Die Katze schläft auf dem Sofa.",
    "El tren sale a las ocho de la mañana.",
    "東京は日本の首都です。",
    "Yes.",
    "No, thank you.",
    "PostgreSQL keeps old row versions until vacuum removes them.",
    "SQLite has one writer at a time.",
    "The write-ahead log is copied back into the database at a checkpoint.",
    "Grandmother's ring is in the blue box in the attic.",
    "The insurance policy number is 4471-88-203.",
)

EMBEDDERS = [
    pytest.param(HashingEmbedder, id="hashing"),
    pytest.param(onnx_embedder, id="onnx", marks=pytest.mark.model),
    pytest.param(reference_embedder, id="sentence-transformers", marks=pytest.mark.model),
]


@pytest.fixture(params=EMBEDDERS)
def embedder(request: pytest.FixtureRequest) -> Embedder:
    opened: Callable[[], Embedder] = request.param
    return opened()


def test_every_text_becomes_one_row_of_the_stated_dimension(embedder: Embedder) -> None:
    vectors = embedder.embed(SENTENCES)

    assert vectors.shape == (len(SENTENCES), embedder.fingerprint.dimension)
    assert vectors.dtype == np.float32


def test_no_text_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.fingerprint.dimension)


@pytest.mark.parametrize("text", ["", " \n", "!?", "😀", "a\x00b", "x" * 5000])
def test_any_text_has_a_unit_vector(embedder: Embedder, text: str) -> None:
    assert np.linalg.norm(embedder.embed([text])) == pytest.approx(1.0, abs=1e-5)


def test_a_text_has_the_same_vector_alone_and_among_others(embedder: Embedder) -> None:
    together = embedder.embed(SENTENCES)

    alone = np.concatenate([embedder.embed([sentence]) for sentence in SENTENCES])

    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_rows_follow_the_order_of_the_texts(embedder: Embedder) -> None:
    forwards = embedder.embed(SENTENCES)

    backwards = embedder.embed(SENTENCES[::-1])

    np.testing.assert_allclose(forwards, backwards[::-1], atol=1e-5)


def test_the_same_call_gives_the_same_vectors(embedder: Embedder) -> None:
    np.testing.assert_array_equal(embedder.embed(SENTENCES), embedder.embed(SENTENCES))


def test_many_threads_may_embed_at_once(embedder: Embedder) -> None:
    expected = embedder.embed(SENTENCES)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(embedder.embed, [SENTENCES] * 4))
        list(threads.map(embedder.tokens, SENTENCES))

    for answer in answers:
        np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_texts_that_share_words_are_nearer_than_texts_that_share_none(embedder: Embedder) -> None:
    cats, cats_too, database = embedder.embed(
        ["the cats sleep", "the cats sleep a lot", "SQLite locks its file"]
    )

    assert cats @ cats_too > cats @ database + 0.3


def test_a_text_over_the_limit_is_represented_by_its_beginning(embedder: Embedder) -> None:
    beginning = "river " * embedder.max_tokens

    long, longer = embedder.embed([beginning + "mountain " * 50, beginning + "teapot " * 3000])

    np.testing.assert_allclose(long, longer, atol=1e-5)


def test_tokens_stand_where_their_words_stand(embedder: Embedder) -> None:
    text = "Zoë's cat, 東京!"

    tokens = [text[span.start : span.end] for span in embedder.tokens(text)]

    assert "".join(tokens) == text.replace(" ", "")
    assert tokens[-1] == "!"


def test_tokens_are_those_of_the_whole_text_without_markers(embedder: Embedder) -> None:
    text = "river " * 1000

    spans = embedder.tokens(text)

    assert len(spans) == 1000
    assert (spans[-1].start, spans[-1].end) == (5994, 5999)


@pytest.mark.parametrize(
    "text", [*SENTENCES[::3], "", " \n", "a\x00b", "[PAD] <s> \u0130stanbul\u2026", "river " * 1000]
)
def test_as_many_tokens_are_counted_as_are_placed(embedder: Embedder, text: str) -> None:
    assert embedder.count(text) == len(embedder.tokens(text))


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_text_without_words_has_no_tokens(embedder: Embedder, text: str) -> None:
    assert list(embedder.tokens(text)) == []


@pytest.mark.model
def test_onnx_runtime_says_what_sentence_transformers_says() -> None:
    ours, reference = onnx_embedder().embed(SENTENCES), reference_embedder().embed(SENTENCES)

    assert np.sum(ours * reference, axis=1).min() > 0.9999


@pytest.mark.model
def test_onnx_runtime_ranks_as_sentence_transformers_ranks() -> None:
    ours, reference = onnx_embedder().embed(SENTENCES), reference_embedder().embed(SENTENCES)

    def top_ten(vectors: np.typing.NDArray[np.float32]) -> np.typing.NDArray[np.intp]:
        return np.argsort(-(vectors @ vectors.T), axis=1, kind="stable")[:, :10]

    np.testing.assert_array_equal(top_ten(ours), top_ten(reference))


@pytest.mark.model
def test_both_adapters_of_one_model_share_its_fingerprint_and_limits() -> None:
    assert onnx_embedder().fingerprint == reference_embedder().fingerprint
    assert onnx_embedder().max_tokens == reference_embedder().max_tokens == 256
    assert onnx_embedder().fingerprint.model.startswith("all-MiniLM-L6-v2@")


@pytest.mark.model
@pytest.mark.parametrize("text", [*SENTENCES[::7], "Über 12,5 % naïve cafés… \t end"])
def test_both_adapters_of_one_model_find_the_same_tokens(text: str) -> None:
    assert list(onnx_embedder().tokens(text)) == list(reference_embedder().tokens(text))


TELLING = [
    pytest.param(HashingTokens, id="hashing"),
    pytest.param(onnx_embedder, id="onnx", marks=pytest.mark.model),
]


@pytest.fixture(params=TELLING)
def telling(request: pytest.FixtureRequest) -> Embedder:
    """An embedder that tells of tokens."""
    opened: Callable[[], Embedder] = request.param
    embedder = opened()
    if embedder.token_fingerprint is None:
        pytest.skip("the model's folder is from before; `make setup` makes it anew")
    return embedder


def told(embedder: Embedder, texts: Sequence[str]) -> Sequence[Tokens]:
    found = embedder.embed_with_tokens(texts).tokens
    assert found is not None
    return found


def test_one_reading_gives_the_vectors_of_texts_too(embedder: Embedder) -> None:
    found = embedder.embed_with_tokens(SENTENCES)

    np.testing.assert_allclose(found.vectors, embedder.embed(SENTENCES), atol=1e-5)
    assert (found.tokens is None) == (embedder.token_fingerprint is None)


def test_each_token_has_a_unit_vector_in_bytes(telling: Embedder) -> None:
    fingerprint = telling.token_fingerprint
    assert fingerprint is not None

    for text, found in zip(SENTENCES, told(telling, SENTENCES), strict=True):
        assert found.shape == (len(telling.tokens(text)), fingerprint.dimension)
        assert found.dtype == np.int8
        lengths = np.linalg.norm(found.astype(np.float32) / 127, axis=1)
        assert lengths == pytest.approx(np.ones(len(found)), abs=0.05)


def test_a_text_without_words_has_no_vector_of_a_token(telling: Embedder) -> None:
    assert [len(found) for found in told(telling, ["", "one"])] == [0, 1]


def test_no_text_has_no_tokens(telling: Embedder) -> None:
    assert list(told(telling, [])) == []


def test_the_same_word_is_nearer_than_another(telling: Embedder) -> None:
    cat, also, train = (
        found[1].astype(np.float32)
        for found in told(telling, ["My cat sleeps.", "A cat eats.", "The train stops."])
    )

    assert cat @ also > 2 * abs(cat @ train)
