"""`memsvc eval`: the report on standard output, its progress elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from memsvc.cli.family import memsvc
from memsvc.llm.fakes import ScriptedModel
from memsvc.ports.language import Ask
from tests.evals.datasets.test_multihop import CORPUS, MUSIQUE
from tests.evals.small import CHAT, HAYSTACKS, PROBES, sample
from tests.llm.stub import Stub, serving
from tests.llm.tiny import tiny_cross_encoder


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small file in LoCoMo's schema, and a service that needs no model."""
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    for variable in ("MEMSVC_RERANKER", "MEMSVC_LLM", "MEMSVC_LLM_URL"):
        monkeypatch.delenv(variable, raising=False)
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps([sample()]))
    return file


def test_with_json_standard_output_holds_only_the_object(file: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"

    done = CliRunner().invoke(
        memsvc, ["eval", "locomo", str(file), "--json", "--report", str(reports)]
    )

    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["dataset"] == "tiny"
    assert found["rows"][0]["name"] == "memsvc"
    (kept,) = reports.iterdir()
    assert json.loads(kept.read_text()) == found


@pytest.mark.model
def test_a_service_with_a_reranker_is_measured_with_and_without_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> dict[str, Any]:
        done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file), "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert found["settings"].get("reranker") == reranker
        return {row["name"]: row for row in found["rows"]}

    reranker = None
    plain = rows()
    assert "memsvc +rerank" not in plain
    reranker = "tiny"
    monkeypatch.setenv("MEMSVC_RERANKER", str(tiny_cross_encoder(tmp_path / reranker)))

    both = rows()

    assert "memsvc +rerank" in both
    assert both["memsvc"] == plain["memsvc"]


def clue(ask: Ask) -> str:
    if ask.messages[0].content.startswith("You help to search"):
        return json.dumps({"answer": "Ana keeps an old otter", "questions": []})
    return json.dumps({"keep": ["f1"]})


def test_rows_with_a_language_model_are_skipped_in_a_line_where_none_is_set(file: Path) -> None:
    done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file), "--json", "--clues"])

    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("skipped: the rows with a language model")
    assert not [row for row in json.loads(done.stdout)["rows"] if "clues" in row["name"]]


def test_clues_are_measured_with_a_model_and_again_from_what_it_said(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = tmp_path / "said.jsonl"
    words = ["eval", "locomo", str(file), "--json", "--clues", "--said", str(said)]

    def rows() -> dict[str, Any]:
        done = CliRunner().invoke(memsvc, words)
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert found["settings"]["language_model"]
        return {row["name"]: row["metrics"] for row in found["rows"]}

    with serving(Stub(model=ScriptedModel(clue, context_tokens=32_768))) as stub:
        monkeypatch.setenv("MEMSVC_LLM_URL", stub.url)
        monkeypatch.setenv("MEMSVC_LLM_MODEL", "small")
        live = rows()
        asked = len(stub.bodies)
    monkeypatch.delenv("MEMSVC_LLM_URL")

    assert {"memsvc", "memsvc +clues", "memsvc +clues where unsure"} < set(live)
    assert asked > 0
    assert rows() == live


def test_sifted_facts_are_a_row_beside_the_recorded_ones(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, questions, openie = (tmp_path / f"{name}.json" for name in ("c", "q", "o"))
    corpus.write_text(json.dumps([each.model_dump() for each in CORPUS]))
    questions.write_text(json.dumps([MUSIQUE]))
    passage = f"{CORPUS[0].title}\n{CORPUS[0].text}"
    found = {"passage": passage, "extracted_triples": [["Ana", "knows", "Bo"]]}
    openie.write_text(json.dumps({"docs": [{"idx": "0", "extracted_entities": [], **found}]}))
    words = ["--corpus", str(corpus), "--openie", str(openie), "--sift-facts", "--json"]
    with serving(Stub(model=ScriptedModel(clue, context_tokens=32_768))) as stub:
        monkeypatch.setenv("MEMSVC_LLM_URL", stub.url)
        monkeypatch.setenv("MEMSVC_LLM_MODEL", "small")
        done = CliRunner().invoke(memsvc, ["eval", "multihop", str(questions), *words])
        shown = [body["messages"][-1]["content"] for body in stub.bodies if "messages" in body]

    assert done.exit_code == 0, done.output
    names = [row["name"] for row in json.loads(done.stdout)["rows"]]
    assert {"memsvc:openie", "memsvc:openie +sifted facts"} < set(names)
    assert any('<fact handle="f1">Ana knows Bo</fact>' in one for one in shown)


def test_a_limit_bounds_the_questions(file: Path) -> None:
    done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file), "--json", "--limit", "1"])

    assert json.loads(done.stdout)["questions"] == 1


