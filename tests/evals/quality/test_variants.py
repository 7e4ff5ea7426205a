"""Variants that only an evaluation asks for."""

from memsvc.evals.quality.variants import by_sixes, variants, ways_without
from tests.retrieval.small import SmallSpace


def test_events_of_six_are_six_turns_of_one_stream_each() -> None:
    space = SmallSpace(*[(1 + number % 2, "tea") for number in range(16)])

    numbers = by_sixes(space.indexes).tolist()

    assert numbers[0::2] == [0] * 6 + [1] * 2
    assert numbers[1::2] == [2] * 6 + [3] * 2


def test_every_variant_is_a_row_and_few_of_them_measure_contexts() -> None:
    ways = ways_without()

    assert {way.recipe for way in ways.values()} == {*variants(), "default"}
    assert [name for name, way in ways.items() if way.with_contexts] == [
        "memsvc -contiguity",
        "memsvc filled",
        "memsvc kind=event",
    ]
