"""Every error a caller can meet, in one tree.

Each class carries the facts as attributes, a stable `code` that travels over the wire, and a
sentence that says what the reader may do next. The server maps classes to HTTP statuses in one
table (`memsvc.server.problems`); the SDK maps codes back to these classes.

    MemsvcError
    |- InvalidRequest            the request could not be read as what it claims to be
    |  |- InvalidField           one named field is wrong
    |  |- TooLarge               a body, batch or text is over a limit
    |  |- UnreadableDocument     a file that no reader here can make text of
    |  |- BodyTooSlow            the body did not come in time
    |  |- VersionRequired        an edit came without If-Match
    |  `- InvalidLine            a line of an import cannot be kept, or the last ones are missing
    |- Refused                   who is asking
    |  |- KeyRequired            no key, or none that is known
    |  `- RoleTooWeak            a known key that may not do this
    |- NotFound                  no such thing, or none that this key may see
    |  |- SpaceNotFound
    |  |- StreamNotFound
    |  |- TurnNotFound
    |  |- EventNotFound
    |  |- FactNotFound
    |  |- NoteNotFound
    |  |- LinkNotFound
    |  |- RunNotFound
    |  |- DocumentNotFound
    |  |- PartNotFound
    |  |- EntityNotFound
    |  |- MergeNotFound
    |  |- RulingNotFound
    |  |- HeldNotFound           nothing of this id is in quarantine
    |  |- ReceiptNotFound
    |  |- FeedbackNotFound
    |  |- KeyNotFound
    |  `- RouteNotFound
    |- Conflict                  the state does not allow it
    |  |- IdempotencyConflict    the same Idempotency-Key with other content
    |  |- TurnConflict           the same client turn id with other content
    |  |- StreamOwned            the stream is part of a document, which alone writes to it
    |  |- RulingConflict        If-Match names a version that is no longer current
    |  |- VersionMismatch        If-Match names a version that is no longer current
    |  |- LineConflict           an imported turn's or note's id holds other content here
    |  |- DocumentConflict       an imported document's id holds other content here
    |  |- NoLanguageModel        a setting needs a language model, and none is set up
    |  |- DuplicateTurn          the space keeps no turn twice, and it holds this one
    |  |- SecretRefused          the text holds a secret, and the space takes none
    |  |- DocumentRefused        the space would hold back what a document says
    |  |- TextRejected           the same words were rejected out of the quarantine
    |  |- HeldElsewise           what was held has been decided on otherwise
    |  |- MergeConflict          two entities that cannot be merged as things stand
    |  `- DataDirectoryNotEmpty  a restore would overwrite what a data directory holds
    |- Unavailable               try again later
    |  |- NotReady               the service is still opening its store
    |  |- ModelUnavailable       a model cannot be used now
    |  |- StoreUnavailable       the database cannot be read or written now
    |  |- PositionNotReached     min_position was not applied in time
    |  |- Busy                   too many requests are waiting
    |  |- TooManyTurns           more turns of a source came than the space lets in
    |  `- ServiceUnreachable     a client got no answer from a service (raised by the SDK alone)
    `- Broken                    the installation needs a person
       |- DataDirectoryInUse     another process has this data directory open
       |- DataDirectoryUnusable  the data directory cannot be made or written
       |- StoreDamaged           the database file holds what no database may hold
       |- BackupDamaged          a backup is cut off, damaged or of an unknown format
       |- ModelMissing           a model could not be found, loaded or exported
       |- SchemaTooNew           a newer memsvc wrote this database
       |- DimensionMismatch      a vector of another length met an index
       `- ServerFault            the server failed in a way it should not have
"""

from typing import ClassVar


class MemsvcError(Exception):
    """Root of the tree. `detail` is one sentence for the reader."""

    code: ClassVar[str] = "error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(MemsvcError):
    """The request could not be read as what it claims to be."""

    code = "invalid_request"
    title = "The request cannot be read"


class InvalidField(InvalidRequest):
    """One named field is wrong. `limit` is the bound that was crossed, where there is one."""

    code = "invalid_field"
    title = "A field is not valid"

    def __init__(self, detail: str, *, field: str = "", limit: int | None = None) -> None:
        super().__init__(detail)
        self.field = field
        self.limit = limit


class TooLarge(InvalidRequest):
    """A body, batch or text is over `limit`."""

    code = "too_large"
    title = "The request is too large"

    def __init__(self, detail: str, *, field: str = "", limit: int | None = None) -> None:
        super().__init__(detail)
        self.field = field
        self.limit = limit


class UnreadableDocument(InvalidRequest):
    """A file that no reader here can make text of. `reason` is a stable word for why."""

    code = "unreadable_document"
    title = "The document cannot be read"

    def __init__(self, detail: str, *, reason: str) -> None:
        super().__init__(detail)
        self.reason = reason


class BodyTooSlow(InvalidRequest):
    """The body did not come in time; nothing of the request was kept."""

    code = "body_too_slow"
    title = "The body came too slowly"