def test_a_file_in_another_schema_is_said_in_one_line(file: Path) -> None:
    file.write_text("[{}]")

    done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file)])

    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")


def test_longmemeval_pools_its_haystacks_when_told_to(file: Path) -> None:
    file.write_text(json.dumps(HAYSTACKS))

    apart = CliRunner().invoke(memsvc, ["eval", "longmemeval", str(file), "--json"])
    pooled = CliRunner().invoke(memsvc, ["eval", "longmemeval", str(file), "--pooled", "--json"])

    assert json.loads(apart.stdout)["settings"]["spaces"] == 2
    assert json.loads(pooled.stdout)["settings"]["spaces"] == 1
    assert json.loads(pooled.stdout)["dataset"] == "tiny-pooled"


def test_beam_is_read_from_its_folder(file: Path) -> None:
    chat = file.parent / "100K" / "1"
    chat.mkdir(parents=True)
    (chat / "chat.json").write_text(json.dumps(CHAT))
    (chat / "probing_questions.json").write_text(json.dumps(PROBES))

    done = CliRunner().invoke(memsvc, ["eval", "beam", str(chat.parent), "--json"])

    assert done.exit_code == 0, done.output
    assert (json.loads(done.stdout)["dataset"], json.loads(done.stdout)["questions"]) == ("100K", 2)


def test_an_ablation_is_a_row_for_each_part_taken_out(file: Path) -> None:
    done = CliRunner().invoke(memsvc, ["eval", "locomo", str(file), "--json", "--ablate"])

    rows = [row["name"] for row in json.loads(done.stdout)["rows"]]
    assert rows[:3] == ["memsvc", "memsvc -dense", "memsvc -dense_before"]
    assert {"memsvc -session", "memsvc +events", "memsvc +events_of_six"} < set(rows)
    assert "memsvc -contiguity" in rows


def test_two_kept_reports_of_one_run_do_not_differ(file: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    CliRunner().invoke(memsvc, ["eval", "locomo", str(file), "--report", str(reports)])
    (kept,) = reports.iterdir()

    done = CliRunner().invoke(memsvc, ["eval", "diff", str(kept), str(kept), "--json"])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["changes"]["recall@10"]["difference"] == 0


def test_dialogues_are_cut_and_the_report_is_kept(file: Path, tmp_path: Path) -> None:
    marked = {"utterances": ["a boat", "a sail", "an oven", "some bread"], "segments": [2, 2]}
    file.write_text(json.dumps([marked, marked]))
    reports = tmp_path / "reports"

    done = CliRunner().invoke(
        memsvc,
        ["eval", "segmentation", str(file), "--json", "--limit", "1", "--report", str(reports)],
    )

    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["questions"], found["rows"][0]["name"]) == (1, "memsvc")
    (kept,) = reports.iterdir()
    assert kept.name.endswith("-segmentation-tiny.json")


def test_a_file_without_dialogues_is_said_in_one_line(file: Path) -> None:
    file.write_text("")

    done = CliRunner().invoke(memsvc, ["eval", "segmentation", str(file)])

    assert done.exit_code == 2
    assert done.stderr.startswith("error: tiny is not in")


