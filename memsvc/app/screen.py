"""Screen: what a space's admission policy says to turns before they are kept.

Looking at texts takes time, so it happens before the unit of work, by the policy that the space is
believed to have; the unit looks whether it has that one. Where no policy is set and no turn is
from an untrusted source, nothing is looked at.
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from memsvc.app.append import Ready
from memsvc.app.fingerprints import text_digest
from memsvc.domain.admission import Admission, Duplicates, OnInstruction, OnSecret, Reason
from memsvc.domain.errors import (
    DuplicateTurn,
    MemsvcError,
    SecretRefused,
    TextRejected,
    TooLarge,
    TooManyTurns,
)
from memsvc.domain.ids import SpaceName, TurnKey
from memsvc.domain.memory import NewTurn, Source, Space, Turn
from memsvc.domain.receipt import folded
from memsvc.ingest.instructions import reasons_in
from memsvc.ingest.secrets import secrets_in
from memsvc.ports.keeping import Keeping, Unit

A_MINUTE = timedelta(minutes=1)

LEAST_TERMS = 4
"""Fewer terms make no duplicate: "Yes, please." may be said as often as anybody likes."""


NO_TURN = TurnKey(0)
"""Before the first turn of any space."""

IN_A_BATCH = "turns.{place}.content"


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found by a policy: why turns are to be held or refused, by their place.

    `is_looked_at` is False where there was nothing to look for.
    `named` is what requests call the text at a `{place}`.
    """

    policy: Admission | None
    is_looked_at: bool = True
    reasons: Mapping[int, tuple[Reason, ...]] = field(default_factory=dict)
    refusals: Mapping[int, MemsvcError] = field(default_factory=dict)
    named: str = IN_A_BATCH

    def called(self, place: int) -> str:
        """Return what a refusal calls the text at a place."""
        return self.named.format(place=place)


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """A unit that did nothing: its turns were screened by another policy than the space has."""

    policy: Admission | None


def other_policy(space: Space | None, screened: Screened) -> OtherPolicy | None:
    """Return the policy that a space has, None for one to be made, if it is another one."""
    policy = None if space is None else space.settings.admission
    return None if policy == screened.policy else OtherPolicy(policy)


def remember_policy(
    policies: MutableMapping[SpaceName, Admission], space: SpaceName, policy: Admission | None
) -> None:
    """Remember a space's policy, so that the next write is screened by it at once."""
    if policy is None:
        policies.pop(space, None)
    else:
        policies[space] = policy


def screen(
    turns: Sequence[NewTurn],
    policy: Admission | None,
    *,
    words: Mapping[int, str] | None = None,
    named: str = IN_A_BATCH,
) -> Screened:
    """Look at turns by a policy; None for the one that holds by default.

    `words` are by their places what is looked at in place of what some of them say: that, and what
    comes along with it.
    """
    if policy is None and all(turn.source is not Source.UNTRUSTED for turn in turns):
        return Screened(None, is_looked_at=False, named=named)
    admission = policy or Admission()
    reasons: dict[int, tuple[Reason, ...]] = {}
    refusals: dict[int, MemsvcError] = {}
    for place, turn in enumerate(turns):
        text, field_name = (words or {}).get(place, turn.content), named.format(place=place)
        refusal: MemsvcError | None = _too_large(place, turn, admission, field_name)
        found: tuple[Reason, ...] = ()
        if admission.secrets is not OnSecret.OFF:
            found = secrets_in(text)
            if found and admission.secrets is OnSecret.REFUSE:
                refusal = refusal or SecretRefused(field_name, reason=found[0].explanation)
        if getattr(admission.instructions, turn.source.value) is not OnInstruction.OFF:
            found += reasons_in(text)
        if refusal is not None:
            refusals[place] = refusal
        elif found:
            reasons[place] = found
    return Screened(policy, reasons=reasons, refusals=refusals, named=named)


