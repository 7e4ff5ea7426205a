"""Which release of the software this is."""

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


@cache
def version() -> str:
    """Return the version of the installed package."""
    try:
        return installed("memsvc")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "checkout"