def test_multi_hop_questions_are_asked_of_a_corpus_or_made_of_it(file: Path) -> None:
    corpus = file.parent / "corpus.json"
    corpus.write_text(json.dumps([each.model_dump() for each in CORPUS]))
    file.write_text(json.dumps([MUSIQUE]))
    openie = file.parent / "openie.json"
    openie.write_text(json.dumps({"docs": []}))
    options = ["--corpus", str(corpus), "--json"]

    asked = CliRunner().invoke(
        memsvc, ["eval", "multihop", str(file), *options, "--openie", str(openie)]
    )
    made = CliRunner().invoke(memsvc, ["eval", "multihop", *options])

    assert asked.exit_code == made.exit_code == 0, asked.output + made.output
    assert [row["name"] for row in json.loads(asked.stdout)["rows"]] == [
        "memsvc", "memsvc -bridges", "dense", "bm25", "rrf", "convex", "two-hop",
        "bridges", "pagerank:entities", "pagerank:linearrag", "pagerank:ours", "bridges+pagerank",
        "pagerank:hipporag2", "bridges:openie", "pagerank:ours:openie", "bridges+pagerank:openie",
        "chroma", "mem0", "a-mem", "memsvc:openie",
    ]  # fmt: skip
    assert json.loads(made.stdout)["dataset"] == "corpus-made"


def test_a_corpus_of_which_no_question_can_be_made_says_so(file: Path) -> None:
    file.write_text(json.dumps([{"title": "Sharks", "text": "Fish."}]))

    done = CliRunner().invoke(memsvc, ["eval", "multihop", "--corpus", str(file)])

    assert done.exit_code == 2
    assert "name a file of questions" in done.stderr


def test_retention_reads_every_form_and_measures_each_budget(file: Path) -> None:
    chats = CliRunner().invoke(memsvc, ["eval", "retention", str(file), "--json"])
    file.write_text(json.dumps(HAYSTACKS))
    pooled = CliRunner().invoke(
        memsvc, ["eval", "retention", str(file), "--form", "longmemeval", "--json", "--limit", "1"]
    )

    assert json.loads(chats.stdout)["settings"]["budgets_percent"] == [10, 30, 50]
    assert json.loads(pooled.stdout)["dataset"] == "tiny-pooled"


def test_abstaining_reads_every_form_and_stands_beside_plain_ways(file: Path) -> None:
    chats = CliRunner().invoke(memsvc, ["eval", "abstain", str(file)])
    file.write_text(json.dumps(HAYSTACKS))
    pooled = CliRunner().invoke(
        memsvc, ["eval", "abstain", str(file), "--form", "longmemeval", "--json"]
    )

    assert "best BM25" in chats.stdout
    assert json.loads(pooled.stdout)["unanswered"]["questions"] == 1


def test_updates_are_planted_in_conversations_and_asked_of_data_sets(file: Path) -> None:
    chat = file.parent / "100K" / "1"
    chat.mkdir(parents=True)
    (chat / "chat.json").write_text(json.dumps(CHAT))
    (chat / "probing_questions.json").write_text(json.dumps(PROBES))
    haystacks = file.parent / "haystacks.json"
    haystacks.write_text(json.dumps(HAYSTACKS))

    done = CliRunner().invoke(
        memsvc,
        [
            *("eval", "updates", str(file), "--json"),
            *("--longmemeval", str(haystacks), "--beam", str(chat.parent)),
        ],
    )

    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["updates"]["questions"] == 320
    assert found["updates"]["settings"]["chatter"] == ["conv-1"]


