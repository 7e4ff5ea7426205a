"""`memsvc events`: the list, and the curve drawn in letters."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from unicodedata import east_asian_width

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.curve import clipped, drawn
from memsvc.cli.family import memsvc
from memsvc.local import open as memsvc_open
from memsvc.sdk.client import Space
from memsvc.sdk.events import OpenTail
from tests.app.small import tamper

Run = Callable[..., Result]
NOON = datetime.fromisoformat("2026-01-01T12:00:00+00:00")
SAID = ("herons wade in shallow water ", "owls hunt by night ", "bread and cake are baked ")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command line over a directory with a space that has two events and an open tail."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.setenv("COLUMNS", "80")
    with memsvc_open(tmp_path / "data") as client:
        write_visits(client.space("alice"))

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(memsvc, [*words, "--local"])

    yield invoke
    structlog.reset_defaults()


def write_visits(space: Space) -> None:
    for visit, size in enumerate((3, 4, 12)):
        turns = [
            {
                "content": f"visit {visit} turn {turn}: {SAID[turn % 3] * 9}",
                "speaker": "Ann",
                "at": NOON + timedelta(hours=2 * visit, minutes=turn),
            }
            for turn in range(size)
        ]
        space.write("chat", turns)
    space.write("diary", [{"content": "\x1b[2Jtea\nand cake", "at": NOON}])


def test_events_are_listed_with_extent_time_reason_and_first_words(run: Run) -> None:
    listed = run("events", "alice").stdout.splitlines()

    assert len(listed) == 2 * 3
    assert listed[0].endswith("  chat 0-2  2026-01-01 12:00 to 12:02 UTC  gap")
    assert listed[3].endswith("  chat 3-6  2026-01-01 14:00 to 14:03 UTC  gap")
    assert listed[1].startswith("    Ann: visit 0 turn ")
    assert listed[1].endswith("…")
    assert all(len(line) <= 80 for line in listed)


def test_one_stream_is_listed_with_its_open_end(run: Run) -> None:
    assert run("events", "alice", "--stream", "chat").stdout.splitlines()[-1] == (
        "open  chat from 7 on: 12 units"
    )
    assert run("events", "alice", "--stream", "diary").stdout.splitlines() == [
        "no event has closed yet",
        "open  diary from 0 on: 1 unit",
    ]


def test_json_holds_the_events_whole(run: Run) -> None:
    events = json.loads(run("events", "alice", "--stream", "chat", "--json").stdout)

    assert [event["number"] for event in events] == [0, 1]
    assert events[0]["turns"][0]["text"].startswith("visit 0 turn 0")


def test_the_curve_has_a_line_for_every_unit_and_a_rule_for_every_boundary(run: Run) -> None:
    title, legend, *lines = run("events", "alice", "--stream", "chat", "--plot").stdout.splitlines()

    rules = [line for line in lines if line.startswith("──")]
    units = [line for line in lines if not line.startswith("──")]
    assert title.startswith("surprise of each unit of chat; a full bar is ")
    assert "threshold" not in legend
    assert [rule.split(" ─ ")[:2] for rule in rules] == [
        ["── event 0", "2026-01-01 12:00"],
        ["── gap", "event 1"],
        ["── gap", "open, to be event 2"],
    ]
    assert [int(line[:6]) for line in units] == list(range(19))
    assert all(line[6 + 1 :].count("│") == 1 for line in units)
    assert all(len(line) <= 80 for line in [title, legend, *lines])
    assert units[0][7] == "?", "before the first unit there is nothing to compare with"
    assert "Ann: visit 2 turn 11" in units[-1]
    assert any(set(line) & set("█▏▎▍▌▋▊▉") for line in units)


def test_what_is_said_cannot_move_the_cursor(run: Run) -> None:
    drawing = run("events", "alice", "--stream", "diary", "--plot").stdout

    assert "\x1b" not in drawing
    assert "user:  [2Jtea and cake" in drawing


@pytest.mark.parametrize(
    "words", [["--plot"], ["--plot", "--stream", "chat", "--json"]], ids=["no stream", "json"]
)
def test_a_plot_is_of_one_stream_and_for_people(run: Run, words: list[str]) -> None:
    refused = run("events", "alice", *words)

    assert refused.exit_code == 2
    assert "--stream" in refused.stderr


def test_what_is_not_there_ends_with_3(run: Run) -> None:
    assert run("events", "nobody").exit_code == 3
    assert run("events", "alice", "--stream", "nowhere", "--plot").exit_code == 3


def test_a_stream_of_which_nothing_is_known_is_drawn_all_the_same() -> None:
    empty = OpenTail.model_validate(
        {
            "stream": "chat",
            "number": 0,
            "start": {"seq": 0, "piece": 0},
            "units": [],
            "curve": [],
            "thresholds": [],
            "turns": [],
            "waiting": 0,
        }
    )

    assert list(drawn([], empty, width=80))[-1].strip() == "nothing yet"
    waiting = empty.model_copy(update={"waiting": 2})
    assert list(drawn([], waiting, width=80))[-1].strip() == "2 more turns wait for their vectors"


@pytest.mark.parametrize("columns", range(1, 30))
@pytest.mark.parametrize("text", ["herons wade in water", "鷺は浅い水の中を歩く", "a\tb\u202ec"])
def test_clipped_text_takes_no_more_columns_than_it_may(text: str, columns: int) -> None:
    shown = clipped(text, columns)

    assert sum(2 if east_asian_width(letter) in "WF" else 1 for letter in shown) <= columns
    assert shown.isprintable()


def test_an_event_with_a_title_is_listed_by_it(run: Run, tmp_path: Path) -> None:
    """Put there behind the service's back: no language model is at hand."""
    title = "Herons, owls and cakes \x1b[2J at the water, and much else that was seen that day"
    tamper(
        tmp_path / "data",
        "INSERT INTO titles (space, event, position, text, maker)"
        " SELECT space, key, position, ?, 'a model' FROM events WHERE number = 0",
        title,
    )

    first, called, second, *words = run("events", "alice").stdout.splitlines()

    assert first.endswith("  gap")
    assert called.startswith("    Herons, owls and cakes")
    assert "\x1b" not in called
    assert len(called) <= 80
    assert second.endswith("  gap")
    assert len(words) == 2
    assert json.loads(run("events", "alice", "--json").stdout)[0]["title"] == title
