"""Recipes by name: what a recall runs, with every weight in this one place.

The weights of `default` were found on development conversations (LoCoMo) and are round numbers on a
flat optimum: meaning and words count about alike, a turn read with its neighbours half as much as
the turn alone, the whole stream's words a little. Where vectors of tokens are kept, they say most
of what the arms of words do, and neighbours count with them (`retrieval.tokens`). All of it is for
short turns; `retrieval.brevity` says how what surrounds a turn counts less beside long ones, and
with it the same weights serve chats with long messages (BEAM, LongMemEval). docs/reports has what
they reach, beside the recipes `dense` and `lexical` and plain baselines, and without each of their
parts.

Beside it there is one recipe for each need, written as what it has otherwise than the default, so
that it follows it. What each is worth on questions of its kind is in docs/measuring.md.

`episodic` also asks how well the event answers that a turn belongs to. It is measured, and not the
default: docs/decisions/0034 says why.
"""

from dataclasses import replace

from memsvc.domain.helping import When
from retrieval.anyway import StandAnyway, StandingAnyway
from retrieval.arms import (
    Arm,
    Dense,
    DenseBefore,
    Lexical,
    LexicalAround,
    LexicalShort,
    LexicalStream,
)
from retrieval.bridge import ARM, Bridge, Reach
from retrieval.episodes import Grouping, by_event
from retrieval.event_arms import DenseEvent, LexicalEvent
from retrieval.helped import with_help
from retrieval.prior import Prior
from retrieval.spread import Spread
from retrieval.stage import Recipe, Stage
from retrieval.stages import Fuse, Gather, Lean, Session, Widen
from retrieval.standing import Stand, Standing
from retrieval.superseded import Superseded
from retrieval.timely import ARM as TIME_ARM
from retrieval.timely import Then, Timely
from retrieval.tokens import ARM as TOKENS_ARM
from retrieval.tokens import FuseByToken
from retrieval.walk import Walks

CANDIDATES = 100
"""Turns that each arm may propose. Recall no longer rises on development data beyond this."""

DEEPER = 3 * CANDIDATES
"""The same where a question may take its time."""

STANDING = 10
"""Turns that state preferences, and as many that give rules, that join what a request finds."""

EVENT_WEIGHT = 0.3
"""Of either arm of events, where they are asked: less than of the words around a turn."""

BY_TURN = Fuse(
    (
        (Dense(), 1.0),
        (DenseBefore(), 0.5),
        (Lexical(), 0.8),
        (LexicalAround(), 0.4),
        (LexicalStream(), 0.4),
    )
)
"""The weights where no vectors of tokens are kept."""

DEFAULT = (
    Gather((Dense(), Lexical()), limit=CANDIDATES)
    >> Then(limit=CANDIDATES)
    >> Stand(limit=STANDING)
    >> Widen()
    >> Reach(limit=CANDIDATES)
    >> FuseByToken(
        Fuse(
            (
                (Dense(), 1.5),
                (DenseBefore(), 0.5),
                (LexicalShort(), 0.4),
                (LexicalStream(), 0.4),
            )
        ),
        weight=2.0,
        otherwise=BY_TURN,
    )
    >> Lean(weight=0.3)
    >> Session(weight=0.4, best=3)
    >> Prior(told=0.2, asks=0.1, other=0.2)
    >> Bridge(weight=1.4)
    >> Timely(weight=0.4)
    >> Spread(step=0.04)
    >> Standing(most=2, above=4)
    >> Superseded()
)

DENSE = Gather((Dense(),), limit=CANDIDATES) >> Fuse(((Dense(), 1.0),))
LEXICAL = Gather((Lexical(),), limit=CANDIDATES) >> Fuse(((Lexical(), 1.0),))


def episodic(grouping: Grouping = by_event) -> Recipe:
    """Return the default with the arms of events, which are those that `grouping` makes."""
    arms = ((LexicalEvent(grouping), EVENT_WEIGHT), (DenseEvent(grouping), EVENT_WEIGHT))
    return Recipe(
        tuple(
            _with_arms(stage, arms) if isinstance(stage, FuseByToken) else stage
            for stage in DEFAULT.stages
        )
    )


def _with_arms(stage: FuseByToken, arms: tuple[tuple[Arm, float], ...]) -> FuseByToken:
    return replace(
        stage,
        others=Fuse((*stage.others.weights, *arms)),
        otherwise=Fuse((*stage.otherwise.weights, *arms)),
    )


PATH, WALK = 0.8, 0.5
"""What the best path and walks add, beside each other, of what the path adds alone."""


def pagerank() -> Recipe:
    """Return the default with walks over the graph in place of the one step that `Bridge` takes."""
    bridge = next(stage for stage in DEFAULT.stages if isinstance(stage, Bridge))
    before = tuple(stage for stage in DEFAULT.stages if stage is not bridge)
    apart = Bridge(weight=bridge.weight, path=PATH, step=0.0)
    return Recipe((*before, apart, Walks(weight=bridge.weight * WALK)))


