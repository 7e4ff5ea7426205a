"""Screen a document: what a space's admission policy says to the paragraphs that are new in it.

A document goes in whole or not at all, because its parts are known by what stands in them. So
nothing of it is held: what would be, as a turn, is refused with all of the document, and may be
written as turns, which are. How long and how many the turns of a source are, and that none is said
twice, bounds whoever writes turns; of a document the service cuts them itself, and it has bounds of
its own.
"""

from collections.abc import Sequence

from memsvc.app.fingerprints import text_digest
from memsvc.app.plan import PlannedPart
from memsvc.domain.admission import Admission, OnInstruction, OnSecret
from memsvc.domain.errors import DocumentRefused, MemsvcError, SecretRefused, TextRejected
from memsvc.domain.memory import Space
from memsvc.ingest.instructions import reasons_in
from memsvc.ingest.secrets import secrets_in
from memsvc.ports.keeping import Unit


def refusal_of(parts: Sequence[PlannedPart], policy: Admission | None) -> MemsvcError | None:
    """Return what speaks against the new paragraphs of a document by a policy, if anything."""
    if policy is None:
        return None
    looks_for_secrets = policy.secrets is not OnSecret.OFF
    looks_for_instructions = policy.instructions.document is not OnInstruction.OFF
    if not looks_for_secrets and not looks_for_instructions:
        return None
    for part in parts:
        for turn in part.fresh:
            secrets = secrets_in(turn.content) if looks_for_secrets else ()
            if secrets and policy.secrets is OnSecret.REFUSE:
                return SecretRefused(_where(part), reason=secrets[0].explanation)
            found = (*secrets, *(reasons_in(turn.content) if looks_for_instructions else ()))
            if found:
                return DocumentRefused(_where(part), rule=found[0].rule)
    return None


def refuse_rejected(unit: Unit, space: Space, parts: Sequence[PlannedPart]) -> None:
    """Refuse new paragraphs whose words were rejected out of quarantine. Raises `TextRejected`."""
    if not space.rejections:
        return
    digests = {
        text_digest(turn.content, secret=space.secret): part
        for part in parts
        for turn in part.fresh
    }
    for digest in unit.quarantine.rejected(space.key, list(digests)):
        raise TextRejected(_where(digests[digest]))


def _where(part: PlannedPart) -> str:
    return f"parts.{part.name}"
