"""The page on models says what each thing costs, as it is counted now."""

from pathlib import Path

import pytest

from tests.prompts.costs import costs, table

PAGE = Path(__file__).parents[2] / "docs" / "models.md"


@pytest.mark.model
def test_the_page_says_what_each_thing_costs() -> None:
    """After a change of a prompt, take the table from `python -m tests.prompts.costs`."""
    assert table(costs()) in PAGE.read_text(encoding="utf-8")
