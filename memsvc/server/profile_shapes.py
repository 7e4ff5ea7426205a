"""Between the shapes of profiles and what the use cases speak."""

from memsvc.domain import profile as domain
from memsvc.sdk.profile import ProfileInfo, ProfileLine
from memsvc.server.queries import ProfileQuery


def profile_wanted_from(query: ProfileQuery) -> domain.ProfileWanted:
    """Return whose profile is asked for."""
    return domain.ProfileWanted(query.budget_tokens, query.user_id, query.speaker)


def profile_shape(profile: domain.Profile) -> ProfileInfo:
    """Return a profile."""
    return ProfileInfo(
        text=profile.text,
        lines=[
            ProfileLine(
                text=line.text,
                kind=line.kind,
                speaker=line.speaker,
                turns=list(line.turns),
                at=line.at,
                source=line.source,
            )
            for line in profile.lines
        ],
        tokens=profile.tokens,
        position=profile.position,
    )
