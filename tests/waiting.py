"""Waiting for what another thread or process brings about."""

from collections.abc import Callable
from time import monotonic, sleep

PATIENCE_S = 30.0
POLL_S = 0.02


def eventually(holds: Callable[[], bool]) -> bool:
    """Tell whether something comes to hold within half a minute."""
    deadline = monotonic() + PATIENCE_S
    while not holds():
        if monotonic() > deadline:
            return False
        sleep(POLL_S)
    return True