def refuse(
    unit: Unit,
    space: Space,
    fresh: Sequence[tuple[int, NewTurn]],
    screened: Screened,
    *,
    now: datetime,
) -> None:
    """Refuse new turns, given with their places, that the space does not take.

    Raises `TooLarge`, `SecretRefused`, `TextRejected` and `TooManyTurns`.
    """
    for place, _ in fresh:
        if place in screened.refusals:
            raise screened.refusals[place]
    if space.rejections:
        digests = [text_digest(turn.content, secret=space.secret) for _, turn in fresh]
        rejected = unit.quarantine.rejected(space.key, digests)
        for (place, _), digest in zip(fresh, digests, strict=True):
            if digest in rejected:
                raise TextRejected(screened.called(place))
    _refuse_a_flood(unit, space, [turn for _, turn in fresh], now=now)


def _refuse_a_flood(unit: Unit, space: Space, fresh: Sequence[NewTurn], *, now: datetime) -> None:
    policy = space.settings.admission
    limit = None if policy is None else policy.turns_per_minute
    if limit is not None:
        for source in sorted({turn.source for turn in fresh}):
            come = unit.quarantine.come(space.key, source, since=now - A_MINUTE)
            if come + sum(turn.source is source for turn in fresh) > limit:
                raise TooManyTurns(
                    source=source.value, limit=limit, retry_after_s=A_MINUTE.total_seconds()
                )


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """The turns that may say what is to be written, of those written up to `through`."""

    turns: Sequence[TurnKey] = ()
    through: TurnKey = NO_TURN


def said_before(
    keeping: Keeping, name: SpaceName, policy: Admission | None, ready: Sequence[Ready]
) -> SaidBefore:
    """Look for duplicates of turns, where the policy keeps none twice.

    It takes reading the words of the whole space, so it happens before the unit of work, which
    looks at what was written since.
    """
    texts = _worth_a_look(policy, ready)
    if not texts:
        return SaidBefore()
    with keeping.read() as reading:
        space = reading.spaces.find(name)
        if space is None:
            return SaidBefore()
        found = reading.quarantine.saying(space.key, texts, after=NO_TURN)
        return SaidBefore(found, reading.quarantine.newest(space.key))


def refuse_duplicates(
    unit: Unit, space: Space, fresh: Sequence[Ready], screened: Screened, before: SaidBefore
) -> None:
    """Refuse turns whose words the same speaker said before, where the space keeps none twice.

    `before` is what `said_before` found. Raises `DuplicateTurn`.
    """
    texts = _worth_a_look(space.settings.admission, fresh)
    if not texts:
        return
    since = unit.quarantine.saying(space.key, texts, after=before.through)
    said = {_words(turn): turn for turn in reversed(_turns(unit, space, [*before.turns, *since]))}
    here: set[tuple[str, str]] = set()
    for one in fresh:
        if len(one.terms) < LEAST_TERMS:
            continue
        words = _words(one.turn)
        if words in said or words in here:
            earlier = said.get(words)
            raise DuplicateTurn(
                screened.called(one.place), turn=None if earlier is None else earlier.id
            )
        here.add(words)


def _worth_a_look(policy: Admission | None, turns: Sequence[Ready]) -> list[str]:
    """Return the terms of the turns that are to be said once, each as one text."""
    if policy is None or policy.duplicates is Duplicates.KEEP:
        return []
    return list({" ".join(one.terms) for one in turns if len(one.terms) >= LEAST_TERMS})


def _turns(unit: Unit, space: Space, keys: Sequence[TurnKey]) -> list[Turn]:
    return list(unit.turns.by_keys(space.key, sorted(keys))) if keys else []


def _words(turn: NewTurn | Turn) -> tuple[str, str]:
    return turn.speaker or turn.role, folded(turn.content)


def _too_large(place: int, turn: NewTurn, admission: Admission, field_name: str) -> TooLarge | None:
    limit = admission.max_turn_chars
    if limit is None or len(turn.content) <= limit:
        return None
    return TooLarge(
        f"This space takes turns of {limit} characters; turn {place} has {len(turn.content)}. "
        "Split it into several turns.",
        field=field_name,
        limit=limit,
    )
