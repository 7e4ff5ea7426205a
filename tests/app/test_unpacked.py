"""A packed context taken apart again, however an agent wrote it back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.app.pack import unpacked
from memsvc.domain.recall import ContextOrder
from tests.app.small import ask, remember, said
from tests.worlds import World

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def context(world: World) -> str:
    remember(
        world,
        said("Herons stand\nin the reeds.", at=NOON, speaker="Ann"),
        said("Swans swim [past] the mill.", at=NOON, speaker="Bea | C"),
    )
    return ask(world, "herons and swans").context


def test_a_context_is_taken_apart_into_the_texts_it_was_packed_of(world: World) -> None:
    items, rest = unpacked(f"Here is what I know.\n{context(world)}\nShall I go on?")

    assert sorted(items) == ["Herons stand\nin the reeds.", "Swans swim [past] the mill."]
    assert rest.split("\n")[0] == "Here is what I know."
    assert rest.endswith("Shall I go on?")


@pytest.mark.parametrize("how", [{"order": order} for order in ContextOrder] + [{"repeat": True}])
def test_however_a_context_is_packed_nothing_of_its_frame_is_left(
    world: World, how: dict[str, Any]
) -> None:
    context(world)
    packed = ask(world, "herons and swans", **how).context

    items, rest = unpacked(f"I know this:\n{packed}\nand no more.")

    assert sorted(items) == ["Herons stand\nin the reeds.", "Swans swim [past] the mill."]
    assert rest.split() == ["I", "know", "this:", "and", "no", "more."]


def test_items_are_known_without_the_frame_and_on_one_line(world: World) -> None:
    lines = context(world).splitlines()[2:-1]

    items, rest = unpacked("I recall: " + " ".join(lines))

    assert len(items) == 2
    assert rest == "I recall:"


def test_a_text_that_quotes_nothing_has_no_item() -> None:
    for text in ("", "[2024-05-01] noted", "We met at 12:00 UTC | and left.", "</recalled-memory>"):
        assert unpacked(text)[0] == []


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    items, rest = unpacked(f"{text} UTC | {text}")

    assert all(isinstance(item, str) for item in items)
    assert items or rest
