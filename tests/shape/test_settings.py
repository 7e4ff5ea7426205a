"""Every setting is documented, and nothing is documented that cannot be set."""

import re
from pathlib import Path

import pytest

from memsvc.config import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
VARIABLE = re.compile(r"\bMEMSVC_[A-Z_]+\b")


def variable(field: str) -> str:
    return f"MEMSVC_{field.upper()}"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_documented(field: str) -> None:
    assert variable(field) in VARIABLE.findall(PAGE.read_text())


def test_every_documented_variable_can_be_set() -> None:
    """`MEMSVC_KEY` and `MEMSVC_URL` are read by clients, which have no settings class."""
    known = {variable(field) for field in Settings.model_fields} | {"MEMSVC_KEY", "MEMSVC_URL"}
    assert set(VARIABLE.findall(PAGE.read_text())) <= known


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_says_what_it_is_for(field: str) -> None:
    assert Settings.model_fields[field].description
