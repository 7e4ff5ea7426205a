"""The latest first: of what a question wants the latest of, what was said later goes up.

Somebody who asks how many commits are merged means now, and is answered by every message that gave
a number. Among the best hits the best that speaks of it leads; the two best of those that the same
person said later go before it, and nobody else moves. More would bury what answers under whatever
came last. Unlike `memsvc.app.superseding` this rests on the question more than on the texts, so it
names nothing superseded.
"""

from collections.abc import Sequence
from dataclasses import replace

from memsvc.app.superseding import Found, comparable
from memsvc.domain.recall import ArmScore, Hit
from memsvc.ingest.latest import LEAST, Wish, share_of

ARM = "latest"
"""What this is called in a hit's `why`."""

LOOKED_AT = 10
"""Best hits among which the order changes."""

MOST = 2
"""Later hits that go before the leading one. One overlooks every third update of people's questions
where something else was said later too; three win nothing more."""


def latest_first(found: Sequence[Found], wish: Wish | None) -> list[Hit]:
    """Return the hits, best first, with what was said later of what is wished for before the rest.

    Those that go up take the score of the hit that they go before.
    """
    hits = [one.hit for one in found]
    if wish is None:
        return hits
    shares = [share_of(wish, one.hit.turn.content) for one in found[:LOOKED_AT]]
    speaking = [place for place, share in enumerate(shares) if share >= LEAST]
    if not speaking:
        return hits
    leader, *others = speaking
    later = [place for place in others if _is_later(found[place], found[leader])][:MOST]
    raised = [
        _raised(hits[place], hits[leader].score, rank=rank, share=shares[place])
        for rank, place in enumerate(later, 1)
    ]
    rest = [hit for place, hit in enumerate(hits[leader:], leader) if place not in later]
    return [*hits[:leader], *raised, *rest]


def _is_later(one: Found, other: Found) -> bool:
    return one.at > other.at and comparable(one.hit.turn, other.hit.turn)


def _raised(hit: Hit, score: float, *, rank: int, share: float) -> Hit:
    """Return a hit with the score of another, and what of it this gave."""
    said = ArmScore(rank=rank, score=share, share=score - hit.score)
    return replace(hit, score=score, why={**hit.why, ARM: said})
