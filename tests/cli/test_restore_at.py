"""`memsvc restore --at`: a backup comes back as spaces stood at a position or a time."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

import memsvc
from memsvc.cli import BROKEN
from memsvc.cli.family import USAGE
from memsvc.cli.family import memsvc as family
from memsvc.sdk.client import Client
from tests.postgres import EITHER, lent

Run = Callable[..., Result]


@pytest.fixture(params=EITHER)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name an empty PostgreSQL database, or none: both stores are tested."""
    with lent(request, request.param) as named:
        yield named


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.delenv("MEMSVC_KEY", raising=False)

    def invoke(*words: object, database: str = "") -> Result:
        monkeypatch.setenv("MEMSVC_DATABASE", database)
        return CliRunner().invoke(family, [str(word) for word in words])

    yield invoke
    structlog.reset_defaults()


def opened(folder: Path, database: str = "") -> Client:
    return memsvc.open(folder, embedder="hashing", database=database)


def lived_in(folder: Path, database: str = "") -> tuple[int, str, datetime]:
    """Fill two spaces; return a position of the first, the digest it had there, and the time."""
    with opened(folder, database) as client:
        space = client.space("alice")
        first = space.write("chat", [{"content": "We saw herons."}, {"content": "And owls."}])
        note = space.notes.create("Herons wade.", tags=["bird"])
        turn = first.turns[0].id
        wades = {"subject": "heron", "predicate": "wades in", "object": "lake", "turns": [turn]}
        space.facts.state([wades])
        stood = space.digest()
        moment = datetime.now(UTC)
        space.write("chat", [{"content": "Then it rained."}])
        space.notes.edit(note.id, version=note.version, tags=["water"])
        space.facts.state([{**wades, "predicate": "eats", "object": "frogs"}])
        space.configure(version=0, retention_days=400)
        client.space("bob").write("chat", [{"content": "Bob came later."}])
        return stood.position, stood.digest, moment


def restored(run: Run, tmp_path: Path, url: str, *words: object, source: str = "") -> Result:
    file = tmp_path / "backup.tar"
    if not file.exists():
        taken = run("backup", file, "--data", tmp_path / "data", database=source)
        assert taken.exit_code == 0, taken.output
    return run("restore", file, "--data", tmp_path / "there", *words, database=url)


def test_a_space_stands_as_it_stood_at_a_position_with_the_digest_it_had(
    run: Run, tmp_path: Path, url: str
) -> None:
    position, digest, _ = lived_in(tmp_path / "data")

    done = restored(run, tmp_path, url, "--space", "alice", "--at", position, "--json")

    assert done.exit_code == 0, done.output
    [told] = json.loads(done.stdout)["stands"]
    assert (told["to"], told["digest"]) == (position, digest)
    with opened(tmp_path / "there", url) as client:
        space = client.space("alice")
        assert space.digest().digest == digest
        assert [turn.content for turn in space.turns() if turn.role == "user"] == [
            "We saw herons.",
            "And owls.",
        ]
        assert space.verify_ledger().is_whole
        assert [fact.object for fact in space.facts.list()] == ["lake"]
        assert [turn.content for turn in client.space("bob").turns()] == ["Bob came later."]
        assert space.recall("herons").hits


def test_what_is_kept_in_a_server_goes_back_as_well(run: Run, tmp_path: Path, url: str) -> None:
    position, digest, _ = lived_in(tmp_path / "data", url)

    done = restored(run, tmp_path, "", "--space", "alice", "--at", position, source=url)

    assert done.exit_code == 0, done.output
    with opened(tmp_path / "there") as client:
        assert client.space("alice").digest().digest == digest


def test_what_was_forgotten_after_the_position_stays_forgotten(run: Run, tmp_path: Path) -> None:
    with opened(tmp_path / "data") as client:
        space = client.space("alice")
        written = space.write("chat", [{"content": "A heliotrope heron."}, {"content": "An owl."}])
        position = space.digest().position
        space.delete_turn(written.turns[0].id)
        space.write("chat", [{"content": "More."}])

    done = restored(run, tmp_path, "", "--space", "alice", "--at", position)

    assert done.exit_code == 0, done.output
    with opened(tmp_path / "there") as client:
        space = client.space("alice")
        assert [turn.content for turn in space.turns()] == ["An owl."]
        assert all("heliotrope" not in hit.text for hit in space.recall("heliotrope heron").hits)
    for file in (tmp_path / "there").rglob("memsvc.db*"):
        assert b"heliotrope" not in file.read_bytes()


def test_at_a_time_every_space_stands_as_then_and_later_ones_are_gone(
    run: Run, tmp_path: Path
) -> None:
    _, digest, moment = lived_in(tmp_path / "data")

    done = restored(run, tmp_path, "", "--at", moment.isoformat())

    assert done.exit_code == 0, done.output
    assert "bob: began later, and is gone" in done.stdout
    with opened(tmp_path / "there") as client:
        assert [space.name for space in client.spaces()] == ["alice"]
        assert client.space("alice").digest().digest == digest


def test_a_document_that_was_rewritten_since_is_said_to_be_gone_and_nothing_is_put_in_place(
    run: Run, tmp_path: Path
) -> None:
    with opened(tmp_path / "data") as client:
        space = client.space("alice")
        page = space.documents.write("Herons wade.", id="page")
        position = space.digest().position
        space.documents.replace("page", "Owls fly by night.", version=page.version)

    done = restored(run, tmp_path, "", "--space", "alice", "--at", position)

    assert done.exit_code == BROKEN
    assert "a document was rewritten since" in done.stderr
    assert not (tmp_path / "there" / "memsvc.db").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--at", "5"), "name it with --space"),
        (("--space", "alice"), "name both"),
        (("--at", "yesterday"), "neither a position nor a time"),
        (("--space", "alice", "--at", "999"), "ask as of a position from 1 to"),
        (("--space", "alice", "--at", "2001-01-01"), "began at"),
    ],
)
def test_what_cannot_be_meant_is_said(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    lived_in(tmp_path / "data")

    told = restored(run, tmp_path, "", *words)

    assert told.exit_code == USAGE
    assert said in told.stderr
    assert not (tmp_path / "there" / "memsvc.db").exists()
