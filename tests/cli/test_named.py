"""Commands are listed without being imported, in the words that they say of themselves."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from memsvc.cli.evaluate import HOMES as EVALUATIONS
from memsvc.cli.evaluate import evaluate
from memsvc.cli.family import HOMES, memsvc
from memsvc.cli.named import Named


@pytest.mark.parametrize("group", [memsvc, evaluate])
def test_help_lists_every_command_in_its_own_words(group: Named) -> None:
    context = click.Context(group)

    for name, home in group.homes.items():
        command = group.get_command(context, name)
        assert command is not None
        assert home.says == command.get_short_help_str(1_000)


@pytest.mark.parametrize("words", ["--help", "eval --help"])
def test_help_imports_no_command_and_nothing_large(words: str) -> None:
    """Listing took 2.5 seconds when every command was imported for its sentence."""
    program = (
        "import sys\n"
        "from memsvc.cli.family import memsvc\n"
        f"memsvc({words.split()}, standalone_mode=False)\n"
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )

    assert "Commands:" in done.stdout
    loaded = set(done.stderr.splitlines())
    assert loaded.isdisjoint({"numpy", "sqlalchemy", "fastapi", "faiss", "onnxruntime", "httpx"})
    commands = {home.module for home in [*HOMES.values(), *EVALUATIONS.values()]}
    assert loaded & commands <= {HOMES["eval"].module}
