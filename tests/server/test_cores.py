"""How many cores NumPy's products take, while services are open in a process and afterwards.

In processes of their own: of a process's threads the first that sets a limit is the only one that
may, as long as it lives.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memsvc.server.cores import SAID_BY

SCRIPT = """
import sys
import memsvc
from threadpoolctl import ThreadpoolController
from memsvc.server.cores import NUMPYS

def cores():
    (library,) = ThreadpoolController().select(threading_layer=NUMPYS).lib_controllers
    return library.get_num_threads()

memsvc.open  # which loads what multiplies
told = [cores()]
one = memsvc.open(sys.argv[1] + "/one")
told.append(cores())
with memsvc.open(sys.argv[1] + "/two"):
    one.close()
    told.append(cores())
told.append(cores())
print(*told)
"""


def told(folder: Path, **said: str) -> list[int]:
    """Return how many cores a product takes: before, beside one, beside another, and after both."""
    environment = {name: value for name, value in os.environ.items() if name not in SAID_BY}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, folder],
        env=environment | {"MEMSVC_EMBEDDER": "hashing"} | said,
        capture_output=True,
        text=True,
        check=True,
    )
    return [int(cores) for cores in done.stdout.split()]


def test_a_product_takes_one_core_while_any_service_is_open(tmp_path: Path) -> None:
    before, beside_one, beside_the_other, after = told(tmp_path)
    assert (beside_one, beside_the_other) == (1, 1)
    assert after == before


@pytest.mark.parametrize("name", SAID_BY)
def test_who_says_otherwise_is_heeded(name: str, tmp_path: Path) -> None:
    before, *later = told(tmp_path, **{name: "2"})
    assert set(later) == {before}