def test_recognition_probes_what_is_known_and_after_each_lag(file: Path, tmp_path: Path) -> None:
    few = CliRunner().invoke(memsvc, ["eval", "recognition", str(file)])
    turns = [
        {"speaker": "Ada", "dia_id": f"D1:{n}", "text": f"I really saw {n} herons with Ben today."}
        for n in range(1, 9)
    ]
    when = "1:56 pm on 8 May, 2023"
    told = {"speaker_a": "A", "speaker_b": "B", "session_1_date_time": when, "session_1": turns}
    file.write_text(json.dumps([sample(conversation=told)]))
    filler = tmp_path / "filler.json"
    said = [f"Heron number {number} stands in the reeds." for number in range(8)]
    filler.write_text(json.dumps([*said, "How many herons are there?"]))

    asked = ["eval", "recognition", str(file), "--filler", str(filler), "--json"]
    done = CliRunner().invoke(memsvc, [*asked, "--lag", "5", "--lag", "12"])
    alone = CliRunner().invoke(memsvc, ["eval", "recognition", str(file)])

    found = json.loads(done.stdout)
    assert (found["settings"]["fillers_real"], found["settings"]["fillers_made"]) == (8, 4)
    halves = found["recall"]["memsvc"]["first half@5"]
    assert list(halves["by_lag"]) == ["0", "5", "12"]
    assert "how well novelty parts" in alone.stdout
    assert few.exit_code == 2


def test_forgetting_reads_conversations_and_counts_what_is_left(file: Path) -> None:
    done = CliRunner().invoke(memsvc, ["eval", "forget", str(file), "--json"])
    told = CliRunner().invoke(memsvc, ["eval", "forget", str(file)])

    found = json.loads(done.stdout)["forgetting"]
    assert found["forgotten"] > 0
    assert found["residue"] == 0
    assert "residue: 0" in told.stdout


def test_synonyms_are_chosen_by_our_own_pairs_or_a_users(file: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "mine.csv"
    pairs.write_text("name,other,same\nUN,United Nations,1\nPart 1,Part 2,0\n")
    reports = tmp_path / "reports"

    own = CliRunner().invoke(memsvc, ["eval", "synonyms", "--json"])
    mine = CliRunner().invoke(memsvc, ["eval", "synonyms", str(pairs), "--report", str(reports)])
    wrong = CliRunner().invoke(memsvc, ["eval", "synonyms", str(file)])

    assert own.exit_code == 0, own.output
    assert {"cosine", "memsvc"} == {way["name"] for way in json.loads(own.stdout)["ways"]}
    assert mine.exit_code == 0, mine.output
    (kept,) = reports.iterdir()
    assert kept.name.endswith("-synonyms-mine.json")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def test_conflicts_are_read_from_one_file_and_kept(file: Path, tmp_path: Path) -> None:
    passages = tmp_path / "floats.json"
    samples = [
        {
            "question": f"Does {thing} float?",
            "parametric_memory": f"{thing} floats on water.",
            "counter_memory": f"{thing} does not float on water.",
            "parametric_memory_aligned_evidence": f"In a pond {thing} floats on water.",
            "counter_memory_aligned_evidence": f"In a pond {thing} never floats on water.",
        }
        for thing in ("Cork", "Iron", "Balsa", "Pumice")
    ]
    passages.write_text(json.dumps(samples))
    reports = tmp_path / "reports"

    done = CliRunner().invoke(
        memsvc, ["eval", "conflict", str(passages), "--report", str(reports), "--json"]
    )
    wrong = CliRunner().invoke(memsvc, ["eval", "conflict", str(file)])

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["pairs"]["memories"]["rows"]["memsvc"]["AUROC"][0] == 1.0
    (kept,) = reports.iterdir()
    assert kept.name.endswith("-conflict-floats.json")
    assert (wrong.exit_code, wrong.stderr.count("\n")) == (2, 1)


def test_notes_are_measured_and_multihop_asks_for_its_corpus(file: Path, tmp_path: Path) -> None:
    reports = tmp_path / "reports"

    done = CliRunner().invoke(memsvc, ["eval", "notes", str(file), "--json"])
    wrong = CliRunner().invoke(memsvc, ["eval", "notes", str(file), "--form", "multihop"])
    kept = CliRunner().invoke(
        memsvc, ["eval", "notes", str(file), "--limit", "1", "--report", str(reports)]
    )

    assert done.exit_code == 0, done.output
    assert "links followed" in {row["name"] for row in json.loads(done.stdout)["rows"]}
    assert (wrong.exit_code, "--corpus" in wrong.stderr) == (2, True)
    assert kept.exit_code == 0, kept.output
    assert [one.name[10:17] for one in reports.iterdir()] == ["-notes-"]