class VersionRequired(InvalidRequest):
    """An edit came without If-Match."""

    code = "version_required"
    title = "If-Match is required"


class InvalidLine(InvalidRequest):
    """A line of an import cannot be kept, or the last ones are missing.

    `line` counts from 1; all lines up to `kept` were dealt with and need not come again.
    """

    code = "invalid_line"
    title = "A line of the import is not valid"

    def __init__(self, detail: str, *, line: int, kept: int, field: str = "") -> None:
        super().__init__(detail)
        self.line = line
        self.kept = kept
        self.field = field


class Refused(MemsvcError):
    """The one who asks may not."""

    code = "refused"
    title = "Refused"


class KeyRequired(Refused):
    """No key came with the request, or none that is known."""

    code = "key_required"
    title = "A valid key is required"


class RoleTooWeak(Refused):
    """A known key, whose role does not allow this."""

    code = "role_too_weak"
    title = "This key may not do that"


class NotFound(MemsvcError):
    """No such thing, or none that this key may see: the two answer alike."""

    code = "not_found"
    title = "Not found"


class SpaceNotFound(NotFound):
    """No space of that name that this key may see."""

    code = "space_not_found"
    title = "No such space"

    def __init__(self, space: str) -> None:
        super().__init__(f"There is no space {space!r} that this key may see; write to it first.")
        self.space = space


class StreamNotFound(NotFound):
    """No stream of that name in the space."""

    code = "stream_not_found"
    title = "No such stream"

    def __init__(self, stream: str) -> None:
        super().__init__(f"There is no stream {stream!r} in this space; list its streams.")
        self.stream = stream


class TurnNotFound(NotFound):
    """No turn of that id in the space."""

    code = "turn_not_found"
    title = "No such turn"

    def __init__(self, turn: str) -> None:
        super().__init__(f"There is no turn {turn!r} in this space; it may have been deleted.")
        self.turn = turn


class EventNotFound(NotFound):
    """No event of that id in the space."""

    code = "event_not_found"
    title = "No such event"

    def __init__(self, event: str) -> None:
        super().__init__(f"There is no event {event!r} in this space; list its events.")
        self.event = event


class FactNotFound(NotFound):
    """No fact of that id in the space, or only turns that have expired say it."""

    code = "fact_not_found"
    title = "No such fact"

    def __init__(self, fact: str) -> None:
        super().__init__(f"There is no fact {fact!r} in this space; list its facts.")
        self.fact = fact


class NoteNotFound(NotFound):
    """No note of that id in the space, or a turn that it hangs on has expired."""

    code = "note_not_found"
    title = "No such note"

    def __init__(self, note: str) -> None:
        super().__init__(f"There is no note {note!r} in this space; list its notes.")
        self.note = note


class LinkNotFound(NotFound):
    """No link of that id stands between two notes of the space."""

    code = "link_not_found"
    title = "No such link"

    def __init__(self, link: str) -> None:
        super().__init__(f"There is no link {link!r} in this space; list its links.")
        self.link = link


class RunNotFound(NotFound):
    """No run of enrichment of that id in the space."""

    code = "run_not_found"
    title = "No such run"

    def __init__(self, run: str) -> None:
        super().__init__(
            f"There is no run {run!r} in this space; the versions of a note name the run they came "
            "in."
        )
        self.run = run


class DocumentNotFound(NotFound):
    """No document of that id in the space."""

    code = "document_not_found"
    title = "No such document"

    def __init__(self, document: str) -> None:
        super().__init__(f"There is no document {document!r} in this space; list its documents.")
        self.document = document


class PartNotFound(NotFound):
    """No part of that name in the document."""

    code = "part_not_found"
    title = "No such part"

    def __init__(self, part: str) -> None:
        super().__init__(f"There is no part {part!r} in this document; read its parts.")
        self.part = part


class EntityNotFound(NotFound):
    """No turn that stands names this."""

    code = "entity_not_found"
    title = "No such entity"

    def __init__(self, entity: str) -> None:
        super().__init__(f"No turn of this space names {entity!r}; list its entities.")
        self.entity = entity


class MergeNotFound(NotFound):
    """No merge of that id in the space."""

    code = "merge_not_found"
    title = "No such merge"

    def __init__(self, merge: str) -> None:
        super().__init__(
            f"There is no merge {merge!r} in this space; it may have been taken back, or gone with "
            "the last turn that named one of its entities."
        )
        self.merge = merge


class RulingNotFound(NotFound):
    """Nobody rules so about this fact, or it was taken back."""

    code = "ruling_not_found"
    title = "No such ruling"

    def __init__(self, ruling: str) -> None:
        super().__init__(
            f"There is no ruling {ruling!r} about this fact; it may have been taken back. Read the "
            "fact for those that stand."
        )
        self.ruling = ruling


class HeldNotFound(NotFound):
    """There is nothing of this id in quarantine, or it has expired."""

    code = "held_not_found"
    title = "Nothing of this id is held"

    def __init__(self, held: str) -> None:
        super().__init__(
            f"The quarantine holds nothing of the id {held!r}; list it to see what it holds."
        )
        self.held = held


