"""What everything that tells surprise does, whatever it expects."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from memsvc.llm.causal import open_causal, surprisal_of
from memsvc.llm.fakes import CountingSurprisal
from memsvc.llm.local import open_local
from memsvc.llm.openai_sending import Endpoint, Sending
from memsvc.llm.openai_surprisal import HttpSurprisal
from memsvc.ports.models import Passage, Surprisal, Surprise
from tests.llm.stub import serving
from tests.llm.tiny import tiny_causal, tiny_sliding

LINES = (
    "Alice moved to Oslo in March.\n",
    "She took her two cats with her, by train!\n",
    "Où est la gare? 東京タワーは赤い。 😀\n",
    "The cats did not enjoy it.\n",
    "Alice moved to Oslo in March.\n",
)
CONTEXT_TOKENS = 63


def counting(_: Path) -> Surprisal:
    return CountingSurprisal(context_tokens=CONTEXT_TOKENS)


def causal(folder: Path) -> Surprisal:
    return open_causal(str(tiny_causal(folder)), device="cpu")


def shared(folder: Path) -> Surprisal:
    """The model answers asks too."""
    return surprisal_of(open_local(str(tiny_causal(folder)), device="cpu"))


def sliced(folder: Path) -> Surprisal:
    """The head puts out two tokens' numbers at a time or so: the least that is ever needed."""
    return open_causal(str(tiny_causal(folder)), device="cpu", logits=700)


def without_opening(folder: Path) -> Surprisal:
    return open_causal(str(tiny_causal(folder, opening=False)), device="cpu")


@contextmanager
def over_http(_: Path) -> Iterator[Surprisal]:
    with serving() as stub:
        sending = Sending(Endpoint(stub.url, "counting"))
        yield HttpSurprisal(sending, context_tokens=4 * CONTEXT_TOKENS)
        sending.close()


def sliding(folder: Path) -> Surprisal:
    return open_causal(str(tiny_sliding(folder)), device="cpu", window=64)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(counting, id="counting"),
        pytest.param(over_http, id="http"),
        pytest.param(causal, id="causal", marks=pytest.mark.model),
        pytest.param(shared, id="shared", marks=pytest.mark.model),
        pytest.param(sliced, id="sliced", marks=pytest.mark.model),
        pytest.param(without_opening, id="without-opening", marks=pytest.mark.model),
        pytest.param(sliding, id="sliding", marks=pytest.mark.model),
    ],
)
def surprisal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Surprisal]:
    opened: Callable[[Path], Surprisal | AbstractContextManager[Surprisal]] = request.param
    lent = opened(tmp_path_factory.mktemp("model"))
    with ExitStack() as stack:
        yield stack.enter_context(lent) if isinstance(lent, AbstractContextManager) else lent


def same(one: list[Surprise | None], other: list[Surprise | None]) -> bool:
    """Tell whether two answers agree, up to how batches of other shapes round."""
    return len(one) == len(other) and all(
        a == b if a is None or b is None else a == pytest.approx(b, abs=1e-4)
        for a, b in zip(one, other, strict=True)
    )


def test_every_text_has_a_mean_and_a_most_in_nats(surprisal: Surprisal) -> None:
    (told,) = surprisal.of([Passage(LINES)])

    assert len(told) == len(LINES)
    assert all(one is not None and 0 <= one.mean <= one.most < math.inf for one in told)


def test_texts_of_a_stream_are_judged_by_all_before_them(surprisal: Surprisal) -> None:
    (together,) = surprisal.of([Passage(LINES)])

    alone = surprisal.of([Passage([line]) for line in LINES])

    agree = [same([one], other) for one, other in zip(together, alone, strict=True)]
    assert agree == [True, False, False, False, False]


def test_no_passage_and_a_passage_of_no_text_have_no_answers(surprisal: Surprisal) -> None:
    assert surprisal.of([]) == []
    assert surprisal.of([Passage([]), Passage([], "Alice moved.\n")]) == [[], []]


def test_an_empty_text_has_no_surprise_and_changes_none(surprisal: Surprisal) -> None:
    (told,) = surprisal.of([Passage(LINES)])

    (among,) = surprisal.of([Passage(["", *LINES[:2], "", "", *LINES[2:], ""])])

    assert [among[place] for place in (0, 3, 4, 8)] == [None] * 4
    assert same([*among[1:3], *among[5:8]], told)


@pytest.mark.parametrize("context", ["", "Alice moved.\n"])
def test_a_passage_of_empty_texts_alone_has_no_surprise(surprisal: Surprisal, context: str) -> None:
    assert surprisal.of([Passage(["", ""], context)]) == [[None, None]]


@pytest.mark.parametrize("times", [1, 30])
def test_a_stream_told_in_two_calls_is_told_as_in_one(surprisal: Surprisal, times: int) -> None:
    """Also when it is many windows long: where a call begins moves no window."""
    lines = LINES * times
    (told,) = surprisal.of([Passage(lines)])

    for cut in (1, len(lines) // 2, len(lines) - 1):
        (first,) = surprisal.of([Passage(lines[:cut])])
        (rest,) = surprisal.of([Passage(lines[cut:], "".join(lines[:cut]))])
        assert same([*first, *rest], told)


def test_passages_know_nothing_of_each_other(surprisal: Surprisal) -> None:
    passages = [
        Passage(LINES),
        Passage(LINES[3:], "Bob repairs bicycles.\n"),
        Passage([]),
        Passage([""]),
        Passage(["a"]),
        Passage(["The cats did not enjoy the journey. " * 40, *LINES]),
        Passage(LINES[:1], "cold and late " * 100),
    ]

    together = surprisal.of(passages)

    alone = [surprisal.of([passage])[0] for passage in passages]
    assert all(same(one, other) for one, other in zip(together, alone, strict=True))


def test_no_text_is_cut_however_long(surprisal: Surprisal) -> None:
    """The most of a text of many windows is the greatest of its pieces'."""
    pieces = [f" the {word}{number}" for number in range(100) for word in ("cats", "train")]

    (whole,) = surprisal.of([Passage(["".join(pieces)])])

    (apart,) = surprisal.of([Passage(pieces)])
    mosts = [one.most for one in apart if one is not None]
    assert len(mosts) == len(pieces)
    assert whole[0] is not None
    assert whole[0].most == pytest.approx(max(mosts), abs=1e-4)


def test_what_stands_too_far_before_is_not_seen(surprisal: Surprisal) -> None:
    near = "cold and late " * (2 * surprisal.context_tokens)

    ones, twos = surprisal.of(
        [Passage(LINES, f"{far} " * (3 * surprisal.context_tokens) + near) for far in "12"]
    )

    assert ones == twos


def test_what_stands_near_before_is_seen(surprisal: Surprisal) -> None:
    ones, twos = surprisal.of([Passage([" the cats"], context) for context in ("the", "bikes")])

    assert not same(ones, twos)


def test_the_same_call_tells_the_same(surprisal: Surprisal) -> None:
    assert surprisal.of([Passage(LINES)]) == surprisal.of([Passage(LINES)])


def test_many_threads_may_ask_at_once(surprisal: Surprisal) -> None:
    expected = surprisal.of([Passage(LINES)])

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(surprisal.of, [[Passage(LINES)]] * 8))

    assert answers == [expected] * 8


def test_a_fingerprint_ends_with_precision_and_window(surprisal: Surprisal) -> None:
    _, precision, window = surprisal.fingerprint.split("/")

    assert precision in {"exact", "fp32", "served"}
    assert int(window) >= surprisal.context_tokens
