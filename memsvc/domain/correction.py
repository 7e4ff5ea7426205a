"""Corrections: a turn's text never changes, so what is true instead is another turn.

That one names in its metadata what it corrects and may say why, and is named in the metadata of
what it corrects. Both are ordinary edits, which the ledger holds and a rollback undoes, so who may
write may correct, and may take it back. Whatever else stands under these names in metadata, which
may be anything, corrects nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

from memsvc.domain.ids import TurnId

CORRECTS = "corrects"
CORRECTED_BY = "corrected_by"
WHY = "correction_reason"

_ID = re.compile(r"[A-Za-z0-9_]{1,64}")


def corrected_by(metadata: Mapping[str, Any]) -> TurnId | None:
    """Return the turn that corrects the one of this metadata; it may be gone by now."""
    return id_in(metadata, CORRECTED_BY)


def corrects(metadata: Mapping[str, Any]) -> TurnId | None:
    """Return the turn that the one of this metadata corrects; it may be gone by now."""
    return id_in(metadata, CORRECTS)


def reason_in(metadata: Mapping[str, Any]) -> str | None:
    """Return why a turn corrects another, on one line, where its metadata says so."""
    said = metadata.get(WHY)
    return " ".join(said.split()) or None if isinstance(said, str) else None


def id_in(metadata: Mapping[str, Any], name: str) -> TurnId | None:
    """Return an id that metadata holds under a name; whatever else may stand there is none."""
    value = metadata.get(name)
    return TurnId(value) if isinstance(value, str) and _ID.fullmatch(value) else None
