"""The request for a profile, as `memsvc.sdk.calls` has them about everything else."""

from memsvc.sdk.calls import Call, given, space_path
from memsvc.sdk.profile import ProfileInfo


def read_profile(
    space: str, *, budget_tokens: int, user_id: str | None, speaker: str | None
) -> Call[ProfileInfo]:
    """Read the profile of a space's user."""
    return Call(
        "GET",
        space_path(space, "profile"),
        ProfileInfo,
        params=given(budget_tokens=budget_tokens, user_id=user_id, speaker=speaker),
        about={"space": space},
    )
