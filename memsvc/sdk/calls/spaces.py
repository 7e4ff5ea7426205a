"""Spaces: made, set, listed, deleted and moved."""

from memsvc.sdk.calls.call import PAGE, Call, given, json_body, space_path
from memsvc.sdk.lines import MEDIA_TYPE
from memsvc.sdk.wire import Deleted, Imported, Page, ReviseSpace, SpaceInfo


def make_space(space: str) -> Call[SpaceInfo]:
    """Make a space; one that is there already is answered as it is."""
    return Call("PUT", space_path(space), SpaceInfo, about={"space": space})


def read_space(space: str) -> Call[SpaceInfo]:
    """Read what a space holds."""
    return Call("GET", space_path(space), SpaceInfo, about={"space": space})


def revise_space(space: str, edit: ReviseSpace, *, version: int) -> Call[SpaceInfo]:
    """Change the settings of a space that still stand at `version`; repeatable like any edit."""
    return Call(
        "PATCH",
        space_path(space),
        SpaceInfo,
        headers={"If-Match": f'"{version}"'},
        body=json_body(edit),
        about={"space": space},
    )


def delete_space(space: str) -> Call[Deleted]:
    """Delete a space with everything in it."""
    return Call("DELETE", space_path(space), Deleted, about={"space": space})


def list_spaces(*, limit: int = PAGE, cursor: str | None = None) -> Call[Page[SpaceInfo]]:
    """List the spaces that the key may see."""
    return Call("GET", "/v1/spaces", Page[SpaceInfo], params=given(limit=limit, cursor=cursor))


def export_space(space: str, *, vectors: bool = False) -> Call[bytes]:
    """Export a space; the answer is lines of JSON, to be read as they come."""
    return Call(
        "GET",
        space_path(space, "export"),
        bytes,
        params={"vectors": "true"} if vectors else {},
        about={"space": space},
    )


def import_space(space: str, *, restore_forgotten: bool = False) -> Call[Imported]:
    """Import into a space; the body is lines of JSON, sent as they come."""
    return Call(
        "POST",
        space_path(space, "import"),
        Imported,
        params={"restore_forgotten": "true"} if restore_forgotten else {},
        headers={"Content-Type": MEDIA_TYPE},
        about={"space": space},
    )
