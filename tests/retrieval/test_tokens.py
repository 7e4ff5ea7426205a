"""Word by word: spaces in which every word is a direction of its own, to be summed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from memsvc.domain.memory import Span
from memsvc.llm.fakes import HashingTokens
from memsvc.ports.tokens import TokensOf
from memsvc.ports.vectors import Keys
from retrieval import tokens
from retrieval.arms import Dense, Lexical
from retrieval.pool import Ask, Pool
from retrieval.stages import Fuse
from retrieval.tokens import (
    AROUND,
    BEST,
    ByToken,
    FuseByToken,
    TokensAsked,
    question_tokens,
)
from tests.retrieval.small import SmallSpace, keys

MODEL = HashingTokens(512)
PLAIN = Fuse(((Dense(), 1.0), (Lexical(), 1.0)))
FUSE = FuseByToken(Fuse(((Dense(), 1.0),)), weight=1.0, otherwise=PLAIN)


@dataclass
class Shelf:
    """What is kept of turns 1, 2, 3 and so on, and which of them somebody read."""

    texts: Sequence[str]
    without: Sequence[int] = ()
    read: list[int] = field(default_factory=list)

    def of(self, turns: Keys) -> TokensOf:
        self.read.extend(turns.tolist())
        kept = [key for key in turns.tolist() if key not in self.without]
        found = MODEL.embed_with_tokens([self.texts[key - 1] for key in kept]).tokens
        assert found is not None
        return TokensOf(
            keys(*kept),
            np.array([len(own) for own in found], dtype=np.int64),
            np.concatenate([np.empty((0, 512), dtype=np.int8), *found]),
        )


def asking(
    question: str, *turns: tuple[int, str], without: Sequence[int] = (), hidden: Keys | None = None
) -> tuple[Ask, Shelf]:
    """Ask a small space word by word, each word as telling as the others."""
    shelf = Shelf([text for _, text in turns], without)
    found = MODEL.embed_with_tokens([question]).tokens
    assert found is not None
    asked = TokensAsked(found[0], np.ones(len(found[0]), dtype=np.float32), shelf.of)
    ask = SmallSpace(*turns).ask(question)
    return replace(ask, tokens=asked, without=ask.without if hidden is None else hidden), shelf


def test_a_turn_is_worth_the_part_of_the_question_that_stands_in_it() -> None:
    ask, _ = asking("red sea", (1, "red sea"), (2, "red tea"), (3, "stone"))

    assert ByToken().score(ask, keys(1, 2, 3)).tolist() == pytest.approx([1.0, 0.5, 0.0])


def test_a_word_beside_a_turn_counts_for_it_too_and_each_word_once() -> None:
    """Both turns of stream 1 hold one of the two words; the turn of stream 2 stands alone."""
    ask, _ = asking("red sea", (1, "red tea"), (1, "blue sea"), (2, "red"))

    found = ByToken().score(ask, keys(1, 2, 3)).tolist()

    assert found == pytest.approx([(1 + AROUND) / 2, (1 + AROUND) / 2, 0.5])


def test_words_beside_a_long_turn_count_less_and_in_the_end_nothing() -> None:
    """Of 80 terms half of a neighbour's word is left, and of 400 nothing."""
    longer, longest = ("stone " * 80).strip(), ("stone " * 400).strip()
    ask, _ = asking("sea", (1, longer), (1, "sea"), (2, longest), (2, "sea"))

    found = ByToken().score(ask, keys(1, 2, 3, 4)).tolist()

    assert found == pytest.approx([AROUND / 2, 1.0, 0.0, 1.0])


def test_a_neighbour_is_heard_where_it_is_read_and_nobody_is_read_to_be_heard() -> None:
    ask, shelf = asking("sea", (1, "stone"), (1, "sea"))

    assert ByToken().score(ask, keys(1)).tolist() == [0.0]
    assert shelf.read == [1]


def test_a_filter_chooses_who_answers_and_not_who_is_heard() -> None:
    ask, _ = asking("sea", (1, "stone"), (1, "sea"))

    found = ByToken().score(replace(ask, among=keys(1)), keys(1)).tolist()

    assert found == pytest.approx([AROUND])


def test_a_neighbour_that_the_question_may_not_see_lends_no_word() -> None:
    ask, shelf = asking("sea", (1, "stone"), (1, "sea"), hidden=keys(2))

    assert ByToken().score(replace(ask, among=keys(1)), keys(1)).tolist() == [0.0]
    assert shelf.read == [1]


