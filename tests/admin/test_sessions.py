"""Sessions: what a browser's cookie is good for, and for whom it is good for nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx
import pytest
from starlette.requests import Request

from memsvc.server.admin.sessions import PAGE_HEADER, Sessions
from tests.server.front import Front, open_front

HOST = "memsvc.test"
OWN: Mapping[str, str] = {PAGE_HEADER: "1", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Visitor:
    """A browser: it keeps cookies, and sends along what its page says that it should."""

    front: Front
    http: httpx.Client

    def sign_in(self, key: str | None = None, **more: str) -> httpx.Response:
        body = {"key": key or self.front.admin}
        return self.http.post("/admin/session", json=body, headers={**OWN, **more})

    def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] = OWN, **more: object
    ) -> httpx.Response:
        return self.http.request(method, path, headers=headers, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with open_front(tmp_path_factory.mktemp("sessions")) as opened:
        yield opened


@pytest.fixture
def visitor(front: Front) -> Iterator[Visitor]:
    front.http.cookies.clear()
    yield Visitor(front, front.http)
    front.http.cookies.clear()


@pytest.fixture
def space(front: Front) -> str:
    name = front.space()
    front.write(name, "Tea at four.")
    return name


def test_the_cookie_is_shut_to_scripts_to_other_sites_and_in_time(visitor: Visitor) -> None:
    cookie = visitor.sign_in().headers["Set-Cookie"]

    parts = {part.strip().lower() for part in cookie.split(";")}
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= parts
    assert "secure" not in parts
    assert visitor.front.admin not in cookie


def test_over_tls_the_cookie_goes_over_tls_alone(visitor: Visitor) -> None:
    cookie = visitor.sign_in(Origin=f"https://{HOST}").headers["Set-Cookie"]

    assert "secure" in cookie.lower()


def test_a_session_may_what_its_key_may_and_no_more(visitor: Visitor, space: str) -> None:
    other = visitor.front.space()
    visitor.front.write(other, "Nobody else's.")
    visitor.sign_in(visitor.front.key("reader", space))

    assert visitor.ask("GET", f"/v1/spaces/{space}").status_code == 200
    assert visitor.ask("GET", f"/v1/spaces/{other}").status_code == 404
    assert visitor.ask("DELETE", f"/v1/spaces/{space}").json()["type"] == "role_too_weak"
    assert visitor.ask("GET", "/v1/keys").status_code == 403


def test_a_key_that_is_sent_along_counts_alone(visitor: Visitor, space: str) -> None:
    visitor.sign_in()

    reader = {"Authorization": f"Bearer {visitor.front.key('reader', space)}"}
    nobody = {"Authorization": "Bearer msk_nobody"}

    assert (
        visitor.ask("DELETE", f"/v1/spaces/{space}", headers={**OWN, **reader}).status_code == 403
    )
    assert visitor.ask("GET", f"/v1/spaces/{space}", headers={**OWN, **nobody}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://elsewhere.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "cross-site", PAGE_HEADER: "1"},
        {"Sec-Fetch-Site": "same-site", PAGE_HEADER: "1"},
        {"Sec-Fetch-Site": "none", PAGE_HEADER: "1"},
        {"Origin": "http://elsewhere.test", PAGE_HEADER: "1"},
        {"Origin": f"http://{HOST}:8080", PAGE_HEADER: "1"},
        {"Origin": "null", PAGE_HEADER: "1"},
    ],
    ids=str,
)
def test_what_another_page_has_the_browser_send_changes_nothing(
    visitor: Visitor, space: str, headers: Mapping[str, str]
) -> None:
    visitor.sign_in()

    for method, path in (
        ("DELETE", f"/v1/spaces/{space}"),
        ("PUT", f"/v1/spaces/{visitor.front.space()}"),
        ("POST", f"/v1/spaces/{space}/recall"),
        ("DELETE", "/admin/session"),
    ):
        answer = visitor.ask(method, path, headers=headers, json={"question": "Tea?"})
        assert (answer.status_code, answer.json()["type"]) == (401, "key_required")
    assert visitor.ask("GET", f"/v1/spaces/{space}").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {PAGE_HEADER: "1", "Sec-Fetch-Site": "same-origin"},
        {PAGE_HEADER: "1", "Origin": f"http://{HOST}"},
        {PAGE_HEADER: "1"},
    ],
    ids=str,
)
def test_what_the_page_itself_sends_counts(
    visitor: Visitor, space: str, headers: Mapping[str, str]
) -> None:
    visitor.sign_in()

    assert visitor.ask("DELETE", f"/v1/spaces/{space}", headers=headers).status_code == 200


def test_another_page_cannot_even_read(visitor: Visitor, space: str) -> None:
    visitor.sign_in()

    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site}
        assert visitor.ask("GET", f"/v1/spaces/{space}", headers=headers).status_code == 401


def test_a_download_that_the_page_links_to_needs_no_header(visitor: Visitor, space: str) -> None:
    visitor.sign_in()

    headers = {"Sec-Fetch-Site": "same-origin"}

    for path in (f"/v1/spaces/{space}/export", "/v1/backup"):
        assert visitor.ask("GET", path, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://elsewhere.test"},
        {"Origin": f"http://{HOST}:8080"},
    ],
    ids=str,
)
def test_no_other_page_has_a_backup_made(visitor: Visitor, headers: Mapping[str, str]) -> None:
    visitor.sign_in()

    assert visitor.ask("GET", "/v1/backup", headers=headers).status_code == 401


def test_nobody_is_signed_in_by_another_page(visitor: Visitor) -> None:
    answer = visitor.sign_in(**{"Sec-Fetch-Site": "cross-site"})

    assert (answer.status_code, "Set-Cookie" in answer.headers) == (401, False)


def test_a_revoked_key_ends_its_sessions_at_once(visitor: Visitor, space: str) -> None:
    body = {"name": "short", "role": "reader", "spaces": [space]}
    made = visitor.front.ask("POST", "/v1/keys", json=body).json()
    visitor.sign_in(made["secret"])
    assert visitor.ask("GET", "/admin/session").json()["key"]["name"] == "short"

    visitor.front.ask("DELETE", f"/v1/keys/{made['key']['id'] if 'key' in made else made['id']}")

    assert visitor.ask("GET", f"/v1/spaces/{space}").status_code == 401
    assert visitor.ask("GET", "/admin/session").json()["key"] is None


def test_signing_out_ends_the_session_and_not_only_the_cookie(visitor: Visitor, space: str) -> None:
    visitor.sign_in()
    kept = dict(visitor.http.cookies)

    assert visitor.ask("DELETE", "/admin/session").status_code == 204
    assert visitor.http.cookies == httpx.Cookies()
    visitor.http.cookies.update(kept)

    assert visitor.ask("GET", f"/v1/spaces/{space}").status_code == 401


def test_signing_in_again_ends_the_session_before(visitor: Visitor, space: str) -> None:
    visitor.sign_in()
    kept = dict(visitor.http.cookies)
    visitor.sign_in(visitor.front.key("reader", space))
    visitor.http.cookies.clear()
    visitor.http.cookies.update(kept)

    assert visitor.ask("GET", f"/v1/spaces/{space}").status_code == 401


@pytest.mark.parametrize("key", ["msk_nobody", "", "x" * 201])
def test_what_is_no_key_begins_no_session(visitor: Visitor, key: str) -> None:
    answer = visitor.http.post("/admin/session", json={"key": key}, headers=OWN)

    assert (answer.status_code in {401, 422}, "Set-Cookie" in answer.headers) == (True, False)


def test_a_cookie_of_chance_is_nobodys(visitor: Visitor, space: str) -> None:
    visitor.http.cookies.set("memsvc-session", "made-up", domain=HOST)

    assert visitor.ask("GET", f"/v1/spaces/{space}").status_code == 401


def test_tools_of_agents_are_not_asked_with_a_cookie(visitor: Visitor) -> None:
    here = "http://localhost"  # a name under which tools may be asked
    visitor.http.post(f"{here}/admin/session", json={"key": visitor.front.admin}, headers=OWN)
    assert visitor.ask("GET", f"{here}/v1/spaces").status_code == 200

    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    assert visitor.ask("POST", f"{here}/mcp", json=message).status_code == 401


def asked_with(token: str) -> Request:
    cookie = f"memsvc-session={token}".encode()
    headers = [(b"host", b"memsvc.test"), (b"cookie", cookie)]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": headers,
            "scheme": "http",
            "server": ("memsvc.test", 80),
        }
    )


def test_a_session_ends_when_its_time_is_over() -> None:
    now = [100.0]
    sessions = Sessions(longest_s=60.0, clock=lambda: now[0])
    token = sessions.begin(b"hash")

    now[0] = 159.9
    assert sessions.secret_hash(asked_with(token)) == b"hash"
    now[0] = 160.0
    assert sessions.secret_hash(asked_with(token)) is None


def test_of_too_many_sessions_the_oldest_ends() -> None:
    sessions = Sessions(most=2)
    first, second, third = (sessions.begin(name) for name in (b"1", b"2", b"3"))

    found = [sessions.secret_hash(asked_with(token)) for token in (first, second, third)]

    assert found == [None, b"2", b"3"]


def test_ports_of_one_host_keep_sessions_of_their_own(visitor: Visitor) -> None:
    """Browsers send all cookies of a host to each of its ports."""
    there = f"http://{HOST}:7078"
    visitor.sign_in()

    body = {"key": visitor.front.admin}
    begun = visitor.http.post(f"{there}/admin/session", json=body, headers=OWN)

    assert begun.headers["Set-Cookie"].startswith("memsvc-session-7078=")
    assert len(visitor.http.cookies) == 2
    assert visitor.ask("GET", f"{there}/v1/spaces").status_code == 200
    assert visitor.ask("GET", "/v1/spaces").status_code == 200
