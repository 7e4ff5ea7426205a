"""What was recalled, with the reasons for every hit."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from memsvc.domain.asking import Understanding
from memsvc.domain.holding import Holding
from memsvc.domain.memory import Turn, least_trusted
from memsvc.domain.recall import (
    ArmScore,
    Episode,
    Hit,
    HitNote,
    NamePath,
    Recalled,
    RecalledTogether,
    StageTrace,
)
from memsvc.sdk import wire

if TYPE_CHECKING:  # at run time this import is the very cost that opening keeps off the start
    from retrieval.stage import Recipe


def recalled_shape(recalled: Recalled, *, explain: bool) -> wire.Recalled:
    """Return the answer to a question, with its trace when that was asked for."""
    return wire.Recalled(
        **_found(recalled),
        position=recalled.position,
        trace=_trace_shape(recalled.trace) if explain else None,
        understood=_understood_shape(recalled.understood) if explain else None,
    )


def recalled_together_shape(recalled: RecalledTogether, *, explain: bool) -> wire.RecalledTogether:
    """Return the answer of several spaces, with their traces when that was asked for."""
    traces = {space: _trace_shape(trace) for space, trace in recalled.traces.items()}
    understood = {space: _understood_shape(own) for space, own in recalled.understood.items()}
    return wire.RecalledTogether(
        **_found(recalled),
        positions=dict(recalled.positions),
        traces=traces if explain else None,
        understood=understood if explain else None,
    )


def _found(recalled: Recalled | RecalledTogether) -> dict[str, Any]:
    return {
        "hits": [_hit_shape(hit) for hit in recalled.hits],
        "context": recalled.context,
        "context_tokens": recalled.context_tokens,
        "context_turns": [
            wire.ContextTurn(space=turn.space, id=turn.id, hit=turn.is_hit, tokens=turn.tokens)
            for turn in recalled.context_turns
        ],
        "recipe": recalled.recipe,
        "missing_arms": list(recalled.missing_arms),
        "abstain": recalled.holds.abstains,
        "holds": _holds_shape(recalled.holds),
    }


def _holds_shape(holds: Holding) -> wire.Holds:
    return wire.Holds(
        probability=holds.probability,
        words=holds.words,
        nearness=holds.nearness,
        tokens=holds.tokens,
        lead=holds.lead,
    )


def _trace_shape(trace: Sequence[StageTrace]) -> list[wire.StageTrace]:
    return [
        wire.StageTrace(
            stage=stage.stage,
            candidates=stage.candidates,
            took_ms=stage.took_ms,
            facts=dict(stage.facts),
        )
        for stage in trace
    ]


def _understood_shape(understood: Understanding) -> wire.Understood:
    return wire.Understood(
        times=[
            wire.TimeUnderstood(
                words=time.words, since=time.interval.start, until=time.interval.end
            )
            for time in understood.times
        ]
    )


def _hit_shape(hit: Hit) -> wire.Hit:
    turn = hit.turn
    event = hit.event
    return wire.Hit(
        id=_id_of(hit),
        space=hit.space,
        kind=_kind_of(hit),
        text=turn.content if event is None else event.text,
        score=hit.score,
        at=turn.at if event is None else event.first_at,
        stream=turn.stream,
        title=hit.title,
        seq=hit.shown[0].seq,
        turns=list(hit.turns),
        event=None if event is None else _event_shape(event, best=turn),
        note=None if hit.note is None else _hit_note_shape(hit.note, best=turn),
        client_id=turn.client_id,
        role=turn.role,
        speaker=turn.speaker,
        source=turn.source,
        trust=least_trusted(each.source for each in hit.shown),
        user_id=turn.user_id,
        agent_id=turn.agent_id,
        metadata=dict(turn.metadata),
        echo_of=hit.turn.echo_of,
        superseded_by=None
        if hit.superseded_by is None
        else wire.SupersededBy(
            id=hit.superseded_by.id,
            at=hit.superseded_by.at,
            certainty=hit.superseded_by.certainty,
            reason=hit.superseded_by.reason,
        ),
        disputed_by=list(hit.disputed_by),
        why=why_shape(hit.why),
    )


def why_shape(why: Mapping[str, ArmScore]) -> dict[str, wire.ArmScore]:
    """Return what each arm said of a hit."""
    return {
        arm: wire.ArmScore(
            rank=said.rank, score=said.score, share=said.share, path=_path_shape(said.path)
        )
        for arm, said in why.items()
    }


def _id_of(hit: Hit) -> str:
    if hit.note is not None:
        return hit.note.note.id
    return hit.turn.id if hit.event is None else hit.event.id


def _kind_of(hit: Hit) -> Literal["turn", "event", "note"]:
    if hit.note is not None:
        return "note"
    return "turn" if hit.event is None else "event"


def _hit_note_shape(told: HitNote, *, best: Turn) -> wire.HitNote:
    note = told.note
    return wire.HitNote(
        best=best.id,
        event=note.event,
        keywords=list(note.facets.keywords),
        tags=list(note.facets.tags),
        context=note.facets.context,
        version=note.version,
        maker=note.making.maker,
        links=[
            wire.HitLink(
                id=link.id, start=link.start, end=link.end, kind=link.kind, score=link.score
            )
            for link in told.links
        ],
    )


def _event_shape(event: Episode, *, best: Turn) -> wire.HitEvent:
    return wire.HitEvent(
        boundary=event.boundary,
        best=best.id,
        shown=[turn.id for turn in event.turns],
        title=event.title,
        is_cut=event.is_cut,
    )


def _path_shape(path: NamePath | None) -> wire.NamePath | None:
    if path is None:
        return None
    return wire.NamePath(nodes=list(path.nodes), steps=list(path.steps), mass=list(path.mass))


def recipe_shapes(recipes: "Mapping[str, Recipe]") -> list[wire.Recipe]:
    """Return recipes with what they are for, their stages and weights."""
    return [
        wire.Recipe(
            name=name, about=recipe.about, stages=recipe.describe(), weights=recipe.weights()
        )
        for name, recipe in recipes.items()
    ]
