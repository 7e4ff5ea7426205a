"""Export a model: `python -m memsvc.llm.export NAME FOLDER`.

`memsvc.llm.provision` runs this in a process of its own. Run by hand, it makes a folder that can
be carried to a machine without torch. Exit status 0 when the folder is ready; otherwise the last
line on stderr says why it is not.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from memsvc.domain.errors import ModelMissing
from memsvc.llm.embed_st import export_onnx, load
from memsvc.llm.provision import resolve, short_name


def main(arguments: Sequence[str]) -> int:
    """Export the model named first into the folder named second; return the exit status."""
    try:
        name, folder = arguments
    except ValueError:
        sys.stderr.write("usage: python -m memsvc.llm.export NAME FOLDER\n")
        return 2
    try:
        # On the CPU, where the export will run and is compared.
        export_onnx(load(resolve(name), device="cpu"), Path(folder), name=short_name(name))
    except ModelMissing as missing:
        sys.stderr.write(f"{missing.detail}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