class ReceiptNotFound(NotFound):
    """No receipt of that id in the space."""

    code = "receipt_not_found"
    title = "No such receipt"

    def __init__(self, receipt: str) -> None:
        super().__init__(f"There is no receipt {receipt!r} in this space; list its receipts.")
        self.receipt = receipt


class FeedbackNotFound(NotFound):
    """No feedback of that id in the space."""

    code = "feedback_not_found"
    title = "No such feedback"

    def __init__(self, feedback: str) -> None:
        super().__init__(
            f"There is no feedback {feedback!r} in this space; it may have been taken back, or "
            "gone with its turn."
        )
        self.feedback = feedback


class KeyNotFound(NotFound):
    """No key of that id."""

    code = "key_not_found"
    title = "No such key"

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no key {key!r}; list the keys.")
        self.key = key


class RouteNotFound(NotFound):
    """No endpoint at that path, or not for that method."""

    code = "route_not_found"
    title = "No such endpoint"


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
    """A setting that only a language model can honour, while none is set up."""

    code = "no_language_model"
    title = "No language model is set up"

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} asks for what only a language model can tell, and this service has none; "
            "start it with MEMSVC_SURPRISE_MODEL, or choose another value."
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
    """Two entities that cannot be merged as things stand."""

    code = "merge_conflict"
    title = "These entities cannot be merged"

    def __init__(self, detail: str, *, entity: str, merge: str | None = None) -> None:
        super().__init__(detail)
        self.entity = entity
        self.merge = merge


class DataDirectoryNotEmpty(Conflict):
    """A restore would overwrite what a data directory holds."""

    code = "data_directory_not_empty"
    title = "The data directory is not empty"


class Unavailable(MemsvcError):
    """Not now: the same request may succeed after `retry_after_s`."""

    code = "unavailable"
    title = "Not available now"

    def __init__(self, detail: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class NotReady(Unavailable):
    """The service is still opening its store."""

    code = "not_ready"
    title = "The service is starting"


class ModelUnavailable(Unavailable):
    """A model cannot be used now."""

    code = "model_unavailable"
    title = "A model is not available"


class StoreUnavailable(Unavailable):
    """The database cannot be read or written now; nothing of the request was kept."""

    code = "store_unavailable"
    title = "The store is not available"


class PositionNotReached(Unavailable):
    """The position that a recall asked to wait for was not applied in time."""

    code = "position_not_reached"
    title = "That position has not been applied yet"


class Busy(Unavailable):
    """Too many requests are waiting; nothing of this one was kept."""

    code = "busy"
    title = "Too many requests"


class TooManyTurns(Unavailable):
    """More turns of one source came within a minute than the space lets in."""

    code = "too_many_turns"
    title = "Too many turns a minute"

    def __init__(self, *, source: str, limit: int, retry_after_s: float) -> None:
        super().__init__(
            f"This space lets in {limit} turns a minute of the source {source}; send these again "
            "later, fewer at once.",
            retry_after_s=retry_after_s,
        )
        self.source = source
        self.limit = limit


class ServiceUnreachable(Unavailable):
    """A client got no answer that a memsvc service could have given.

    `may_have_arrived` is False when the request certainly never reached the service.
    """

    code = "service_unreachable"
    title = "The service cannot be reached"

    def __init__(self, detail: str, *, may_have_arrived: bool = True) -> None:
        super().__init__(detail, retry_after_s=0.0)
        self.may_have_arrived = may_have_arrived


class Broken(MemsvcError):
    """The installation needs a person."""

    code = "broken"
    title = "The installation needs attention"


class DataDirectoryInUse(Broken):
    """Another process has this data directory open."""

    code = "data_directory_in_use"
    title = "The data directory is in use"


class DataDirectoryUnusable(Broken):
    """The data directory cannot be made or written."""

    code = "data_directory_unusable"
    title = "The data directory cannot be used"


class StoreDamaged(Broken):
    """The database file holds what no database may hold."""

    code = "store_damaged"
    title = "The database is damaged"


class BackupDamaged(Broken):
    """A backup is cut off, damaged or of an unknown format; nothing was changed."""

    code = "backup_damaged"
    title = "The backup cannot be used"


class ModelMissing(Broken):
    """A model could not be found, loaded or exported."""

    code = "model_missing"
    title = "A model is missing"


class SchemaTooNew(Broken):
    """A newer memsvc wrote this database."""

    code = "schema_too_new"
    title = "The database is newer than this memsvc"


class DimensionMismatch(Broken):
    """A vector of another length met an index."""

    code = "dimension_mismatch"
    title = "Vectors of two lengths met"

    def __init__(self, *, expected: int, got: int) -> None:
        super().__init__(
            f"The index holds vectors of length {expected} and was given one of length {got}; "
            "the embedding model has changed, so the space must be embedded anew."
        )
        self.expected = expected
        self.got = got


class ServerFault(Broken):
    """The server failed in a way it should not have; its log names the request id."""

    code = "server_fault"
    title = "The server failed"
