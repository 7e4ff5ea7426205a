"""Surprise from a server that echoes prompts: windows by bytes, and tokens by their texts."""

from collections.abc import Iterator

import pytest

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.openai_sending import Endpoint, Sending
from memsvc.llm.openai_surprisal import HttpSurprisal, places, windows
from memsvc.ports.models import Passage
from tests.llm.stub import Stub, serving


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as lent:
        yield lent


def asked(stub: Stub, passages: list[Passage]) -> object:
    sending = Sending(Endpoint(stub.url, "org/small"), sleep=lambda _s: None)
    try:
        surprisal = HttpSurprisal(sending, context_tokens=100)
        assert surprisal.fingerprint == "org-small/served/98"
        return surprisal.of(passages)
    finally:
        sending.close()


def test_windows_tell_of_everything_once_and_begin_half_a_window_apart() -> None:
    text = "one two six ten " * 8

    found = list(windows(text, first=0, size=32))

    assert [text[first:end] for _, end, first in found] == [
        "one two six ten one two six ten",
        *[" one two six ten"] * 6,
        " ",
    ]
    assert all(end - start <= 32 for start, end, _ in found)
    assert [start for start, _, _ in found][:3] == [0, 15, 31]


def test_windows_are_cut_by_bytes_and_move_with_nothing_behind_them() -> None:
    text = "東京タワーは赤い" * 20

    found = list(windows(text, first=0, size=64))

    assert all(len(text[start:end].encode()) <= 64 for start, end, _ in found)
    assert list(windows(text[:100], first=0, size=64))[:-1] == found[:8]


def test_windows_of_what_stands_before_alone_are_not_read() -> None:
    found = list(windows("word " * 100, first=480, size=32))

    assert found[0][1] > 480
    assert found[0][2] == 480


@pytest.mark.parametrize(
    ("text", "tokens", "begins"),
    [
        ("a cat", ["a", " cat", "!"], [0, 1]),
        ("a cat", ["<s>", "a", " cat", "!"], [0, 1]),
        ("a cat", ["a", "cat", "!"], [0, 1]),
        ("a 😀 b", ["a", " \ufffd", "\ufffd", "\ufffd", " b"], [0, 1, 2, 2, 3]),
        ("a 😀 b", ["a", " ", "", "", "😀", " b"], [0, 1, 2, 2, 2, 3]),
        ("😀", ["bytes:\\xf0\\x9f", "bytes:\\x98\\x80", "!"], [0, 0]),
        ("a cat", ["x"], None),
        ("a cat", ["a"], None),
        ("a cat", ["a", " dog"], None),
        ("a cat", [], None),
    ],
)
def test_tokens_are_placed_by_their_texts(
    text: str, tokens: list[str], begins: list[int] | None
) -> None:
    found = places(text, [(token, -1.0) for token in tokens])

    assert (None if found is None else [place for place, _ in found]) == begins


def test_a_server_that_does_not_tell_of_prompts_is_told_apart(stub: Stub) -> None:
    stub.echoes = False

    with pytest.raises(ModelUnavailable, match="does not tell the odds of a prompt's tokens"):
        asked(stub, [Passage(["Alice has two cats."])])


def test_a_server_that_refuses_is_told_in_its_own_words(stub: Stub) -> None:
    stub.faults = [lambda handler: handler.send(400, b'{"error": "no echo here"}')]

    with pytest.raises(ModelUnavailable, match="no echo here"):
        asked(stub, [Passage(["Alice has two cats."])])


def test_no_server_is_no_server() -> None:
    surprisal = HttpSurprisal(
        Sending(Endpoint("nowhere", "small"), sleep=lambda _s: None), context_tokens=100
    )

    with pytest.raises(ModelUnavailable, match="No model answers"):
        surprisal.of([Passage(["Alice"])])
