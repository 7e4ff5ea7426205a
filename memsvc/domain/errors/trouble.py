"""What is wrong with the service and not with the request: for now, or until somebody mends it."""

from memsvc.domain.errors.root import MemsvcError


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


class RerankerLate(Unavailable):
    """A reranker was not done within its time; whoever asked goes on without it."""

    code = "reranker_late"
    title = "The reranker took too long"

    def __init__(self, within_s: float) -> None:
        super().__init__(
            f"The reranker was not done within {within_s} seconds; raise MEMSVC_RERANK_WAIT_S, "
            "or name a smaller model in MEMSVC_RERANKER."
        )
        self.within_s = within_s


class RerankerBusy(Unavailable):
    """A reranker still runs for a question that went on without it, so nobody waits for it."""

    code = "reranker_busy"
    title = "The reranker is still at work"

    def __init__(self) -> None:
        super().__init__("The reranker still runs for a question that went on without it; wait.")


class StoreUnavailable(Unavailable):
    """The database cannot be read or written now; nothing of the request was kept."""

    code = "store_unavailable"
    title = "The store is not available"


class OutcomeUnknown(Unavailable):
    """The database went away during a commit: it may have been kept, or not.

    Sent again with the same Idempotency-Key, or with the same ids of turns, it is kept once.
    """

    code = "outcome_unknown"
    title = "It is not known whether this was kept"


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


class CopyDiffers(Broken):
    """A store that was copied elsewhere is not the same there; nothing of the copy was kept."""

    code = "copy_differs"
    title = "The copy is not the same"


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


class SchemaTooOld(Broken):
    """An older memsvc wrote this database, and whoever shares it does not migrate it."""

    code = "schema_too_old"
    title = "The database is older than this memsvc"


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


class RecipeUnsound(Broken):
    """A recipe whose stages cannot work in their order. `stage` names the first that cannot."""

    code = "recipe_unsound"
    title = "A recipe cannot be run"

    def __init__(self, detail: str, *, stage: str) -> None:
        super().__init__(detail)
        self.stage = stage


class NothingGathered(RecipeUnsound):
    """A stage works on candidates, and none before it finds any."""

    code = "nothing_gathered"
    title = "A recipe has no candidates"


class NothingScored(RecipeUnsound):
    """A stage reads scores, and none before it gives any."""

    code = "nothing_scored"
    title = "A recipe has no scores"


class GatheredTooLate(RecipeUnsound):
    """A stage adds candidates behind one that scores."""

    code = "gathered_too_late"
    title = "A recipe drops its scores"


class ServerFault(Broken):
    """The server failed in a way it should not have; its log names the request id."""

    code = "server_fault"
    title = "The server failed"
