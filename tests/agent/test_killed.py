"""A program that is killed in the middle of an answer: what it was told is kept, and no half."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memsvc.spawned import Spawned, free_port, spawned

TALKING = """
import sys, time
from memsvc.agent import MemoryAgent
from memsvc.sdk.client import Client
from tests.agent.scripted import Scripted

class Endless(Scripted):
    def stream(self, ask, *, within_s):
        yield "Half an answer"
        print("begun", flush=True)
        time.sleep(60)

with Client() as client:
    MemoryAgent(client.space("alice"), Endless(["-"]), stream="chat").say("My dentist is Rosa.")
"""
CHATTING = """
import signal, sys
# Whoever runs the tests in the background ignores it, and would pass that on.
signal.signal(signal.SIGINT, signal.default_int_handler)
from contextlib import nullcontext
from memsvc.cli.family import memsvc
exec(sys.argv[1].split("with Client")[0])
memsvc(["chat", "--space", "bob", "--stream", "chat"], obj=lambda: nullcontext(Endless(["-"])))
"""


def begun(service: Spawned, *arguments: str) -> "subprocess.Popen[str]":
    """Start a program, and return when its model has begun to answer."""
    environment = {**os.environ, "MEMSVC_URL": service.address, "MEMSVC_KEY": service.key}
    program = subprocess.Popen(
        [sys.executable, "-c", *arguments],
        env=environment,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write("My dentist is Rosa.\n")
    program.stdin.flush()
    for line in program.stdout:
        if "begun" in line:
            break
    return program


def test_killed_or_interrupted_the_users_side_is_kept_and_no_half_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with spawned(tmp_path, port=free_port()) as service:
        with begun(service, TALKING) as killed:
            killed.kill()
        with begun(service, CHATTING, TALKING) as chatting:
            chatting.send_signal(signal.SIGINT)
            _, said = chatting.communicate(timeout=30)

        for space in ("alice", "bob"):
            turns = [turn.content for turn in service.client.space(space).turns()]
            assert turns == ["My dentist is Rosa."]
    assert killed.returncode == -signal.SIGKILL
    assert (chatting.returncode, said.strip()) == (
        0,
        "left; what was said is kept in the stream chat of bob.",
    )
