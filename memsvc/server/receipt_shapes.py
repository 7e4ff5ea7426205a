"""Between the shapes of forgetting and what the use cases speak, as `shapes` does for the rest."""

from dataclasses import asdict

from memsvc.domain import receipt as domain
from memsvc.domain.ids import TurnId
from memsvc.domain.memory import Turn
from memsvc.sdk.receipts import (
    Forget,
    Forgotten,
    ForgottenCounts,
    ForgottenTurn,
    ReceiptCheck,
    ReceiptInfo,
)
from memsvc.server.shapes import where_from

BEGINNING = 200
"""Characters of a turn that a dry run shows."""


def wanted_from(body: Forget) -> domain.Wanted:
    """Return what a request wants gone."""
    where = body.where
    return domain.Wanted(
        turns=None if body.turns is None else tuple(TurnId(turn) for turn in body.turns),
        where=None if where is None else where_from(where, where.between),
        subject=body.subject,
        text=body.text,
    )


def forgotten_shape(done: domain.WhatWent) -> Forgotten:
    """Return what a request forgot, or would."""
    receipt = done.receipt
    return Forgotten(
        id=None if done.is_dry else receipt.id,
        dry_run=done.is_dry,
        by=list(receipt.means),
        counts=_counts(receipt.tally),
        position=receipt.first if done.is_dry else receipt.position,
        first_turns=[_turn(turn) for turn in done.shown],
    )


def receipt_shape(receipt: domain.Receipt) -> ReceiptInfo:
    """Return a receipt."""
    return ReceiptInfo(
        id=receipt.id,
        at=receipt.at,
        actor=receipt.actor,
        by=list(receipt.means),
        counts=_counts(receipt.tally),
        first_position=receipt.first,
        position=receipt.position,
    )


def check_shape(found: domain.Residue) -> ReceiptCheck:
    """Return what a check found."""
    return ReceiptCheck(
        receipt=found.receipt,
        is_gone=found.is_gone,
        left=dict(found.left),
        same_words=list(found.same_words),
    )


def _counts(tally: domain.Tally) -> ForgottenCounts:
    return ForgottenCounts(**asdict(tally))


def _turn(turn: Turn) -> ForgottenTurn:
    return ForgottenTurn(id=turn.id, stream=turn.stream, at=turn.at, text=turn.content[:BEGINNING])
