"""The small promises that values keep."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from memsvc.domain.memory import Fingerprint, Source
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
]


def test_a_filter_without_parts_is_open() -> None:
    assert Filter().is_open
    assert Filter(metadata={}, streams=()).is_open


@pytest.mark.parametrize("part", CLOSING, ids=lambda part: next(iter(part)))
def test_any_part_closes_a_filter(part: dict[str, Any]) -> None:
    assert not Filter(**part).is_open


def test_every_part_of_a_filter_is_tried_above() -> None:
    assert {name for part in CLOSING for name in part} == {part.name for part in fields(Filter)}


def test_a_fingerprint_reads_model_precision_dimension() -> None:
    assert Fingerprint("mini@1a2b", "fp32", 384).text == "mini@1a2b/fp32/384"
