"""The command line: `memsvc COMMAND`, a thin face over the SDK and the server."""

import sys

BROKEN = 5


def main() -> None:
    """Run the command line, or say in one line what is not installed."""
    try:
        from memsvc.cli.family import memsvc  # noqa: PLC0415  click comes with [server]
    except ModuleNotFoundError as error:
        if error.name not in {"click", "structlog"}:
            raise
        sys.stderr.write(
            "error: the command line is not installed; run `pip install 'memsvc[server]'`.\n"
        )
        sys.exit(BROKEN)
    memsvc(prog_name="memsvc")
