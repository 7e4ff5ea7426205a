"""`memsvc facts`: recorded extractions in, and what they say out."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import memsvc
from memsvc.local import open as memsvc_open
from memsvc.sdk.wire import NewTurn

Run = Callable[..., Result]

DOCS = [
    {
        "passage": "Jaws\nJaws was directed by Steven Spielberg.",
        "extracted_triples": [["Jaws", "directed by", "Steven Spielberg"], ["Jaws", "is"]],
    },
    {
        "passage": "Steven Spielberg\nHe was born in Cincinnati.",
        "extracted_triples": [["Steven Spielberg", "born in", "Cincinnati"]],
    },
    {"passage": "Orca\nNowhere here.", "extracted_triples": [["Orca", "is", "a film"]]},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "openie.json"
    file.write_text(json.dumps({"docs": DOCS}))
    return file


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command line over a directory with a space of two passages."""
    monkeypatch.setenv("MEMSVC_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path / "data") as client:
        for number, title, text in (
            (0, "Jaws", "Jaws was directed by Steven Spielberg."),
            (1, "Steven Spielberg", "Steven Spielberg\nHe was born in Cincinnati."),
        ):
            turn = NewTurn(role="user", content=text)
            client.space("films").write(f"passage-{number}", [turn], title=title)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(memsvc, ["facts", *words, "--space", "films", "--local"])

    yield invoke
    structlog.reset_defaults()


def test_recorded_extractions_become_facts_of_the_turns_that_hold_them(
    run: Run, file: Path
) -> None:
    done = run("import", str(file))
    listed = run("list")
    about = run("list", "--entity", "the JAWS")
    by_predicate = run("list", "--predicate", "Born in")

    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines() == [
        "passages: 2 found among the turns of films, 1 not",
        "facts: 2 new, 0 said by further turns, 0 known already, 1 passed over",
    ]
    assert [
        re.sub(r"\d{4}-\d\d-\d\d", "day", line.split("  ", 1)[1])
        for line in listed.stdout.splitlines()
    ] == [
        "Jaws | directed by | Steven Spielberg  (1 turn; current, day..)",
        "Steven Spielberg | born in | Cincinnati  (1 turn; current, day..)",
    ]
    assert about.stdout.splitlines() == listed.stdout.splitlines()[:1]
    assert by_predicate.stdout.splitlines() == listed.stdout.splitlines()[1:]


def test_a_second_run_changes_nothing(run: Run, file: Path, tmp_path: Path) -> None:
    run("import", str(file))
    before = run("list", "--json").stdout

    again = json.loads(run("import", str(file), "--json").stdout)

    assert again == {
        "passages": 2,
        "unmatched": 1,
        "added": 0,
        "extended": 0,
        "known": 2,
        "passed_over": 1,
    }
    assert run("list", "--json").stdout == before
    assert [fact["subject"] for fact in json.loads(before)] == ["Jaws", "Steven Spielberg"]


@pytest.mark.parametrize("content", ["{", "[]", '{"docs": [{"text": "x"}]}'])
def test_a_file_of_another_form_is_refused_in_one_line(run: Run, file: Path, content: str) -> None:
    file.write_text(content)

    done = run("import", str(file))

    assert done.exit_code == 2
    assert done.stderr.startswith("error: openie.json")
    assert "is not in the form of HippoRAG's OpenIE files" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert run("list").stdout == ""


def test_facts_are_listed_as_of_then(run: Run, file: Path) -> None:
    then = "3"  # before anything was stated
    assert run("import", str(file)).exit_code == 0

    assert run("list").stdout
    assert not run("list", "--as-of", then).stdout
    refused = run("list", "--as-of", "soon")
    assert (refused.exit_code, "as_of" in refused.stderr) == (2, True)


def test_facts_are_superseded_decided_and_listed_as_they_stand(run: Run, tmp_path: Path) -> None:
    with memsvc_open(tmp_path / "data") as client:
        films = client.space("films")
        turns = [
            films.write("later", [NewTurn(content=f"Ada lives in {place}.", at=at)]).turns[0].id
            for place, at in (("Porto", "2019-05-01"), ("Lisbon", "2021-05-01"))
        ]
        said = {"subject": "Ada", "predicate": "lives in"}
        stated = films.facts.state(
            [
                {**said, "object": place, "turns": [turn]}
                for place, turn in zip(("Porto", "Lisbon"), turns, strict=True)
            ]
        )
    porto, lisbon = (fact.id for fact in stated.facts)

    def objects(*words: str) -> list[str]:
        return [fact["object"] for fact in json.loads(run("list", "--json", *words).stdout)]

    assert objects() == ["Lisbon"]
    assert objects("--include-superseded") == ["Porto", "Lisbon"]
    assert objects("--valid-at", "2020-01-01") == ["Porto"]
    assert objects("--state", "superseded") == ["Porto"]
    conflicts = run("conflicts").stdout.splitlines()
    assert conflicts[0] == "ada | lives in"
    assert [line.split("; ")[1] for line in conflicts[1:]] == [
        "current, 2021-05-01..)",
        "superseded, 2019-05-01..2021-05-01)",
    ]

    decided = json.loads(
        run("decide", porto, "--state", "current", "--reason", "seen", "--json").stdout
    )
    assert (decided["state"], decided["rulings"][0]["verdict"]) == ("current", "upheld")
    back = run("take-back", porto, decided["rulings"][0]["id"])
    assert "superseded, 2019-05-01..2021-05-01" in back.stdout
    ended = run("supersede", lisbon, "--at", "2022-02-01", "--reason", "left")
    assert "ended, 2021-05-01..2022-02-01" in ended.stdout
    assert ended.stdout.splitlines()[1].endswith("superseded: left")
    assert run("decide", porto, "--reason", "seen").exit_code == 2