def test_a_rare_word_weighs_more_and_one_that_nobody_said_most() -> None:
    space = SmallSpace((1, "red"), (1, "red tea"), (2, "red sea"))
    found = MODEL.embed_with_tokens(["red tea wine"]).tokens
    assert found is not None
    spans = MODEL.tokens("red tea wine")
    asked = question_tokens("red tea wine", spans, found[0], str.split)
    assert asked is not None

    red, tea, wine = asked.weighed(space.ask("red tea").by_term, space.timeline).tolist()

    assert red == pytest.approx(np.log(1 + 0.5 / 3.5))
    assert tea == pytest.approx(np.log(1 + 2.5 / 1.5))
    assert red < tea < wine


def test_parts_of_a_word_have_the_term_of_the_whole_and_empty_words_are_left_out() -> None:
    text = "Is oolong?"
    spans = [Span(0, 2), Span(3, 6), Span(6, 9), Span(9, 10)]
    vectors = np.full((4, 8), 127, dtype=np.int8)

    def terms_of(word: str) -> list[str]:
        return [word.lower()] if word.isalnum() and word != "Is" else []

    asked = question_tokens(text, spans, vectors, terms_of)

    assert asked is not None
    assert asked.terms == ("oolong", "oolong")
    assert asked.vectors.shape == (2, 8)
    assert question_tokens("Is?", spans[:1], vectors, terms_of) is None


def test_a_turn_without_words_holds_nothing() -> None:
    ask, _ = asking("red", (1, ""), (2, "red"), (3, ""))

    assert ByToken().score(ask, keys(1, 2, 3)).tolist() == [0.0, 1.0, 0.0]


def test_words_move_up_the_turn_that_holds_them_together() -> None:
    ask, _ = asking("red sea", (1, "red red red"), (2, "red sea stone wood"))

    after = FUSE.run(ask, Pool(keys=keys(1, 2)))

    assert after.arms["tokens"].tolist() == pytest.approx([0.5, 1.0])
    assert after.keys[after.best_first()].tolist() == [2, 1]
    assert after.score.tolist() == pytest.approx(
        np.sum(list(after.shares.values()), axis=0).tolist()
    )


@pytest.mark.parametrize("missing", [1, 2])
def test_where_one_candidate_has_no_tokens_the_others_are_not_preferred_for_theirs(
    missing: int,
) -> None:
    ask, _ = asking("red sea", (1, "red sea"), (2, "red"), without=[missing])
    candidates = Pool(keys=keys(1, 2))

    after = FUSE.run(ask, candidates)

    assert "tokens" not in after.arms
    assert after.score.tolist() == PLAIN.run(ask, candidates).score.tolist()


def test_only_the_best_candidates_are_read() -> None:
    turns = [(number, f"tea {number}") for number in range(BEST + 5)]
    ask, shelf = asking("tea", *turns)

    after = FUSE.run(ask, Pool(keys=np.arange(1, BEST + 6)))

    assert len(shelf.read) == BEST
    assert np.isnan(after.arms["tokens"]).sum() == 5


def test_long_candidates_are_read_until_they_are_too_long_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "LONGEST", 5)
    ask, shelf = asking("tea", (1, "tea tea tea"), (2, "tea sea sea"), (3, "sea sea sea"))

    FUSE.run(ask, Pool(keys=keys(1, 2, 3)))

    assert shelf.read == [1]


def test_several_spaces_have_one_scale_of_words() -> None:
    """Half of the question stands in the best turn of the second space, so it is worth half."""
    asks = [
        asking("red sea", (1, "red sea"), (2, "x"))[0],
        asking("red sea", (1, "red"), (2, "x"))[0],
    ]
    pools = [FUSE.run(ask, Pool(keys=keys(1, 2))) for ask in asks]

    first, second = FUSE.level(pools)

    assert first.shares["tokens"].tolist() == pytest.approx([0.5, 0.0])
    assert second.shares["tokens"].tolist() == pytest.approx([0.25, 0.0])


def test_a_space_without_tokens_keeps_its_own_weights_beside_one_that_has_them() -> None:
    has, _ = asking("red", (1, "red"), (2, "x"))
    lacks, _ = asking("red", (1, "red"), (2, "x"), without=[1, 2])
    pools = [FUSE.run(ask, Pool(keys=keys(1, 2))) for ask in (has, lacks)]

    first, second = FUSE.level(pools)

    assert set(first.shares) == {"dense", "tokens"}
    assert set(second.shares) == {"dense", "lexical"}
    assert first.score.tolist() == pytest.approx([1.0, 0.0])
    assert second.score.tolist() == pytest.approx([1.0, 0.0])
