"""What is freed is kept, in a process of its own: the setting is the whole process's."""

import platform
import subprocess
import sys

import pytest

from memsvc.llm.freed import give_back, keep_freed

FAULTS = """
import resource, sys
import numpy as np
from memsvc.llm.freed import keep_freed
if sys.argv[1] == "kept":
    keep_freed()
def work():
    return [np.ones(3_000_000) for _ in range(6)]
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(4):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only GNU's library is told")
def test_pages_of_what_was_freed_are_not_asked_for_again() -> None:
    assert faults("kept") * 5 < faults("as it comes")


def test_it_can_be_given_back_whether_or_not_it_was_kept() -> None:
    give_back()
    keep_freed()
    keep_freed()
    give_back()
