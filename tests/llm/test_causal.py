"""The causal language model: held to one that is asked token by token, and to its own windows."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import (
    BertConfig,
    BertLMHeadModel,
    GPT2LMHeadModel,
    GPT2Model,
    GraniteConfig,
    GraniteForCausalLM,
)

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.causal import Window, has_plain_head, open_causal, windows
from memsvc.ports.models import Passage, Surprise
from tests.llm.tiny import CORPUS, END_OF_TEXT, tiny_causal, tiny_sliding

pytestmark = pytest.mark.model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_causal(tmp_path / "tiny")


def naive(folder: Path, text: str, *, opening: bool = True) -> list[float]:
    """Ask the model for each token by itself, with all before it: no padding, no cache."""
    model: Any = GPT2LMHeadModel.from_pretrained(folder)
    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids
    read = [0, *ids] if opening else ids
    with torch.inference_mode():
        return [
            -float(model(torch.tensor([read[:end]])).logits[0, -1].log_softmax(-1)[read[end]])
            for end in range(1, len(read))
        ]


def tokens(folder: Path, text: str) -> int:
    return len(Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids)


def one(told: list[list[Surprise | None]]) -> Surprise:
    ((surprise,),) = told
    assert surprise is not None
    return surprise


def test_the_mean_and_the_most_are_those_of_asking_token_by_token(folder: Path) -> None:
    costs = naive(folder, CORPUS[0])

    mean, most = one(open_causal(str(folder), device="cpu").of([Passage([CORPUS[0]])]))

    assert mean == pytest.approx(math.fsum(costs) / len(costs), abs=1e-4)
    assert most == pytest.approx(max(costs), abs=1e-4)


def test_a_text_after_others_costs_what_its_own_tokens_cost(folder: Path) -> None:
    texts = ["Alice moved to Oslo.\n", "The cats did not enjoy it.\n"]
    costs = naive(folder, "".join(texts))
    cut = tokens(folder, texts[0])

    (told,) = open_causal(str(folder), device="cpu").of([Passage(texts)])

    expected = [
        Surprise(math.fsum(part) / len(part), max(part)) for part in (costs[:cut], costs[cut:])
    ]
    assert told == [pytest.approx(surprise, abs=1e-4) for surprise in expected]


def test_without_an_opening_the_first_token_is_left_out(tmp_path: Path) -> None:
    folder = tiny_causal(tmp_path, opening=False)
    costs = naive(folder, "The cats", opening=False)
    opened = open_causal(str(folder), device="cpu")

    assert len(costs) == tokens(folder, "The cats") - 1
    assert one(opened.of([Passage(["The cats"])])).mean == pytest.approx(
        math.fsum(costs) / len(costs), abs=1e-4
    )
    assert opened.of([Passage(["T"])]) == [[None]]


def test_windows_tell_what_the_whole_tells_where_half_of_one_suffices(tmp_path: Path) -> None:
    """Two layers that look four tokens back see eight: any half window holds all that matters."""
    folder = str(tiny_sliding(tmp_path))
    passage = Passage([line + "\n" for line in CORPUS * 4])

    whole = open_causal(folder, device="cpu", window=2048)
    parts = open_causal(folder, device="cpu", window=32)

    assert sum(tokens(tmp_path, text) for text in passage.texts) > 10 * 32
    (expected,), (told,) = whole.of([passage]), parts.of([passage])
    assert told == [pytest.approx(surprise, abs=1e-4) for surprise in expected]


def test_a_token_that_straddles_two_texts_belongs_to_the_one_where_it_begins(folder: Path) -> None:
    assert tokens(folder, "The") == 1

    opened = open_causal(str(folder), device="cpu")

    (told,) = opened.of([Passage(["T", "he", " cats"])])

    assert told[1] is None
    assert told[0] == pytest.approx(one(opened.of([Passage(["The"])])), abs=1e-4)
    assert told[2] is not None


def test_a_token_that_straddles_the_context_belongs_to_no_text(folder: Path) -> None:
    assert open_causal(str(folder), device="cpu").of([Passage(["he"], "T")]) == [[None]]


def test_no_text_can_speak_a_special_token(folder: Path) -> None:
    """Read as text it is many tokens; read as the end of a text it would be one."""
    opened = open_causal(str(folder), device="cpu")

    (told,) = opened.of([Passage([*END_OF_TEXT])])

    assert sum(surprise is not None for surprise in told) > 1


def test_spaces_that_a_tokenizer_leaves_out_of_its_tokens_change_no_count(folder: Path) -> None:
    """Its account of a token that is only spaces is an empty one, where the next text begins."""
    file = folder / "tokenizer.json"
    layout = json.loads(file.read_text())
    layout["post_processor"] = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    plain = open_causal(str(folder), device="cpu")
    file.write_text(json.dumps(layout))
    trimming = open_causal(str(folder), device="cpu")

    for texts in (["The cats ", "moved  \n"], [" \n", ""], ["The", " cats", ""]):
        (spaced,), (trimmed,) = plain.of([Passage(texts)]), trimming.of([Passage(texts)])
        assert [a is None for a in spaced] == [b is None for b in trimmed]


def test_a_fingerprint_names_model_weights_precision_and_window(folder: Path) -> None:
    before = open_causal(str(folder), device="cpu").fingerprint
    model = GPT2LMHeadModel.from_pretrained(folder)
    with torch.no_grad():
        model.lm_head.weight[0, 0] += 1
    model.save_pretrained(folder)

    after = open_causal(str(folder), device="cpu").fingerprint

    assert before.startswith("tiny@")
    assert before.endswith("/fp32/64")
    assert before != after
    assert open_causal(str(folder), device="cpu", window=32).fingerprint.endswith("/fp32/32")


def test_without_transformers_the_reader_is_told_to_install_it() -> None:
    program = (
        "import sys; sys.modules['transformers'] = None\n"
        "from memsvc.domain.errors import ModelMissing\n"
        "from memsvc.llm.causal import open_causal\n"
        "try: open_causal('tiny')\n"
        "except ModelMissing as missing: print(missing.detail)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "transformers is not installed; install it with `pip install" in done.stdout


def test_a_model_that_is_nowhere_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no such folder"):
        open_causal(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("lost", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_folder_that_is_not_whole_is_refused(folder: Path, lost: str) -> None:
    (folder / lost).unlink()

    with pytest.raises(ModelMissing, match="MEMSVC_SURPRISE_MODEL"):
        open_causal(str(folder))


def test_weights_that_were_cut_off_are_refused(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])

    with pytest.raises(ModelMissing, match="cannot be read"):
        open_causal(str(folder))


def test_weights_that_would_be_made_up_are_refused(folder: Path) -> None:
    """transformers draws what a file lacks at random, and says so only in its log."""
    model = GPT2LMHeadModel.from_pretrained(folder)
    kept = {name: one for name, one in model.state_dict().items() if "h.1.mlp" not in name}
    model.save_pretrained(folder, state_dict=kept)

    with pytest.raises(ModelMissing, match="lack its weights"):
        open_causal(str(folder))


def test_a_tokenizer_that_cannot_be_read_is_refused(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{")

    with pytest.raises(ModelMissing, match="MEMSVC_SURPRISE_MODEL"):
        open_causal(str(folder))


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"n_embd": 16}))

    with pytest.raises(ModelMissing, match="MEMSVC_SURPRISE_MODEL"):
        open_causal(str(folder))


def test_a_tokenizer_that_knows_more_tokens_than_its_model_is_refused(folder: Path) -> None:
    model: Any = GPT2LMHeadModel.from_pretrained(folder)
    model.resize_token_embeddings(300)
    model.save_pretrained(folder)

    with pytest.raises(ModelMissing, match="its tokenizer knows tokens that it does not"):
        open_causal(str(folder))


@pytest.mark.parametrize("decodes", [True, False])
def test_a_model_that_sees_what_follows_is_refused(folder: Path, decodes: bool) -> None:  # noqa: FBT001 - a case
    config = BertConfig(
        vocab_size=320,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.2,
        is_decoder=decodes,
    )
    BertLMHeadModel(config).save_pretrained(folder)

    if decodes:
        assert one(open_causal(str(folder), device="cpu").of([Passage(["The cats"])])).mean > 0
    else:
        with pytest.raises(ModelMissing, match="MEMSVC_SURPRISE_MODEL"):
            open_causal(str(folder), device="cpu")


def test_a_backbone_without_a_head_is_taken_with_the_head_that_it_shares(folder: Path) -> None:
    """GPT-2's head is its embedding table, so a file of the bare model lacks nothing."""
    GPT2Model.from_pretrained(folder).save_pretrained(folder)

    assert open_causal(str(folder), device="cpu").context_tokens == 63


