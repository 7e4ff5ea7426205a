"""What is wrong with a request as it was asked: its words, or who sends it."""

from memsvc.domain.errors.root import MemsvcError


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
