"""What the state of things does not allow, though the request can be read."""

from memsvc.domain.errors.root import MemsvcError


class Conflict(MemsvcError):
    """The state does not allow what was asked."""

    code = "conflict"
    title = "Conflict"


class IdempotencyConflict(Conflict):
    """The same Idempotency-Key came again with other content."""

    code = "idempotency_conflict"
    title = "This Idempotency-Key was used for other content"

    def __init__(self, idempotency_key: str) -> None:
        super().__init__(
            f"Idempotency-Key {idempotency_key!r} was used for other content in this space; "
            "send a new key for a new request."
        )
        self.idempotency_key = idempotency_key


class TurnConflict(Conflict):
    """The same client turn id came again with other content."""

    code = "turn_conflict"
    title = "This turn id holds other content"

    def __init__(self, client_id: str) -> None:
        super().__init__(
            f"The stream already holds a turn with id {client_id!r} and other content; "
            "turns are immutable, so write the correction as a new turn."
        )
        self.client_id = client_id


class StreamOwned(Conflict):
    """The stream is part of a document, which alone writes to it and deletes it."""

    code = "stream_owned"
    title = "The stream belongs to a document"

    def __init__(self, stream: str, *, document: str) -> None:
        super().__init__(
            f"Stream {stream!r} is a part of document {document!r}; "
            "write, replace or delete it through the document."
        )
        self.stream = stream
        self.document = document


class RulingConflict(Conflict):
    """What is ruled about a fact cannot be, as things stand."""

    code = "ruling_conflict"
    title = "The ruling cannot be"


class VersionMismatch(Conflict):
    """If-Match names a version that is no longer current. `current` is the one that is."""

    code = "version_mismatch"
    title = "The item has changed"

    def __init__(self, *, current: int) -> None:
        super().__init__(
            f"The item is at version {current} now; read it again and repeat the edit."
        )
        self.current = current


class LineConflict(Conflict):
    """An imported turn or note is here already, under the same id, with other content.

    `line` counts from 1; all lines up to `kept` were dealt with and need not come again.
    """

    code = "line_conflict"
    title = "An imported id holds other content"

    def __init__(self, turn: str, *, line: int, kept: int) -> None:
        super().__init__(
            f"Line {line}: this space holds {turn!r} with other content; "
            "import into another space, or delete that one here first. "
            f"Lines up to {kept} were dealt with."
        )
        self.turn = turn
        self.line = line
        self.kept = kept


class DocumentConflict(Conflict):
    """An imported document is here already, under the same id, with other content.

    `line` counts from 1; all lines up to `kept` were dealt with and need not come again.
    """

    code = "document_conflict"
    title = "An imported document's id holds other content"

    def __init__(self, document: str, *, line: int, kept: int) -> None:
        super().__init__(
            f"Line {line}: this space holds a document with id {document!r} and other content; "
            "import into another space, or delete that document first. "
            f"Lines up to {kept} were dealt with."
        )
        self.document = document
        self.line = line
        self.kept = kept


class NoLanguageModel(Conflict):
    """A setting or a question that only a language model can meet, while none is set up."""

    code = "no_language_model"
    title = "No language model is set up"

    def __init__(self, field: str, *, setting: str = "MEMSVC_SURPRISE_MODEL") -> None:
        super().__init__(
            f"{field} asks for what only a language model can tell, and this service has none; "
            f"start it with {setting}, or choose another value."
        )
        self.field = field


class ReembeddingConflict(Conflict):
    """What a change of the embedding model does not allow as it stands."""

    code = "reembedding_conflict"
    title = "The change of the embedding model does not allow this now"


class NoReranker(Conflict):
    """A question that is to be reranked, while no reranker is set up."""

    code = "no_reranker"
    title = "No reranker is set up"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} asks for a reranker, and this service has none; start it with "
            "MEMSVC_RERANKER, or leave the field out."
        )
        self.field = field


class DuplicateTurn(Conflict):
    """The space keeps no turn twice, and it holds this one."""

    code = "duplicate_turn"
    title = "The space holds this turn already"

    def __init__(self, field: str, *, turn: str | None) -> None:
        where = "this write" if turn is None else f"turn {turn}"
        super().__init__(
            f"{field}: {where} has the same words of the same speaker, and this space keeps no "
            "turn twice; leave it out, or set `admission.duplicates` to keep."
        )
        self.field = field
        self.turn = turn


class SecretRefused(Conflict):
    """The space takes no turn that holds a secret."""

    code = "secret_refused"
    title = "The text holds a secret"

    def __init__(self, field: str, *, reason: str) -> None:
        super().__init__(
            f"{field}: the text holds what looks like a secret ({reason}), and this space takes "
            "none; take it out of the text."
        )
        self.field = field
        self.reason = reason


class DocumentRefused(Conflict):
    """The space would hold back what a document says, and a document goes in whole."""

    code = "document_refused"
    title = "The document is not let in"

    def __init__(self, field: str, *, rule: str) -> None:
        super().__init__(
            f"{field}: the space holds back what one of its paragraphs says (by the rule {rule}), "
            "and a document goes in whole; take the paragraph out, or write it as a turn."
        )
        self.field = field
        self.rule = rule


class TextRejected(Conflict):
    """The same words were rejected out of the quarantine of the space."""

    code = "text_rejected"
    title = "These words were rejected"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field}: these words were held and rejected in this space; leave them out, or ask "
            "whoever keeps it."
        )
        self.field = field


class HeldElsewise(Conflict):
    """What was held has been decided on otherwise."""

    code = "held_elsewise"
    title = "It was decided otherwise"

    def __init__(self, held: str, *, ruling: str) -> None:
        super().__init__(
            f"What was held as {held} has been {ruling}, which is for good; write or delete the "
            "turn instead."
        )
        self.held = held
        self.ruling = ruling


class MergeConflict(Conflict):
    """Two entities that cannot be merged, or one that cannot be called so, as things stand."""

    code = "merge_conflict"
    title = "Entities cannot be merged or called so"

    def __init__(self, detail: str, *, entity: str, merge: str | None = None) -> None:
        super().__init__(detail)
        self.entity = entity
        self.merge = merge


class UnlinkConflict(Conflict):
    """An entity that cannot be unlinked from a turn as things stand."""

    code = "unlink_conflict"
    title = "This entity cannot be unlinked"

    def __init__(
        self, detail: str, *, entity: str, turn: str | None = None, merge: str | None = None
    ) -> None:
        super().__init__(detail)
        self.entity = entity
        self.turn = turn
        self.merge = merge


class DataDirectoryNotEmpty(Conflict):
    """A restore would overwrite what a data directory holds."""

    code = "data_directory_not_empty"
    title = "The data directory is not empty"
