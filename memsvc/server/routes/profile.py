"""The profile: what should always be known about a user."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.profile import ProfileInfo
from memsvc.server.deps import Asking, problems
from memsvc.server.profile_shapes import profile_shape, profile_wanted_from
from memsvc.server.queries import ProfileAsked, SpacePath

router = APIRouter(prefix="/v1/spaces/{space}", tags=["profile"])


@router.get("/profile", responses=problems(404), summary="Read the user's profile")
def read_profile(asking: Asking, space: SpacePath, query: ProfileAsked) -> ProfileInfo:
    """Standing instructions, facts and preferences in users' own words, the newest first.

    Only turns of source `user` are heard, and stated facts that such turns say.
    """
    profile = asking.at(space, query.as_of).profile
    return profile_shape(profile(asking.access, SpaceName(space), profile_wanted_from(query)))
