"""The store of beginnings: what is found in it, and what it holds at most."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import DynamicCache

from memsvc.llm.prefixes import LEAST, Prefixes, common, spread

pytestmark = pytest.mark.model


def past(length: int, *, rows: int = 1) -> Any:
    """Two layers whose keys and values are the places of their tokens: 64 bytes a token."""
    cache = DynamicCache()
    places = torch.arange(float(length))[None, None, :, None].expand(rows, 1, -1, 4)
    for layer in range(2):
        cache.update(places, -places, layer)
    return cache


def test_the_longest_beginning_that_is_known_is_found() -> None:
    store = Prefixes(10**6)
    store.keep(range(40), past(40))
    store.keep([*range(20), *[99] * 20], past(40))

    known, layers = store.longest([*range(30), 7])

    assert known == 30
    assert layers[0][0].shape == (1, 1, 40, 4)


def test_a_beginning_of_a_few_tokens_is_not_worth_it() -> None:
    store = Prefixes(10**6)
    store.keep(range(LEAST - 1), past(LEAST - 1))
    store.keep(range(100, 150), past(50))

    assert store.longest(range(40)) == (0, ())
    assert store.longest([*range(100, 100 + LEAST - 1), 0]) == (0, ())


def test_a_longer_beginning_takes_the_place_of_a_shorter() -> None:
    store = Prefixes(10**6)
    store.keep(range(20), past(20))
    before = store.size

    store.keep(range(40), past(40))

    assert store.size == 2 * before
    assert store.longest(range(40))[0] == 40


def test_the_one_used_longest_ago_goes_first() -> None:
    store = Prefixes(3 * 20 * 64)
    for start in (0, 100, 200):
        store.keep(range(start, start + 20), past(20))
    store.longest(range(20))

    store.keep(range(300, 320), past(20))

    assert store.size <= 3 * 20 * 64
    assert store.longest(range(20))[0] == 20
    assert store.longest(range(100, 120))[0] == 0


def test_what_alone_is_too_large_is_not_kept() -> None:
    store = Prefixes(64)
    store.keep(range(40), past(40))

    assert store.size == 0


def test_a_past_is_spread_over_rows_and_shares_nothing_with_the_store() -> None:
    store = Prefixes(10**6)
    store.keep(range(40), past(40))

    for _ in range(2):
        found = spread(store.longest(range(40))[1], 30, rows=3)
        assert found.get_seq_length() == 30
        assert found.layers[1].keys.shape == (3, 1, 30, 4)
        assert found.layers[1].keys[2, 0, :, 0].tolist() == list(range(30))
        found.layers[1].keys.zero_()


def test_rows_have_in_common_what_all_begin_with() -> None:
    rows = [np.array(row) for row in ([1, 2, 3], [1, 2, 4, 5], [1, 2])]

    assert common(rows) == 2
    assert common(rows[:1]) == 3
    assert common([np.array([1]), np.array([2])]) == 0
