"""The search for canaries in files."""

from pathlib import Path

from store.canaries import met_in_files


def test_where_no_canary_was_planted_no_file_is_read(tmp_path: Path) -> None:
    """Of nothing to look for, no part is as good as the whole: the search kept all it had read."""
    assert met_in_files([], [tmp_path / "that is not there"]) == []
