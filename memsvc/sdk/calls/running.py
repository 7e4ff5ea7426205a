"""How the service runs: its ledger, its outbox, its keys and its health."""

from datetime import datetime
from types import NoneType

from memsvc.domain.ledger import Change
from memsvc.sdk.calls.call import PAGE, Call, given, json_body, path_to, space_path
from memsvc.sdk.wire import (
    Enrichment,
    Health,
    KeyInfo,
    LedgerEntry,
    LedgerVerdict,
    MadeKey,
    NewKey,
    Page,
    Readiness,
    Retried,
    ServiceInfo,
)


def list_ledger(
    space: str,
    *,
    after: int = 0,
    actor: str | None = None,
    change: Change | str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = PAGE,
) -> Call[Page[LedgerEntry]]:
    """List the changes of a space after a ledger position; of an actor or a kind alone."""
    return Call(
        "GET",
        space_path(space, "ledger"),
        Page[LedgerEntry],
        params=given(
            after=after,
            actor=actor,
            change=change,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            limit=limit,
        ),
        about={"space": space},
    )


def verify_ledger(space: str) -> Call[LedgerVerdict]:
    """Check the chain, and the rows it speaks of."""
    return Call(
        "POST", space_path(space, "ledger", "verify"), LedgerVerdict, about={"space": space}
    )


def read_enrichment(space: str) -> Call[Enrichment]:
    """Read how far enrichment is behind."""
    return Call("GET", space_path(space, "enrichment"), Enrichment, about={"space": space})


def retry_enrichment(space: str) -> Call[Retried]:
    """Make every parked job due again."""
    return Call("POST", space_path(space, "enrichment", "retry"), Retried, about={"space": space})


def list_keys(*, limit: int = PAGE, cursor: str | None = None) -> Call[Page[KeyInfo]]:
    """List the keys, without their secrets."""
    return Call("GET", "/v1/keys", Page[KeyInfo], params=given(limit=limit, cursor=cursor))


def read_own_key() -> Call[KeyInfo]:
    """Read the key that the call is sent with."""
    return Call("GET", "/v1/keys/mine", KeyInfo)


def make_key(key: NewKey) -> Call[MadeKey]:
    """Make a key. Not repeatable: a repeat would make a second one, and nobody knows the first."""
    return Call("POST", "/v1/keys", MadeKey, body=json_body(key), is_repeatable=False)


def revoke_key(key: str) -> Call[None]:
    """Revoke a key."""
    return Call("DELETE", path_to("v1", "keys", key), NoneType, about={"key": key})


def back_up() -> Call[bytes]:
    """Back up the whole installation; the answer is a file, to be read as it comes."""
    return Call("GET", "/v1/backup", bytes)


def health() -> Call[Health]:
    """Ask whether the service lives."""
    return Call("GET", "/healthz", Health)


def readiness() -> Call[Readiness]:
    """Ask whether the service can work. Not being ready is an answer too, with 503."""
    return Call("GET", "/readyz", Readiness, answering=frozenset({503}))


def read_service() -> Call[ServiceInfo]:
    """Read what the service stands on and how it is set."""
    return Call("GET", "/v1/service", ServiceInfo)
