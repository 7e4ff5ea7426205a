"""Who may do what: roles, unknown keys, and metrics from elsewhere."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from tests.server.front import BODIES, INSIDE, Front, Route, all_routes

NEEDS: Mapping[Route, str] = {
    ("PUT", "/v1/spaces/{space}"): "writer",
    ("PATCH", "/v1/spaces/{space}"): "admin",
    ("DELETE", "/v1/spaces/{space}"): "admin",
    ("POST", "/v1/spaces/{space}/streams/{stream}/turns"): "writer",
    ("DELETE", "/v1/spaces/{space}/streams/{stream}"): "writer",
    ("PATCH", "/v1/spaces/{space}/turns/{turn}"): "writer",
    ("POST", "/v1/spaces/{space}/documents"): "writer",
    ("PUT", "/v1/spaces/{space}/documents/{document}"): "writer",
    ("PUT", "/v1/spaces/{space}/documents/{document}/parts/{part}"): "writer",
    ("DELETE", "/v1/spaces/{space}/documents/{document}"): "writer",
    ("DELETE", "/v1/spaces/{space}/turns/{turn}"): "writer",
    ("POST", "/v1/spaces/{space}/facts"): "writer",
    ("DELETE", "/v1/spaces/{space}/facts/{fact}"): "writer",
    ("POST", "/v1/spaces/{space}/facts/{fact}/supersede"): "writer",
    ("POST", "/v1/spaces/{space}/facts/{fact}/decide"): "writer",
    ("DELETE", "/v1/spaces/{space}/facts/{fact}/rulings/{ruling}"): "writer",
    ("POST", "/v1/spaces/{space}/notes"): "writer",
    ("PATCH", "/v1/spaces/{space}/notes/{note}"): "writer",
    ("DELETE", "/v1/spaces/{space}/notes/{note}"): "writer",
    ("POST", "/v1/spaces/{space}/links"): "writer",
    ("DELETE", "/v1/spaces/{space}/links/{link}"): "writer",
    ("POST", "/v1/spaces/{space}/experiences"): "writer",
    ("POST", "/v1/spaces/{space}/entities/{entity}/merge"): "writer",
    ("POST", "/v1/spaces/{space}/entities/{entity}/rename"): "writer",
    ("DELETE", "/v1/spaces/{space}/merges/{merge}"): "writer",
    ("POST", "/v1/spaces/{space}/entities/{entity}/unlink"): "writer",
    ("DELETE", "/v1/spaces/{space}/unlinked/{unlinking}"): "writer",
    ("POST", "/v1/spaces/{space}/feedback"): "writer",
    ("DELETE", "/v1/spaces/{space}/feedback/{feedback}"): "writer",
    ("POST", "/v1/spaces/{space}/pinned"): "writer",
    ("DELETE", "/v1/spaces/{space}/pinned/{pin}"): "writer",
    ("POST", "/v1/spaces/{space}/canaries"): "admin",
    ("GET", "/v1/spaces/{space}/canaries"): "admin",
    ("POST", "/v1/spaces/{space}/canaries/check"): "admin",
    ("POST", "/v1/spaces/{space}/forget"): "writer",
    ("POST", "/v1/spaces/{space}/rollback"): "admin",
    ("GET", "/v1/spaces/{space}/quarantine"): "admin",
    ("POST", "/v1/spaces/{space}/quarantine/{held}/release"): "admin",
    ("POST", "/v1/spaces/{space}/quarantine/{held}/reject"): "writer",
    ("POST", "/v1/spaces/{space}/enrichment/retry"): "writer",
    ("POST", "/v1/spaces/{space}/import"): "writer",
    ("GET", "/v1/backup"): "admin of all",
    ("GET", "/v1/reembedding"): "admin of all",
    ("POST", "/v1/reembedding"): "admin of all",
    ("POST", "/v1/reembedding/compare"): "admin of all",
    ("POST", "/v1/reembedding/switch"): "admin of all",
    ("POST", "/v1/reembedding/undo"): "admin of all",
    ("POST", "/v1/reembedding/drop"): "admin of all",
    ("GET", "/v1/service"): "admin of all",
    ("GET", "/v1/keys"): "admin of all",
    ("POST", "/v1/keys"): "admin of all",
    ("DELETE", "/v1/keys/{key}"): "admin of all",
}
"""Every route that a reader may not use; all others a reader may."""

ROLES = ("reader", "writer", "admin", "admin of all")
V1 = [route for route in all_routes() if route[1].startswith("/v1/")]


@pytest.mark.parametrize("route", V1, ids=" ".join)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says(front: Front, route: Route, role: str) -> None:
    space = front.space()
    (turn,) = front.write(space, "tea")
    etag = front.document(space)
    key = front.key(role.split(maxsplit=1)[0], "*" if role == "admin of all" else space)
    path = route[1].format(space=space, turn=turn, **INSIDE)

    headers = {"If-Match": etag if "document" in path else '"2"'}
    answer = front.ask(route[0], path, key=key, json=BODIES.get(route), headers=headers)

    may = ROLES.index(role) >= ROLES.index(NEEDS.get(route, "reader"))
    assert (answer.status_code != 403) == may, answer.text
    if not may:
        assert answer.json()["type"] == "role_too_weak"


@pytest.mark.parametrize("route", V1, ids=" ".join)
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer msk_\xff"],
)
def test_without_a_known_key_nothing_is_answered(
    front: Front, route: Route, authorization: str | None
) -> None:
    path = route[1].format(space="s", turn="t", **INSIDE)
    headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}

    answer = front.http.request(route[0], path, json=BODIES.get(route), headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (401, "key_required")


@pytest.mark.parametrize(
    ("client", "role", "status"),
    [
        ("127.0.0.1", None, 200),
        ("::1", None, 200),
        ("::ffff:127.0.0.1", None, 200),
        ("10.0.0.7", None, 401),
        ("somebody", None, 401),
        ("10.0.0.7", "reader", 403),
        ("10.0.0.7", "admin", 200),
    ],
)
def test_metrics_are_open_here_and_for_admins_elsewhere(
    front: Front, client: str, role: str | None, status: int
) -> None:
    headers = {} if role is None else {"Authorization": f"Bearer {front.key(role, '*')}"}

    async def ask() -> int:
        transport = httpx.ASGITransport(front.app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://memsvc.test") as http:
            return (await http.get("/metrics", headers=headers)).status_code

    assert asyncio.run(ask()) == status
