"""The id that a request goes by: on its answer, in the log, and in what it asks in turn."""

import re
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # at run time the door does without it, and imports this
    from starlette.types import Scope

HEADER = b"x-request-id"
SANE = re.compile(r"[\w.:\-]{1,100}", re.ASCII)


def request_id(scope: "Scope") -> str:
    """Take the caller's own id when it is a sane one, so that two logs can be laid side by side."""
    given = next((value for name, value in scope["headers"] if name == HEADER), b"")
    text: str = given.decode("latin-1")
    return text if SANE.fullmatch(text) else uuid.uuid4().hex
