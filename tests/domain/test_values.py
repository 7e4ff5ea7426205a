"""The small promises that values keep."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from memsvc.domain.memory import Fingerprint, Source, Stretch
from memsvc.domain.recall import Filter

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLOSING: list[dict[str, Any]] = [
    {"streams": ("chat",)},
    {"documents": ("guide",)},
    {"speakers": ("Ann",)},
    {"places": ("kitchen",)},
    {"roles": ("user",)},
    {"sources": (Source.USER,)},
    {"user_id": "u"},
    {"agent_id": "a"},
    {"since": NOW},
    {"until": NOW},
    {"metadata": {"a": 1}},
    {"stretch": Stretch(3, 9)},
]


def test_a_filter_without_parts_is_open() -> None:
    assert Filter().is_open
    assert Filter(metadata={}, streams=()).is_open


@pytest.mark.parametrize("part", CLOSING, ids=lambda part: next(iter(part)))
def test_any_part_closes_a_filter(part: dict[str, Any]) -> None:
    assert not Filter(**part).is_open


@pytest.mark.parametrize("part", CLOSING, ids=lambda part: next(iter(part)))
def test_a_filter_is_within_what_it_narrows_and_not_the_other_way_round(
    part: dict[str, Any],
) -> None:
    everything = Filter(**{name: value for each in CLOSING for name, value in each.items()})
    assert everything.is_within(Filter(**part))
    assert Filter(**part).is_within(Filter(**part))
    assert Filter(**part).is_within(Filter())
    assert not Filter().is_within(Filter(**part))
    assert not Filter(**part).is_within(everything)


def test_of_several_that_let_through_all_must_be_within() -> None:
    both = Filter(speakers=("Ann", "Bob"))
    assert Filter(speakers=("Ann",)).is_within(both)
    assert not both.is_within(Filter(speakers=("Ann",)))
    assert not Filter(user_id="u").is_within(Filter(user_id="v"))
    later = Filter(since=NOW + timedelta(days=1))
    assert later.is_within(Filter(since=NOW))
    assert not Filter(since=NOW).is_within(later)
    assert Filter(until=NOW).is_within(Filter(until=NOW + timedelta(days=1)))
    stretch = Filter(stretch=Stretch(3, 9))
    assert stretch.is_within(Filter(stretch=Stretch(3)))
    assert stretch.is_within(Filter())
    assert not Filter(stretch=Stretch(3)).is_within(stretch)
    assert not Filter(stretch=Stretch(2, 9)).is_within(stretch)


def test_a_filter_tells_every_text_that_it_names() -> None:
    everything = Filter(**{name: value for each in CLOSING for name, value in each.items()})
    assert set(everything.texts) == {"chat", "guide", "Ann", "kitchen", "user", "u", "a"}
    assert Filter(metadata={"topic": "food", "n": 3}).texts == ("topic", "food", "n")


def test_every_part_of_a_filter_is_tried_above() -> None:
    assert {name for part in CLOSING for name in part} == {part.name for part in fields(Filter)}


def test_a_fingerprint_reads_model_precision_dimension() -> None:
    assert Fingerprint("mini@1a2b", "fp32", 384).text == "mini@1a2b/fp32/384"
