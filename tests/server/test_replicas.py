"""Replicas and workers as processes of their own, over one PostgreSQL database."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest

from memsvc.domain.errors import (
    KeyRequired,
    MemsvcError,
    PositionNotReached,
    SpaceNotFound,
)
from memsvc.sdk.client import Client, Space
from memsvc.spawned import free_port
from store.postgres import url_of
from store.sharing import WRITING
from tests.postgres import lent
from tests.together import Member, be, member, migrated, replica
from tests.torture.victim import PATIENCE_S, forked
from tests.waiting import eventually

pytestmark = pytest.mark.postgres


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replicas over one database."""

    folder: Path
    url: str
    key: str
    members: tuple[Member, Member]
    clients: tuple[Client, Client]

    def spaces(self, name: str) -> tuple[Space, Space]:
        """Return a space as either sees it."""
        one, other = self.clients
        return one.space(name), other.space(name)


@pytest.fixture(scope="module")
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("together")
    with ExitStack() as stack:
        url = stack.enter_context(lent(request, "postgres"))
        key = migrated(folder, url)
        one, other = (stack.enter_context(replica(folder, name, url)) for name in ("a", "b"))
        for each in (one, other):
            each.wait_until_ready()
        clients = tuple(stack.enter_context(each.client(key)) for each in (one, other))
        yield Pair(folder, url, key, (one, other), clients)  # type: ignore[arg-type]


def turn(text: str) -> dict[str, str]:
    """Return a turn that is to be written."""
    return {"content": text}


def texts(space: Space, question: str, **asked: object) -> str:
    """Return all that a recall shows."""
    found = space.recall(question, **asked)  # type: ignore[arg-type]
    return " ".join([found.context, *(hit.text for hit in found.hits)])


def test_what_one_replica_wrote_every_other_finds_at_once(pair: Pair) -> None:
    here, there = pair.spaces("alice")
    for number in range(10):
        written = here.write("chat", [turn(f"The heron number{number} stands in Lisbon.")])
        assert f"number{number}" in texts(there, f"heron number{number}")
        found = there.recall("heron", min_position=written.position)
        assert found.position >= written.position
        here, there = there, here


def test_a_position_that_nobody_has_written_is_waited_for_and_refused(pair: Pair) -> None:
    here, there = pair.spaces("waiting")
    written = here.write("chat", [turn("The heron stands in Lisbon.")])
    beyond = written.position + 1_000  # the worker, too, writes to the ledger
    with pytest.raises(PositionNotReached):
        there.recall("heron", min_position=beyond)


def test_what_was_forgotten_through_one_is_shown_by_no_other(pair: Pair) -> None:
    """By no recall, no past, no snapshot and no answer that was kept."""
    here, there = pair.spaces("bob")
    for number in range(10):
        said = f"The password of the safe is Zanzibar{number}."
        written = here.write("chat", [turn(said), turn(f"Something else {number}.")])
        stood = there.info().position
        assert f"Zanzibar{number}" in texts(there, "password of the safe")
        assert f"Zanzibar{number}" in texts(there.at(stood), "password of the safe")
        here.delete_turn(written.turns[0].id)
        for seen in (there, there.at(stood)):
            assert f"Zanzibar{number}" not in texts(seen, f"password safe Zanzibar{number}")
        here, there = there, here


def test_a_space_that_is_deleted_and_made_again_is_another_one_everywhere(pair: Pair) -> None:
    here, there = pair.spaces("carol")
    here.write("chat", [turn("The old secret is Ulm.")])
    assert "Ulm" in texts(there, "secret")
    here.delete()
    with pytest.raises(SpaceNotFound):
        there.recall("secret")
    here.write("chat", [turn("Nothing of it is left.")])
    assert "Ulm" not in texts(there, "secret")


