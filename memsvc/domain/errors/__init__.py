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
    |  |- UnlinkingNotFound
    |  |- RulingNotFound
    |  |- HeldNotFound           nothing of this id is in quarantine
    |  |- ReceiptNotFound
    |  |- FeedbackNotFound
    |  |- PinNotFound
    |  |- KeyNotFound
    |  `- RouteNotFound
    |- Conflict                  the state does not allow it
    |  |- IdempotencyConflict    the same Idempotency-Key with other content
    |  |- TurnConflict           the same client turn id with other content
    |  |- StreamOwned            the stream is part of a document, which alone writes to it
    |  |- RulingConflict         what is ruled about a fact cannot be, as things stand
    |  |- VersionMismatch        If-Match names a version that is no longer current
    |  |- LineConflict           an imported turn's or note's id holds other content here
    |  |- DocumentConflict       an imported document's id holds other content here
    |  |- NoLanguageModel        a setting or question needs a language model; none is set
    |  |- ReembeddingConflict    the change of the embedding model does not allow this now
    |  |- NoReranker             a question is to be reranked, and no reranker is set up
    |  |- DuplicateTurn          the space keeps no turn twice, and it holds this one
    |  |- SecretRefused          the text holds a secret, and the space takes none
    |  |- DocumentRefused        the space would hold back what a document says
    |  |- TextRejected           the same words were rejected out of the quarantine
    |  |- HeldElsewise           what was held has been decided on otherwise
    |  |- MergeConflict          entities that cannot be merged or called so as things stand
    |  |- UnlinkConflict         an entity that cannot be unlinked from a turn as things stand
    |  `- DataDirectoryNotEmpty  a restore would overwrite what a data directory holds
    |- Unavailable               try again later
    |  |- NotReady               the service is still opening its store
    |  |- ModelUnavailable       a model cannot be used now
    |  |- RerankerLate           a reranker was not done within its time
    |  |- RerankerBusy           a reranker still runs for a question that went on without it
    |  |- StoreUnavailable       the database cannot be read or written now
    |  |- OutcomeUnknown         the database went away during a commit
    |  |- PositionNotReached     min_position was not applied in time
    |  |- Busy                   too many requests are waiting
    |  |- TooManyTurns           more turns of a source came than the space lets in
    |  `- ServiceUnreachable     a client got no answer from a service (raised by the SDK alone)
    `- Broken                    the installation needs a person
       |- DataDirectoryInUse     another process has this data directory open
       |- DataDirectoryUnusable  the data directory cannot be made or written
       |- StoreDamaged           the database file holds what no database may hold
       |- CopyDiffers            a store that was copied elsewhere is not the same there
       |- BackupDamaged          a backup is cut off, damaged or of an unknown format
       |- ModelMissing           a model could not be found, loaded or exported
       |- SchemaTooNew           a newer memsvc wrote this database
       |- SchemaTooOld           a shared database is to be migrated first
       |- DimensionMismatch      a vector of another length met an index
       |- RecipeUnsound          a recipe whose stages cannot work in their order
       |  |- NothingGathered     a stage works on candidates that nothing before it finds
       |  |- NothingScored       a stage reads scores that nothing before it gives
       |  `- GatheredTooLate     a stage adds candidates behind one that scores
       `- ServerFault            the server failed in a way it should not have
"""

from memsvc.domain.errors.asking import (
    BodyTooSlow,
    InvalidField,
    InvalidLine,
    InvalidRequest,
    KeyRequired,
    Refused,
    RoleTooWeak,
    TooLarge,
    UnreadableDocument,
    VersionRequired,
)
from memsvc.domain.errors.missing import (
    DocumentNotFound,
    EntityNotFound,
    EventNotFound,
    FactNotFound,
    FeedbackNotFound,
    HeldNotFound,
    KeyNotFound,
    LinkNotFound,
    MergeNotFound,
    NoteNotFound,
    NotFound,
    PartNotFound,
    PinNotFound,
    ReceiptNotFound,
    RouteNotFound,
    RulingNotFound,
    RunNotFound,
    SpaceNotFound,
    StreamNotFound,
    TurnNotFound,
    UnlinkingNotFound,
)
from memsvc.domain.errors.root import (
    MemsvcError,
)
from memsvc.domain.errors.state import (
    Conflict,
    DataDirectoryNotEmpty,
    DocumentConflict,
    DocumentRefused,
    DuplicateTurn,
    HeldElsewise,
    IdempotencyConflict,
    LineConflict,
    MergeConflict,
    NoLanguageModel,
    NoReranker,
    ReembeddingConflict,
    RulingConflict,
    SecretRefused,
    StreamOwned,
    TextRejected,
    TurnConflict,
    UnlinkConflict,
    VersionMismatch,
)
from memsvc.domain.errors.trouble import (
    BackupDamaged,
    Broken,
    Busy,
    CopyDiffers,
    DataDirectoryInUse,
    DataDirectoryUnusable,
    DimensionMismatch,
    GatheredTooLate,
    ModelMissing,
    ModelUnavailable,
    NothingGathered,
    NothingScored,
    NotReady,
    OutcomeUnknown,
    PositionNotReached,
    RecipeUnsound,
    RerankerBusy,
    RerankerLate,
    SchemaTooNew,
    SchemaTooOld,
    ServerFault,
    ServiceUnreachable,
    StoreDamaged,
    StoreUnavailable,
    TooManyTurns,
    Unavailable,
)

__all__ = [
    "BackupDamaged",
    "BodyTooSlow",
    "Broken",
    "Busy",
    "Conflict",
    "CopyDiffers",
    "DataDirectoryInUse",
    "DataDirectoryNotEmpty",
    "DataDirectoryUnusable",
    "DimensionMismatch",
    "DocumentConflict",
    "DocumentNotFound",
    "DocumentRefused",
    "DuplicateTurn",
    "EntityNotFound",
    "EventNotFound",
    "FactNotFound",
    "FeedbackNotFound",
    "GatheredTooLate",
    "HeldElsewise",
    "HeldNotFound",
    "IdempotencyConflict",
    "InvalidField",
    "InvalidLine",
    "InvalidRequest",
    "KeyNotFound",
    "KeyRequired",
    "LineConflict",
    "LinkNotFound",
    "MemsvcError",
    "MergeConflict",
    "MergeNotFound",
    "ModelMissing",
    "ModelUnavailable",
    "NoLanguageModel",
    "NoReranker",
    "NotFound",
    "NotReady",
    "NoteNotFound",
    "NothingGathered",
    "NothingScored",
    "OutcomeUnknown",
    "PartNotFound",
    "PinNotFound",
    "PositionNotReached",
    "ReceiptNotFound",
    "RecipeUnsound",
    "ReembeddingConflict",
    "Refused",
    "RerankerBusy",
    "RerankerLate",
    "RoleTooWeak",
    "RouteNotFound",
    "RulingConflict",
    "RulingNotFound",
    "RunNotFound",
    "SchemaTooNew",
    "SchemaTooOld",
    "SecretRefused",
    "ServerFault",
    "ServiceUnreachable",
    "SpaceNotFound",
    "StoreDamaged",
    "StoreUnavailable",
    "StreamNotFound",
    "StreamOwned",
    "TextRejected",
    "TooLarge",
    "TooManyTurns",
    "TurnConflict",
    "TurnNotFound",
    "Unavailable",
    "UnlinkConflict",
    "UnlinkingNotFound",
    "UnreadableDocument",
    "VersionMismatch",
    "VersionRequired",
]
