"""The commands, each run in process over a directory of its own."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from memsvc.cli.family import CODES, HOMES, exit_code, memsvc
from memsvc.domain import errors
from memsvc.domain.errors import MemsvcError
from memsvc.local import open as memsvc_open
from memsvc.sdk.wire import NewTurn
from store.directory import held
from store.schema import HEAD
from tests.llm.tiny import tiny_causal, tiny_cross_encoder

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory that does not exist yet."""
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command line over that directory, with no service anywhere."""
    monkeypatch.setenv("MEMSVC_DATA", str(data))
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    monkeypatch.setenv("MEMSVC_URL", "http://127.0.0.1:1")
    named = ("MEMSVC_LLM", "MEMSVC_LLM_URL")
    for variable in ("MEMSVC_KEY", "MEMSVC_SURPRISE_MODEL", "MEMSVC_RERANKER", *named):
        monkeypatch.delenv(variable, raising=False)

    def invoke(*words: str, text: str | None = None) -> Result:
        return CliRunner().invoke(memsvc, list(words), input=text)

    yield invoke
    structlog.reset_defaults()


def test_what_is_written_is_recalled_with_its_reasons(run: Run) -> None:
    written = run("write", "alice", "chat", "I moved to Lisbon.", "--speaker", "Ann", "--local")
    recalled = run("recall", "alice", "Lisbon", "--local")

    assert written.stdout == "wrote 1 turn to alice/chat, ledger position 3\n"
    assert "Ann: I moved to Lisbon." in recalled.stdout
    assert "dense" in recalled.stdout
    assert "rank 1" in recalled.stdout


def test_a_recall_says_that_the_memory_may_not_hold_the_answer(run: Run) -> None:
    run("write", "alice", "chat", "I moved to Lisbon.", "--local")
    known = run("recall", "alice", "moved Lisbon", "--local").stdout
    unknown = run("recall", "alice", "Who plays the violin?", "--local").stdout

    assert "may not hold" not in known
    assert "Lisbon" in unknown
    assert re.search(r"memory may not hold this: probability 0\.[0-2]\d", unknown)


def test_a_recall_may_leave_to_the_service_how_much_and_in_which_order(run: Run) -> None:
    run("write", "alice", "chat", "I moved to Lisbon.", "--local")
    how = ("-k", "auto", "--order", "auto", "--repeat", "--json", "--local")

    recalled = json.loads(run("recall", "alice", "Who is in Lisbon?", *how).stdout)
    refused = run("recall", "alice", "Lisbon", "-k", "many", "--local")

    assert "best first and last" in recalled["context"]
    assert recalled["context"].count("I moved to Lisbon.") == 2
    assert "not a valid integer" in refused.stderr


def test_a_hit_that_may_be_superseded_says_by_what_in_one_line(run: Run) -> None:
    for day, text in (
        ("01", "I live in Porto with my cat"),
        ("02", "I moved to Lisbon with my cat"),
    ):
        with memsvc_open() as client:
            turn = NewTurn(role="user", content=text, at=f"2026-01-{day}T00:00:00Z")
            client.space("alice").write(f"day {day}", [turn])

    recalled = run("recall", "alice", "live in Porto", "--local").stdout

    assert re.search("may be superseded by t_[^ ]+ of 2026-01-02 00:00 UTC", recalled)


def test_a_hit_found_over_a_name_says_so_in_one_line(run: Run) -> None:
    with memsvc_open() as client:
        for title, text in (("Jaws", "Steven Spielberg made it."), ("Steven Spielberg", "Born.")):
            said = NewTurn(role="user", content=text)
            client.space("alice").write(title.split()[0], [said], title=title)

    recalled = run("recall", "alice", "Where was the director of Jaws born?", "--local").stdout

    assert "via jaws, asked for: the subject of this turn" in recalled
    assert re.search("via steven spielberg: named by t_[^ ]+, the subject of this turn", recalled)


def test_explain_prints_the_stages(run: Run) -> None:
    run("write", "alice", "chat", "tea", "--local")

    assert "gather" in run("recall", "alice", "tea", "--local", "--explain").stdout


def test_a_question_is_asked_from_a_now_and_explained(run: Run) -> None:
    run("write", "alice", "chat", "tea", "--local")

    asked = run("recall", "alice", "tea last week", "--local", "--explain", "--now", "2026-05-13")
    wrong = run("recall", "alice", "tea", "--local", "--now", "soon")

    assert "'last week': 2026-05-04 00:00 UTC up to 2026-05-11 00:00 UTC" in asked.stdout
    assert (wrong.exit_code, "soon" in wrong.stderr) == (2, True)


def test_a_turn_may_be_written_to_expire(run: Run) -> None:
    run("write", "alice", "chat", "tea", "--local", "--expires-at", "2100-01-31T18:00Z")
    past = run("write", "alice", "chat", "tea", "--local", "--expires-at", "2020-01-31")
    wrong = run("write", "alice", "chat", "tea", "--local", "--expires-at", "soon")

    assert "tea" in run("recall", "alice", "tea", "--local").stdout
    beside = run(
        "write", "alice", "chat", "--file", __file__, "--local", "--expires-at", "2100-01-31"
    )
    assert (past.exit_code, wrong.exit_code, beside.exit_code) == (2, 2, 2)
    assert "turns.0.expires_at" in past.stderr
    assert "expires_at" in wrong.stderr


def test_several_spaces_are_asked_together(run: Run) -> None:
    run("write", "alice", "chat", "green tea", "--local")
    run("write", "team", "plans", "black tea", "--local")

    asked = run("recall", "alice", "tea", "--also", "team", "--local", "--explain")

    assert "alice / chat  user: green tea" in asked.stdout
    assert "team / plans  user: black tea" in asked.stdout
    assert "team:\n" in asked.stdout


def test_json_is_all_that_stands_on_standard_output(run: Run) -> None:
    written = run("write", "alice", "chat", "tea", "--local", "--json")
    recalled = run("recall", "alice", "tea", "--local", "--json")
    verdict = run("verify", "alice", "--local", "--json")

    assert json.loads(written.stdout)[0]["turns"][0]["seq"] == 0
    assert json.loads(recalled.stdout)["hits"][0]["text"] == "tea"
    assert json.loads(verdict.stdout)["is_whole"] is True


def test_text_comes_from_standard_input_for_a_dash(run: Run) -> None:
    run("write", "alice", "chat", "-", "--local", text="tea\nand cake\n")

    hits = json.loads(run("recall", "alice", "tea", "--local", "--json").stdout)["hits"]

    assert hits[0]["text"] == "tea\nand cake"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("turns.json", '[{"content": "a"}, {"content": "b"}]'),
        ("wrapped.json", '{"turns": [{"content": "a"}, {"content": "b"}]}'),
        ("turns.jsonl", '{"content": "a"}\n\n{"content": "b"}\n'),
    ],
)
def test_turns_come_from_a_file(run: Run, tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / name
    file.write_text(content)

    written = run("write", "alice", "chat", "--file", str(file), "--local", "--json")

    assert [len(batch["turns"]) for batch in json.loads(written.stdout)] == [2]


def test_a_long_file_is_written_in_batches(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    file.write_text("\n".join(json.dumps({"content": f"turn {n}"}) for n in range(1_001)))

    written = run("write", "alice", "chat", "--file", str(file), "--local", "--json")

    assert [len(batch["turns"]) for batch in json.loads(written.stdout)] == [1_000, 1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.json", "{"),
        ("bad.jsonl", '{"content": "a"}\n{'),
        ("bytes.json", "\udcff"),
        ("empty.json", "[]"),
        ("shape.json", '[{"text": "a"}]'),
        ("number.json", "1"),
    ],
)
def test_a_file_that_holds_no_turns_is_said_in_one_line(
    run: Run, tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content.encode("utf-8", "surrogateescape"))

    refused = run("write", "alice", "chat", "--file", str(file), "--local")

    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("write", "alice", "chat", "--local"),
        ("write", "alice", "chat", "text", "--file", __file__, "--local"),
        ("keys", "create", "bob", "--local"),
        ("keys", "create", "bob", "--space", "a", "--all-spaces", "--local"),
        ("recall", "alice", "tea", "-k", "0", "--local"),
        ("recall", "alice", "tea", "-k", "x", "--local"),
        ("no-such-command",),
        ("export", "alice", "--json", "--local"),
        ("serve", "--port", "99999"),
    ],
)
def test_a_command_that_is_not_valid_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


def test_what_is_not_there_ends_with_3(run: Run) -> None:
    refused = run("verify", "nobody", "--local")

    assert refused.exit_code == 3
    assert refused.stderr.startswith("error: There is no space 'nobody'")


def test_a_service_that_is_not_there_ends_with_4(run: Run) -> None:
    refused = run("recall", "alice", "tea")

    assert refused.exit_code == 4
    assert "memsvc serve" in refused.stderr


def test_a_directory_in_use_ends_with_5(run: Run, data: Path) -> None:
    with held(data):
        refused = run("recall", "alice", "tea", "--local")

    assert refused.exit_code == 5
    assert refused.stderr.count("\n") == 1


def test_a_setting_that_is_not_valid_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMSVC_READERS", "none")

    refused = run("recall", "alice", "tea", "--local")

    assert refused.exit_code == 2
    assert "MEMSVC_READERS" in refused.stderr


def test_keys_are_made_listed_and_revoked(run: Run) -> None:
    made = run("keys", "create", "bob", "--role", "reader", "--space", "alice", "--local")
    listed = json.loads(run("keys", "list", "--local", "--json").stdout)
    (bob,) = [key for key in listed if key["name"] == "bob"]
    revoked = run("keys", "revoke", bob["id"], "--local")

    assert made.stdout.startswith("msk_")
    assert (bob["role"], bob["spaces"]) == ("reader", ["alice"])
    assert revoked.exit_code == 0
    assert "bob" not in run("keys", "list", "--local").stdout


def test_files_are_added_listed_shown_recalled_and_deleted(run: Run, tmp_path: Path) -> None:
    guide, plain = tmp_path / "(the) guide.md", tmp_path / "plain.txt"
    guide.write_text("# Birds\n\n## Owls\n\nThey hunt.\n")
    plain.write_text("Tea at four.")

    added = run("document", "add", "alice", str(guide), str(plain), "--local")
    again = run("document", "add", "alice", str(plain), "--later", "--local", "--json")
    listed = run("document", "list", "alice", "--local")
    shown = run("document", "show", "alice", "the- guide.md", "--local")
    recalled = run("recall", "alice", "owls", "-k", "1", "--local")
    deleted = run("document", "delete", "alice", "plain.txt", "--local")

    assert added.stdout.splitlines()[0].startswith("the- guide.md: 2 parts, 2 paragraphs added")
    assert json.loads(again.stdout)[0]["kept"] == 1
    assert [line.split("  ")[0] for line in listed.stdout.splitlines()] == [
        "the- guide.md",
        "plain.txt",
    ]
    assert "Owls: 1 paragraphs" in shown.stdout
    assert "They hunt." in recalled.stdout
    assert deleted.stdout == "deleted plain.txt: 1 parts, 1 paragraphs\n"


def test_a_file_that_cannot_be_read_is_said_in_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7 cut off")

    refused = run("document", "add", "alice", str(tmp_path / "x.pdf"), "--local")

    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: The document is damaged")


def test_an_id_is_for_one_file_at_a_time(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    file = str(tmp_path / "a.txt")

    assert run("document", "add", "alice", file, file, "--id", "x", "--local").exit_code == 2


def test_a_space_moves_through_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "alice.ndjson"
    run("write", "alice", "chat", "tea", "--local")

    exported = run("export", "alice", str(file), "--vectors", "--local")
    imported = run("import", "bob", str(file), "--local")
    again = run("import", "bob", str(file), "--local", "--json")

    assert exported.stdout == f"exported 1 turn of alice to {file}\n"
    assert imported.stdout == "imported 1 turn into bob, ledger position 3\n"
    assert json.loads(again.stdout)["present"] == 1
    assert list(tmp_path.glob("*.part")) == []


def test_an_export_goes_to_standard_output_and_comes_from_standard_input(run: Run) -> None:
    run("write", "alice", "chat", "tea", "--local")

    lines = run("export", "alice", "--local").stdout
    imported = run("import", "bob", "-", "--local", text=lines)

    assert json.loads(lines.splitlines()[0])["kind"] == "header"
    assert imported.exit_code == 0


def test_an_export_that_fails_leaves_the_file_of_before(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "nobody.ndjson"
    file.write_text("as it was")

    assert run("export", "nobody", str(file), "--local").exit_code == 3
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [file.name]
    assert file.read_text() == "as it was"


def test_what_was_deleted_is_said_to_stay_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "alice.ndjson"
    run("write", "alice", "chat", "tea", "--local")
    run("export", "alice", str(file), "--local")
    with memsvc_open(tmp_path / "data", embedder="hashing") as client:
        client.space("alice").delete_stream("chat")

    imported = run("import", "alice", str(file), "--local")
    restored = run("import", "alice", str(file), "--local", "--restore-forgotten")

    assert imported.stdout.startswith("imported 0 turns")
    assert "1 turn were deleted here" not in imported.stderr
    assert "deleted here, and stay so: 1 turn" in imported.stderr
    assert restored.stdout.startswith("imported 1 turn ")


def test_the_doctor_finds_nothing_wrong_with_what_was_just_written(run: Run) -> None:
    run("write", "alice", "chat", "tea", "--local")

    found = run("doctor", "--json")

    assert found.exit_code == 0
    checks = {finding["check"] for finding in json.loads(found.stdout)}
    assert {"model", "database", "key file", "indexes of alice", "ledger of alice"} <= checks


def test_the_doctor_has_nothing_against_a_directory_that_is_not_there_yet(
    run: Run, data: Path
) -> None:
    assert run("doctor").exit_code == 0
    assert not data.exists()


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("DELETE FROM terms", "indexes of alice"),
        ("DELETE FROM embeddings", "indexes of alice"),
        ("UPDATE embeddings SET turn = turn + 1000", "strays"),
        ("UPDATE turns SET content = 'coffee'", "ledger of alice"),
        ("DELETE FROM streams WHERE name LIKE 'p_%'", "documents"),
        ("DELETE FROM documents", "documents"),
        ("DELETE FROM document_parts", "documents"),
        ("UPDATE documents SET title = 'coffee'", "ledger of alice"),
        ("DELETE FROM ledger WHERE position = 2", "ledger of alice"),
        ("UPDATE store_facts SET value = 'x' WHERE name = 'embedder'", "vectors' model"),
        ("UPDATE store_facts SET value = 'x' WHERE name = 'lexicon'", "lexicon rules"),
        ("UPDATE alembic_version SET version_num = '0000'", "database"),
    ],
)
def test_the_doctor_finds_what_is_wrong(
    run: Run, data: Path, tmp_path: Path, damage: str, check: str
) -> None:
    run("write", "alice", "chat", "tea", "--local")
    (tmp_path / "guide.txt").write_text("milk")
    run("document", "add", "alice", str(tmp_path / "guide.txt"), "--local")
    connection = sqlite3.connect(data / "memsvc.db")
    connection.execute(damage)
    connection.commit()
    connection.close()

    found = run("doctor", "--json")

    assert found.exit_code == 1
    wrong = [finding["check"] for finding in json.loads(found.stdout) if not finding["ok"]]
    assert check in wrong


def test_the_doctor_minds_a_key_file_that_others_can_read(run: Run, data: Path) -> None:
    run("write", "alice", "chat", "tea", "--local")
    (data / "admin.key").chmod(0o644)

    assert "WRONG  key file" in run("doctor").stdout


def test_the_doctor_says_that_no_surprise_model_is_set(run: Run) -> None:
    assert "ok     surprise model: none is set" in run("doctor").stdout


@pytest.mark.model
def test_the_doctor_loads_the_surprise_model_that_is_set(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_SURPRISE_MODEL", str(tiny_causal(tmp_path / "tiny")))

    found = run("doctor")

    assert found.exit_code == 0
    assert "ok     surprise model: tiny@" in found.stdout


def test_the_doctor_minds_a_surprise_model_that_is_nowhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_SURPRISE_MODEL", str(tmp_path / "nowhere"))

    found = run("doctor")

    assert found.exit_code == 1
    assert "WRONG  surprise model: The model" in found.stdout


def test_the_doctor_says_that_no_reranker_is_set(run: Run) -> None:
    assert "ok     reranker: none is set" in run("doctor").stdout


@pytest.mark.model
def test_the_doctor_loads_the_reranker_that_is_set(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_RERANKER", str(tiny_cross_encoder(tmp_path / "tiny")))

    assert "ok     reranker: tiny@" in run("doctor").stdout


def test_the_doctor_minds_a_reranker_that_is_nowhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_RERANKER", str(tmp_path / "nowhere"))

    found = run("doctor")

    assert found.exit_code == 1
    assert "WRONG  reranker: The" in found.stdout


@pytest.mark.model
def test_a_recall_is_reranked_by_the_model_that_is_named_unless_it_is_not_wanted(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_RERANKER", str(tiny_cross_encoder(tmp_path / "tiny")))
    run("write", "alice", "chat", "Alice has two cats.", "--local")

    by_itself, asked, unwanted = (
        run("recall", "alice", "Who has cats?", "--local", "--explain", *words).stdout
        for words in ((), ("--rerank",), ("--no-rerank",))
    )

    assert "reranker" in by_itself
    assert "rerank(tiny@" in asked
    assert "rerank" not in unwanted


def test_a_recall_that_is_to_be_reranked_by_nobody_says_what_to_do(run: Run) -> None:
    run("write", "alice", "chat", "tea", "--local")

    refused = run("recall", "alice", "tea?", "--local", "--rerank")

    assert refused.exit_code != 0
    assert "MEMSVC_RERANKER" in refused.stderr


@pytest.mark.parametrize("option", ["--clues", "--sift-facts"])
def test_a_recall_that_nobody_can_help_says_what_to_do(run: Run, option: str) -> None:
    run("write", "alice", "chat", "tea", "--local")

    refused = run("recall", "alice", "tea?", "--local", option, "unsure")
    plain = run("recall", "alice", "tea?", "--local", option, "never")
    guided = run("recall", "alice", "tea?", "--local", "--recipe", "guided", "--explain")

    assert refused.exit_code != 0
    assert "MEMSVC_LLM_URL" in refused.stderr
    assert plain.exit_code == 0
    assert "not asked: facts, clues" in guided.stderr
    assert "clues(fell back: no_model)" in guided.stdout


def test_verify_ends_with_1_when_the_ledger_is_broken(run: Run, data: Path) -> None:
    run("write", "alice", "chat", "tea", "--local")
    connection = sqlite3.connect(data / "memsvc.db")
    connection.execute("UPDATE turns SET content = 'coffee'")
    connection.commit()
    connection.close()

    found = run("verify", "alice", "--local")

    assert found.exit_code == 1
    assert found.stdout.startswith("broken at position 3")


def test_migrate_says_where_it_came_from(run: Run) -> None:
    first = json.loads(run("migrate", "--json").stdout)
    second = run("migrate")

    assert first == {"from": None, "to": HEAD}
    assert "already" in second.stdout


def test_a_model_that_is_nowhere_ends_with_5(run: Run, tmp_path: Path) -> None:
    refused = run("model", "--name", str(tmp_path / "nowhere"))

    assert refused.exit_code == 5
    assert refused.stderr.splitlines()[-1].startswith("error: ")


def test_every_error_has_an_exit_code_and_none_is_taken_for_a_finding() -> None:
    made: MemsvcError = errors.Busy("later")

    assert exit_code(made) == 4
    assert 1 not in CODES.values()


def test_every_command_says_what_it_does(run: Run) -> None:
    for name in HOMES:
        told = run(name, "--help")
        assert told.exit_code == 0, told.output
        assert len(told.stdout.splitlines()) > 3
    assert "Exit codes" in run("--help").stdout


def test_without_click_one_line_says_what_to_install() -> None:
    program = "import sys; sys.modules['click'] = None\nfrom memsvc.cli import main\nmain()"

    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )

    assert done.returncode == 5
    assert done.stderr == (
        "error: the command line is not installed; run `pip install 'memsvc[server]'`.\n"
    )


def test_a_text_is_told_to_be_altered_and_in_what(run: Run) -> None:
    run("write", "alice", "chat", "Ann paid 35 euros for the boat.", "--local")

    told = run("novelty", "alice", "Ann paid 40 euros for the boat.", "--local")
    known = run("novelty", "alice", "ann paid 35 EUROS", "--local", "--json")

    assert told.stdout.startswith("altered  0.2")
    assert "chat  Ann paid 35 euros for the boat.\n      number: 35 there, 40 here" in told.stdout
    assert json.loads(known.stdout)["verdict"] == "known"


# When and where ----------------------------------------------------------------------------------


def test_two_passages_are_put_in_order(run: Run) -> None:
    run("write", "alice", "chat", "We ate the soup. We washed the pot.", "--local")

    said = run("order", "alice", "washed the pot", "ate the soup", "--local")
    unknown = run("order", "alice", "washed the pot", "quarterly revenue", "--local", "--json")

    assert said.stdout.startswith("b: Both stand in turn ")
    assert "chat #0  from character 20  verbatim 1.00" in said.stdout
    assert json.loads(unknown.stdout)["first"] is None


@pytest.fixture
def bag(run: Run, tmp_path: Path) -> None:
    """A bag that is carried from the hall to the kitchen."""
    file = tmp_path / "bag.json"
    turns = [
        {"content": "The bag is here.", "place": "hall", "at": "2026-01-01T12:00:00Z"},
        {"content": "Now the bag is here.", "place": "kitchen", "at": "2026-01-02T12:00:00Z"},
    ]
    file.write_text(json.dumps(turns))
    run("write", "alice", "chat", "--file", str(file), "--local")


def test_places_are_listed(run: Run, bag: None) -> None:
    assert run("places", "alice", "--local").stdout == (
        "      1  2026-01-01 12:00 UTC  hall\n      1  2026-01-02 12:00 UTC  kitchen\n"
    )
    listed = json.loads(run("places", "alice", "--local", "--json").stdout)
    assert [place["name"] for place in listed] == ["hall", "kitchen"]


def test_a_thing_is_said_to_be_where_it_was_last(run: Run, bag: None) -> None:
    found = run("whereabouts", "alice", "the bag", "--local")
    never = run("whereabouts", "alice", "unicorn", "--local")

    assert [line.split()[0] for line in found.stdout.splitlines()] == ["kitchen", "hall"]
    assert never.stdout == "never seen at any place\n"
    assert json.loads(run("whereabouts", "alice", "bag", "--local", "--json").stdout)["last"]


def test_a_timeline_is_printed_in_order(run: Run, bag: None) -> None:
    whole = run("timeline", "alice", "--local")
    part = run("timeline", "alice", "--since", "2026-01-02", "--place", "kitchen", "--local")
    wrong = run("timeline", "alice", "--since", "yesterday", "--local")

    assert whole.stdout.splitlines()[0] == (
        "2026-01-01 12:00 UTC  chat @ hall  user: The bag is here."
    )
    assert len(part.stdout.splitlines()) == 1
    assert (
        len(json.loads(run("timeline", "alice", "--local", "--json", "--limit", "1").stdout)) == 1
    )
    assert wrong.exit_code == 2