def test_settings_of_a_space_hold_in_every_replica(pair: Pair) -> None:
    here, there = pair.spaces("dave")
    old = {"content": "The old tale of the heron.", "at": datetime(2020, 1, 1, tzinfo=UTC)}
    here.write("chat", [old])
    assert "old tale" in texts(there, "heron")
    here.configure(version=here.info().version, recipe="lexical")
    assert there.recall("heron").recipe == "lexical"


def test_a_key_that_was_revoked_through_one_opens_no_other(pair: Pair) -> None:
    one, _ = pair.clients
    made = one.keys.create("short", role="reader", spaces=["*"])
    with pair.members[1].client(made.secret) as short:
        assert short.keys.mine().id == made.id
        one.keys.revoke(made.id)
        with pytest.raises(KeyRequired):
            short.keys.mine()


def test_a_write_sent_to_two_replicas_with_one_key_is_kept_once(pair: Pair) -> None:
    spaces = pair.spaces("erin")
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(
                lambda n: spaces[n % 2].write(
                    "chat", [turn(f"Once {n // 8}.")], idempotency_key=f"k{n // 8}"
                ),
                range(40),
            )
        )
    assert len({one.turns[0].id for one in answers}) == 5
    assert len(list(spaces[0].turns())) == 5


def test_positions_of_a_ledger_have_no_gaps_whoever_writes(pair: Pair) -> None:
    spaces = pair.spaces("frank")
    with ThreadPoolExecutor(8) as threads:
        list(
            threads.map(lambda n: spaces[n % 2].write(f"s{n % 3}", [turn(f"Turn {n}.")]), range(60))
        )
    one, other = spaces
    assert one.verify_ledger().is_whole
    positions = [entry.position for entry in other.ledger()]
    assert positions == list(range(1, len(positions) + 1))
    assert one.digest().digest == other.digest().digest


def test_who_wants_the_database_alone_is_told_of_the_replicas(pair: Pair) -> None:
    said = refused(pair, "serve", "--port", str(free_port()))
    assert "Replicas or workers of memsvc share this database" in said
    assert "Replicas or workers of memsvc share this database" in refused(pair, "migrate")
    assert "already" in refused(pair, "migrate", "--rolling")


def refused(pair: Pair, *command: str) -> str:
    """Return what a command says that ends by itself."""
    log = pair.folder / "refused.log"
    log.unlink(missing_ok=True)
    environment = {
        "MEMSVC_DATABASE": pair.url,
        "MEMSVC_DATA": str(pair.folder / "refused"),
        "MEMSVC_EMBEDDER": "hashing",
    }
    process = forked(be, list(command), environment, str(log))
    process.join(PATIENCE_S)
    assert process.exitcode is not None
    return log.read_text()


