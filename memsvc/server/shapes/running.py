"""How the service runs: its ledger, its outbox and its keys."""

from memsvc.app.admit import MadeKey
from memsvc.domain.access import Access
from memsvc.domain.ledger import Entry, Verdict
from memsvc.domain.work import Backlog
from memsvc.sdk import wire


def entry_shape(entry: Entry) -> wire.LedgerEntry:
    """Return one change."""
    return wire.LedgerEntry(
        position=entry.position,
        change=entry.change,
        subject=entry.subject,
        digest=entry.digest.hex(),
        actor=entry.actor,
        at=entry.at,
        hash=entry.hash.hex(),
    )


def verdict_shape(verdict: Verdict) -> wire.LedgerVerdict:
    """Return what checking a ledger found."""
    return wire.LedgerVerdict(
        is_whole=verdict.is_whole,
        entries=verdict.entries,
        head=verdict.head.hex(),
        broken_at=verdict.broken_at,
        reason=verdict.reason,
    )


def backlog_shape(backlog: Backlog) -> wire.Enrichment:
    """Return how far enrichment is behind."""
    return wire.Enrichment(
        waiting=dict(backlog.waiting),
        parked=[
            wire.ParkedJob(
                turn=job.turn,
                step=job.step,
                attempts=job.attempts,
                reason=job.reason,
                since=job.since,
            )
            for job in backlog.parked
        ],
        done=backlog.done,
        lag_s=backlog.lag_s,
        spent={
            step: wire.TokensSpent(read=one.read, written=one.written, asks=one.asks)
            for step, one in backlog.spent.items()
        },
        resting_until=backlog.resting_until,
    )


def key_shape(access: Access) -> wire.KeyInfo:
    """Return a key without its secret."""
    return wire.KeyInfo(
        id=access.id,
        name=access.name,
        role=access.role,
        spaces=list(access.spaces),
        created_at=access.created_at,
    )


def made_key_shape(made: MadeKey) -> wire.MadeKey:
    """Return a new key with its secret."""
    return wire.MadeKey(**key_shape(made.access).model_dump(), secret=made.secret)