FAST = (
    Gather((Dense(), Lexical()), limit=CANDIDATES)
    >> Widen()
    >> Fuse(((Dense(), 1.0), (Lexical(), 0.8), (LexicalStream(), 0.4)))
    >> Lean(weight=0.3)
    >> Session(weight=0.4, best=3)
    >> Timely(weight=0.4)
)
"""The default without what costs most: names, pairs that may be superseded, two of the arms."""


def instead(recipe: Recipe, *stages: Stage) -> Recipe:
    """Return a recipe with these stages, each in the place of the one of its kind.

    Of its kind is also what it is derived from.
    """
    return Recipe(
        tuple(
            next((other for other in stages if isinstance(other, type(stage))), stage)
            for stage in recipe.stages
        )
    )


TEMPORAL = instead(DEFAULT, Then(limit=2 * CANDIDATES), Timely(weight=0.8))
"""A time that is asked for weighs twice as much, and more may come from it."""

PROFILE = instead(DEFAULT, StandAnyway(limit=3 * STANDING), StandingAnyway(most=3, above=2))
"""What is preferred and ruled comes for every question, more of it, and right behind the best."""

DEEP = instead(
    pagerank(),
    Gather((Dense(), Lexical()), limit=DEEPER),
    Then(limit=DEEPER),
    Reach(limit=DEEPER),
    next(stage for stage in episodic().stages if isinstance(stage, FuseByToken)),
)
"""Three times the candidates, and every arm."""

GUIDED = with_help(DEFAULT, clues=When.UNSURE, facts=When.ALWAYS)
"""The default where a language model may help; without one it is the default."""

RECIPES: dict[str, Recipe] = {
    "default": DEFAULT.meant(
        "For any question: meaning and words, what stands around them, names and times."
    ),
    "fast": FAST.meant("Where every millisecond counts: meaning, words and times alone."),
    "temporal": TEMPORAL.meant(
        "For questions about a time: what happened then comes before all else."
    ),
    "multihop": pagerank().meant(
        "For questions whose answer hangs on another: follows names over several turns."
    ),
    "profile": PROFILE.meant(
        "For what a user wishes and has ruled: preferences and instructions come right behind the "
        "best hit."
    ),
    "deep": DEEP.meant("Where time does not matter: more candidates, every arm, walks and events."),
    "guided": GUIDED.meant(
        "Where a language model may help: it says which facts matter, and what else to look for "
        "where the recall is unsure."
    ),
    "episodic": episodic().meant("The default, with how well the whole event answers."),
    "pagerank": pagerank().meant("What multihop is, by the name of its walks."),
    "dense": DENSE.meant("Meaning alone, to compare with."),
    "lexical": LEXICAL.meant("Words alone, to compare with."),
}


def ablations(recipe: Recipe = DEFAULT) -> dict[str, Recipe]:
    """Return, by its name, the recipe without each of its arms and each stage beside fusion.

    The other weights stay what they are to each other. Stages of one name go together.
    """
    names = dict.fromkeys(name for stage in recipe.stages for name in _arms(stage))
    parts = [stage for stage in recipe.stages if not isinstance(stage, (Gather, Fuse, FuseByToken))]
    return {
        **{name: _without_arm(recipe, name) for name in names},
        **{
            name: Recipe(tuple(stage for stage in recipe.stages if _name(stage) != name))
            for name in map(_name, parts)
        },
    }


def _arms(stage: Stage) -> list[str]:
    """Return the arms that a stage weighs, by name; those of words around only without tokens."""
    fusion = stage.whole if isinstance(stage, FuseByToken) else stage
    return [arm.name for arm, _ in fusion.weights] if isinstance(fusion, Fuse) else []


def _name(stage: Stage) -> str:
    """Return what a stage is called when it is left out."""
    if isinstance(stage, (Reach, Bridge)):
        return ARM
    if isinstance(stage, (Then, Timely)):
        return TIME_ARM
    return "standing" if isinstance(stage, Stand) else type(stage).__name__.lower()


def _without_arm(recipe: Recipe, name: str) -> Recipe:
    return Recipe(tuple(_stage_without(stage, name) for stage in recipe.stages))


def _stage_without(stage: Stage, name: str) -> Stage:
    if isinstance(stage, Gather):
        return Gather(tuple(arm for arm in stage.arms if arm.name != name), limit=stage.limit)
    if isinstance(stage, FuseByToken):
        if name == TOKENS_ARM:
            return stage.otherwise
        return replace(
            stage,
            others=_fuse_without(stage.others, name),
            otherwise=_fuse_without(stage.otherwise, name),
        )
    if isinstance(stage, Fuse):
        return _fuse_without(stage, name)
    return stage


def _fuse_without(stage: Fuse, name: str) -> Fuse:
    return Fuse(tuple(pair for pair in stage.weights if pair[0].name != name))