def test_a_replica_is_refused_where_one_has_the_database_for_itself(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with lent(request, "postgres") as url, member(tmp_path, "alone", url, "serve") as alone:
        alone.wait_until_ready()
        with replica(tmp_path, "late", url) as late:
            late.process.join(PATIENCE_S)
            assert late.process.exitcode not in (None, 0)
        assert "open for itself" in (tmp_path / "late.log").read_text()
        assert alone.is_ready()


def test_a_replica_of_an_empty_database_says_that_it_is_to_be_migrated(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with lent(request, "postgres") as url:
        plain = url_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as server:
            server.execute("UPDATE alembic_version SET version_num = '0020'")
        with replica(tmp_path, "early", url) as early:
            early.process.join(PATIENCE_S)
        assert "memsvc migrate" in (tmp_path / "early.log").read_text()


def test_connections_that_the_server_ends_are_made_again(pair: Pair) -> None:
    """Some requests may fail meanwhile, with an error that says so; none is lost."""
    here, there = pair.spaces("grace")
    here.write("chat", [turn("Before.")])
    plain = url_of(pair.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    deadline = time.monotonic() + 10
    met: set[str] = set()
    for space in (here, there):
        while True:
            try:
                space.write("chat", [{"id": f"after-{id(space)}", "content": "After."}])
                break
            except MemsvcError as error:
                met.add(error.code)
                assert time.monotonic() < deadline
                time.sleep(0.1)
    assert met <= {"store_unavailable", "outcome_unknown"}
    assert len(list(there.turns())) == 3
    for one in pair.members:
        while "held_again" not in (pair.folder / f"{one.name}.log").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        one.wait_until_ready()


def test_a_worker_that_is_told_to_end_leaves_no_job_leased(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with lent(request, "postgres") as url, ExitStack() as stack:
        key = migrated(tmp_path, url)
        front = stack.enter_context(replica(tmp_path, "front", url, enrich="false"))
        front.wait_until_ready()
        space = stack.enter_context(front.client(key)).space("alice")
        space.configure(version=space.make().version, notes={"least_tokens": 1})
        for number in range(20):
            turns = [turn(f"The heron {number}-{n} of Lisbon met Ada.") for n in range(20)]
            space.write("chat", turns, embed="later")

        def waiting() -> int:
            return sum(space.enrichment().waiting.values())

        first = stack.enter_context(member(tmp_path, "first", url, "worker"))
        first.wait_until_ready()
        deadline = time.monotonic() + PATIENCE_S
        while space.enrichment().done < 20:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        first.terminate()
        first.process.join(PATIENCE_S)
        assert first.process.exitcode == 0
        assert leased(url) == 0
        assert waiting()
        second = stack.enter_context(member(tmp_path, "second", url, "worker"))
        second.wait_until_ready()
        while waiting():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert not space.enrichment().parked


def leased(url: str) -> int:
    """Return how many jobs somebody has leased."""
    plain = url_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as server:
        found = server.execute("SELECT count(holder) FROM outbox").fetchone()
    assert found is not None
    return int(found[0])


def test_requests_under_way_are_answered_before_a_replica_ends(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with lent(request, "postgres") as url, ExitStack() as stack:
        key = migrated(tmp_path, url)
        front = stack.enter_context(replica(tmp_path, "front", url))
        front.wait_until_ready()
        client = stack.enter_context(front.client(key))
        client.space("alice").make()
        plain = url_of(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with ThreadPoolExecutor(4) as threads:
            with psycopg.connect(plain) as server:  # the writers wait for this one
                server.execute(f"SELECT pg_advisory_xact_lock({WRITING})")
                answers = [
                    threads.submit(client.space("alice").write, f"s{n}", [turn(f"Turn {n}.")])
                    for n in range(4)
                ]
                time.sleep(1.0)
                front.terminate()
                time.sleep(0.5)
            assert {answer.result(PATIENCE_S).position for answer in answers}
        front.process.join(PATIENCE_S)
        assert "service.closed" in (tmp_path / "front.log").read_text()
    assert len(answers) == 4


def model_of(one: Member) -> str:
    """Return the model that a process says it is ready with."""
    return str(httpx.get(f"{one.address}/readyz", trust_env=False).json()["parts"]["model"])


def test_a_change_of_the_model_through_one_replica_is_followed_by_every_other(pair: Pair) -> None:
    one, other = (client.reembedding for client in pair.clients)
    here, there = pair.spaces("mallory")
    here.write("chat", [turn("The heron stands in Lisbon.")])
    before = model_of(pair.members[1])
    one.begin("hashing-128")
    assert eventually(lambda: other.progress().left == 0)
    there.write("chat", [turn("The stork stands in Faro.")])
    assert eventually(lambda: one.progress().left == 0)
    one.switch()
    assert eventually(lambda: model_of(pair.members[1]) not in ("", before))
    assert model_of(pair.members[0]) == model_of(pair.members[1])
    for space in (here, there):
        found = space.recall("Where does the stork stand?", recipe="dense")
        assert {hit.text for hit in found.hits} == {
            "The heron stands in Lisbon.",
            "The stork stands in Faro.",
        }
    other.undo()
    assert eventually(lambda: model_of(pair.members[0]) == before)
    other.drop()
    assert eventually(lambda: one.progress().stage == "ended")
    assert "stork" in texts(here, "Where does the stork stand?")
