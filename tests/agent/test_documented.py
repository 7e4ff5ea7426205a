"""The example of docs/agent.md does what it says."""

import re
from pathlib import Path

import pytest

from memsvc.ports.language import Ask
from tests.agent.served import handle_of, talking

PAGE = Path(__file__).parents[2] / "docs" / "agent.md"


def test_the_example_of_the_page_runs_as_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    def says(ask: Ask) -> str:
        handle = handle_of(ask, "I moved to Lisbon in May.")
        if ask.messages[-1].content == "And since when?":
            return f"Since May [{handle}]."
        return f"You live in Lisbon [{handle}]."

    with talking(says) as stub:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
        monkeypatch.setenv("MEMSVC_LLM_URL", stub.url)
        monkeypatch.setenv("MEMSVC_LLM_MODEL", "small")
        exec(compile(example, str(PAGE), "exec"), {})  # noqa: S102  as a reader would

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "You live in Lisbon [m1]."
    assert told[1] == "m1 I moved to Lisbon in May."
    assert told[2].startswith("m1 ")
    assert "letters | Alice (user)" in told[2]
    assert "'dense'" in told[2]
    assert told[3] == "Since May [m1]."
    assert told[4].startswith("Tokens(context=")
    assert len([line for line in example.splitlines() if line.strip()]) <= 20