def test_probabilities_that_are_no_numbers_are_reported(folder: Path) -> None:
    model = GPT2LMHeadModel.from_pretrained(folder)
    with torch.no_grad():
        model.transformer.wte.weight.fill_(math.nan)
    model.save_pretrained(folder)

    with pytest.raises(ModelUnavailable, match="no numbers"):
        open_causal(str(folder), device="cpu").of([Passage(["The cats"])])


def test_what_torch_cannot_run_is_unavailable(folder: Path) -> None:
    """A model on a device that holds no numbers stands in for one whose memory is full."""
    broken = open_causal(str(folder), device="cpu")
    with broken._lend() as loaded:
        loaded.model.to("meta")

    with pytest.raises(ModelUnavailable, match="could not score 1 texts"):
        broken.of([Passage(["The cats"])])


@given(st.integers(0, 400), st.integers(0, 400), st.integers(2, 50))
def test_every_token_from_the_first_on_is_scored_once_in_order(
    count: int, first: int, size: int
) -> None:
    read = list(windows(count, first=first, size=size))

    scored = [token for window in read for token in range(window.scored, window.end)]
    assert scored == list(range(first, count))


@given(st.integers(0, 400), st.integers(0, 400), st.integers(2, 50))
def test_every_token_has_half_a_window_before_it_where_there_is_so_much(
    count: int, first: int, size: int
) -> None:
    for window in windows(count, first=first, size=size):
        assert window.end - window.start <= size
        assert window.scored - window.start >= min(window.scored, (size + 1) // 2)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(2, 50))
def test_where_scoring_begins_moves_no_window(count: int, first: int, size: int) -> None:
    every = {(window.start, window.end) for window in windows(count, first=0, size=size)}

    assert {(one.start, one.end) for one in windows(count, first=first, size=size)} <= every


def test_a_long_context_costs_one_window() -> None:
    assert list(windows(10_000, first=9_990, size=64)) == [Window(9_952, 10_000, 9_990)]


def test_a_head_by_itself_tells_what_the_whole_model_does(tmp_path: Path) -> None:
    """All is read in one run then; a model that scales its logits is read in steps instead."""
    folder = str(tiny_causal(tmp_path, positions=64))
    plain, stepped = (open_causal(folder, device="cpu", logits=4000) for _ in range(2))
    assert plain._has_plain_head
    stepped._has_plain_head = False
    passages = [Passage([text * 4, text], context=text) for text in (*CORPUS, "x", CORPUS[0] * 3)]

    for one, other in zip(plain.of(passages), stepped.of(passages), strict=True):
        for found, expected in zip(one, other, strict=True):
            assert found is not None
            assert found == pytest.approx(expected, rel=1e-4)


def test_a_model_that_scales_its_logits_has_no_plain_head() -> None:
    sizes = {"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2}
    sizes |= {"vocab_size": 32, "hidden_size": 16, "intermediate_size": 16}
    shaped: Any = GraniteConfig  # Any, because its annotations lack what all configurations take

    granite: Any = GraniteForCausalLM  # the same

    assert has_plain_head(granite(shaped(**sizes, logits_scaling=1.0)).eval())
    assert not has_plain_head(granite(shaped(**sizes, logits_scaling=8.0)).eval())
