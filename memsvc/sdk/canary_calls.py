"""Requests about canaries, as `memsvc.sdk.calls` has them about everything else."""

from memsvc.sdk.calls import Call, json_body, space_path
from memsvc.sdk.canaries import CanaryCheck, PlantCanaries, PlantedCanaries
from memsvc.sdk.faults import valid


def plant(space: str, *, count: int) -> Call[PlantedCanaries]:
    """Plant canaries. Not repeatable: a repeat would plant more of them."""
    return Call(
        "POST",
        space_path(space, "canaries"),
        PlantedCanaries,
        body=json_body(valid(PlantCanaries, count=count)),
        about={"space": space},
        is_repeatable=False,
    )


def planted(space: str) -> Call[PlantedCanaries]:
    """List the canaries of a space."""
    return Call("GET", space_path(space, "canaries"), PlantedCanaries, about={"space": space})


def check(space: str) -> Call[CanaryCheck]:
    """Look for the canaries of a space everywhere."""
    path = space_path(space, "canaries", "check")
    return Call("POST", path, CanaryCheck, about={"space": space})
