"""Between the shapes of experiences and what the use cases speak."""

from memsvc.app import experiences as app
from memsvc.domain import experience as domain
from memsvc.sdk.experiences import ExperienceHit, KeepExperiences, RecalledExperiences
from memsvc.server.shapes import why_shape


def experiences_from(body: KeepExperiences) -> list[domain.NewExperience]:
    """Return what a request has tried."""
    return [
        domain.NewExperience(
            each.tool,
            domain.Trial(each.intent, each.call, each.outcome, each.error, each.fix),
            client_id=each.id,
            at=each.at,
        )
        for each in body.experiences
    ]


def recalled_experiences_shape(recalled: app.RecalledExperiences) -> RecalledExperiences:
    """Return what was found."""
    return RecalledExperiences(
        experiences=[_shape(one) for one in recalled.experiences],
        position=recalled.position,
        missing_arms=list(recalled.missing_arms),
    )


def _shape(found: app.RecalledExperience) -> ExperienceHit:
    turn, trial = found.turn, found.trial
    return ExperienceHit(
        id=turn.id,
        tool=turn.speaker or "",
        intent=trial.intent,
        call=trial.call,
        outcome=trial.outcome,
        error=trial.error,
        fix=trial.fix,
        stream=turn.stream,
        at=turn.at,
        score=found.score,
        turns=list(found.turns),
        why=why_shape(found.why),
    )
