"""The way a space is cut has one list of fields on the wire, and it is that of the domain."""

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from memsvc.domain.episode import Segmentation
from memsvc.sdk.wire import SegmentationInfo, SegmentationSaid


@pytest.mark.parametrize("shape", [SegmentationSaid, SegmentationInfo])
def test_every_field_of_the_domain_travels_and_no_other(
    shape: type[SegmentationSaid | SegmentationInfo],
) -> None:
    assert list(shape.model_fields) == [each.name for each in fields(Segmentation)]


@pytest.mark.parametrize("shape", [SegmentationSaid, SegmentationInfo])
def test_what_is_left_out_is_the_default_of_the_domain(
    shape: type[SegmentationSaid | SegmentationInfo],
) -> None:
    assert shape().model_dump() == asdict(Segmentation())


def test_the_defaults_lie_within_their_own_bounds() -> None:
    said = SegmentationSaid.model_validate(asdict(Segmentation()))

    assert said == SegmentationSaid()


def test_the_table_in_the_docs_has_the_defaults() -> None:
    page = Path(__file__, "../../../docs/http.md").resolve().read_text(encoding="utf-8")

    for name, value in asdict(Segmentation()).items():
        shown = f"`{value}`" if isinstance(value, str) else f"{value:g}"
        assert f"| `{name}` | {shown} |" in page
