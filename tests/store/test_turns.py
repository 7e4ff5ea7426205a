"""Rows of turns: keys rise in the order of writing, however many are written at once."""

from pathlib import Path

import pytest

from tests.store.opened import open_store, say


@pytest.mark.parametrize("count", [1, 2, 1_000, 2_500])
def test_keys_and_positions_rise_in_the_order_in_which_turns_were_given(
    tmp_path: Path, count: int
) -> None:
    """The timeline finds a turn by bisection over its key, so it must hold across statements."""
    with open_store(tmp_path) as store:
        alice = store.space("alice")
        texts = [f"turn {n}" for n in range(count)]
        turns = store.keeping.write(lambda unit: say(unit, alice, texts, ids=store.ids))
        assert [turn.content for turn in turns] == texts == store.texts(alice)
        keys = [turn.key for turn in turns]
        assert keys == sorted(set(keys))
        assert [turn.position for turn in turns] == list(range(2, count + 2))
        with store.keeping.read() as reading:
            assert [turn.id for turn in reading.turns.by_keys(alice.key, keys)] == [
                turn.id for turn in turns
            ]
