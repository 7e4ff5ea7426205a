"""The front door for tests: the real app over real rows, asked in process with real keys."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from memsvc.config import Settings
from memsvc.local import InProcess
from memsvc.ports.language import LanguageModel
from memsvc.ports.models import Reranker
from memsvc.ports.world import Clock
from memsvc.server.factory import RESOURCES, build_app
from memsvc.wiring import open_service

Route = tuple[str, str]

BODIES: Mapping[Route, Mapping[str, Any]] = {
    ("POST", "/v1/spaces/{space}/streams/{stream}/turns"): {"turns": [{"content": "Tea at four."}]},
    ("POST", "/v1/spaces/{space}/recall"): {"question": "When is tea?", "explain": True},
    ("POST", "/v1/spaces/{space}/order"): {"a": "Tea at", "b": "four"},
    ("POST", "/v1/spaces/{space}/novelty"): {"text": "Tea at four."},
    ("POST", "/v1/spaces/{space}/whereabouts"): {"of": "tea"},
    ("PATCH", "/v1/spaces/{space}"): {"retention_days": 30},
    ("POST", "/v1/recall"): {"question": "When is tea?", "spaces": ["nowhere"], "explain": True},
    ("PATCH", "/v1/spaces/{space}/turns/{turn}"): {"metadata": {"edited": True}},
    ("POST", "/v1/spaces/{space}/documents"): {"id": "guide", "text": "Tea at four."},
    ("PUT", "/v1/spaces/{space}/documents/{document}"): {"text": "Tea at five."},
    ("PUT", "/v1/spaces/{space}/documents/{document}/parts/{part}"): {"text": "Tea at six."},
    ("POST", "/v1/spaces/{space}/facts"): {
        "facts": [{"subject": "tea", "predicate": "is at", "object": "four", "turns": ["t_none"]}]
    },
    ("POST", "/v1/spaces/{space}/notes"): {"content": "Tea is at four.", "tags": ["tea"]},
    ("PATCH", "/v1/spaces/{space}/notes/{note}"): {"tags": ["edited"]},
    ("POST", "/v1/spaces/{space}/links"): {"start": "n_none", "end": "n_nobody"},
    ("POST", "/v1/spaces/{space}/facts/{fact}/supersede"): {"reason": "It is over."},
    ("POST", "/v1/spaces/{space}/facts/{fact}/decide"): {"state": "current", "reason": "Seen."},
    ("POST", "/v1/spaces/{space}/experiences"): {
        "experiences": [
            {"tool": "kettle", "intent": "Make tea.", "call": "boil()", "outcome": "success"}
        ]
    },
    ("POST", "/v1/spaces/{space}/experiences/recall"): {"intent": "Make tea."},
    ("POST", "/v1/spaces/{space}/entities/{entity}/merge"): {"into": "Ann Hart"},
    ("POST", "/v1/spaces/{space}/entities/{entity}/rename"): {"to": "Ann Hart"},
    ("POST", "/v1/spaces/{space}/entities/{entity}/unlink"): {"turns": ["t_none"]},
    ("POST", "/v1/spaces/{space}/feedback"): {"turn": "t_none", "verdict": "helped"},
    ("POST", "/v1/spaces/{space}/pinned"): {"question": "When is tea?", "expected": ["t_none"]},
    ("POST", "/v1/spaces/{space}/canaries"): {"count": 1},
    ("POST", "/v1/spaces/{space}/forget"): {"subject": "Nobody", "dry_run": True},
    ("POST", "/v1/spaces/{space}/rollback"): {"to": 1, "dry_run": True},
    ("POST", "/v1/reembedding"): {"model": "hashing"},
    ("POST", "/v1/reembedding/compare"): {
        "questions": [{"space": "nowhere", "question": "When is tea?"}]
    },
    ("POST", "/v1/keys"): {"name": "made in a test", "role": "reader", "spaces": ["nowhere"]},
}
"""A body that each route which takes one would accept."""

INSIDE: Mapping[str, str] = {
    "stream": "chat",
    "document": "guide",
    "part": "text",
    "event": "e_none",
    "fact": "f_none",
    "note": "n_none",
    "link": "l_none",
    "ruling": "u_none",
    "entity": "Nobody",
    "merge": "m_none",
    "unlinking": "ul_none",
    "receipt": "r_none",
    "held": "t_none",
    "feedback": "fb_none",
    "pin": "pq_none",
    "run": "run_none",
    "key": "k_none",
}
"""What `write` and `document` make in a space; an event and a fact that are none, nobody's key."""

_numbers = count()

PATIENCE_S = 30.0
"""For the worker to come to what a test has written."""


@dataclass(frozen=True)
class Front:
    """A running app, and the key of its first admin."""

    app: FastAPI
    http: httpx.Client
    admin: str
    settings: Settings
    _secrets: dict[tuple[str, ...], str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, *, key: str | None = "", **request: Any
    ) -> httpx.Response:
        """Send a request with a key: the admin's unless another is given, none for None."""
        headers = dict(request.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {key or self.admin}")
        return self.http.request(method, path, headers=headers, **request)

    def key(self, role: str, *spaces: str) -> str:
        """Return the secret of a key with this role in these spaces."""
        if (role, *spaces) not in self._secrets:
            body = {"name": f"a {role}", "role": role, "spaces": list(spaces)}
            self._secrets[role, *spaces] = self.ask("POST", "/v1/keys", json=body).json()["secret"]
        return self._secrets[role, *spaces]

    def space(self) -> str:
        """Return a name that no test has used."""
        return f"space-{next(_numbers)}"

    def write(self, space: str, *contents: str, stream: str = "chat", **more: Any) -> list[str]:
        """Write turns and return their ids."""
        turns = [{"content": content, **more} for content in contents]
        path = f"/v1/spaces/{space}/streams/{stream}/turns"
        written = self.ask("POST", path, json={"turns": turns})
        assert written.status_code == 201, written.text
        return [turn["id"] for turn in written.json()["turns"]]

    def unlinking(self, space: str, entity: str, turn: str) -> str:
        """Unlink an entity from a turn, and return the unlinking."""
        path = f"/v1/spaces/{space}/entities/{entity}/unlink"
        answer = self.ask("POST", path, json={"turns": [turn]})
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["unlinked"][0]["id"]
        return made

    def event(self, space: str, *contents: str, stream: str = "chat", **more: Any) -> str:
        """Write turns, and a later one after a pause; return the event that this closes."""
        self.write(space, *contents, stream=stream, at="2026-01-01T10:00:00Z", **more)
        later = {"content": "And later.", "at": "2026-01-01T12:00:00Z"}
        path = f"/v1/spaces/{space}/streams/{stream}/turns"
        closed: list[str] = self.ask("POST", path, json={"turns": [later]}).json()["events"]
        return closed[-1]

    def run(self, space: str, content: str = "Tea at four, and milk at five.") -> str:
        """Have the worker make a note of an event, and return the run that made it."""
        path = f"/v1/spaces/{space}"
        self.ask("PUT", path)
        tag = self.ask("GET", path).headers["ETag"]
        asked = {"notes": {"least_tokens": 1}}
        self.ask("PATCH", path, json=asked, headers={"If-Match": tag})
        stream = f"noted-{next(_numbers)}"
        self.event(space, content, stream=stream)
        until = monotonic() + PATIENCE_S
        while monotonic() < until:
            found = self.ask("GET", f"{path}/runs").json()["items"]
            if found:
                return str(found[0]["id"])
            sleep(0.05)
        raise AssertionError(self.ask("GET", f"{path}/enrichment").text)

    def fact(self, space: str, turn: str, *triple: str) -> str:
        """Have a turn say a fact and return its id."""
        subject, predicate, object_ = triple
        said = {"subject": subject, "predicate": predicate, "object": object_, "turns": [turn]}
        stated = self.ask("POST", f"/v1/spaces/{space}/facts", json={"facts": [said]})
        assert stated.status_code in {200, 201}, stated.text
        (fact,) = stated.json()["facts"]
        return str(fact["id"])

    def note(self, space: str, content: str = "Tea is at four.", **more: Any) -> str:
        """Write a note and return its id."""
        body = {"content": content, **more}
        written = self.ask("POST", f"/v1/spaces/{space}/notes", json=body)
        assert written.status_code == 201, written.text
        return str(written.json()["id"])

    def link(self, space: str, start: str, end: str, **more: Any) -> str:
        """Link two notes and return the link's id."""
        body = {"start": start, "end": end, **more}
        made = self.ask("POST", f"/v1/spaces/{space}/links", json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def ruling(self, space: str, fact: str, reason: str = "Seen.") -> str:
        """Uphold a fact and return the ruling's id."""
        path = f"/v1/spaces/{space}/facts/{fact}"
        version = self.ask("GET", path).headers["ETag"]
        body = {"state": "current", "reason": reason}
        decided = self.ask("POST", f"{path}/decide", json=body, headers={"If-Match": version})
        assert decided.status_code == 200, decided.text
        return str(decided.json()["rulings"][0]["id"])

    def document(self, space: str, text: str = "Tea at four.", **more: Any) -> str:
        """Write a document and return its ETag."""
        body = {"id": INSIDE["document"], "text": text, **more}
        written = self.ask("POST", f"/v1/spaces/{space}/documents", json=body)
        assert written.status_code in {200, 201}, written.text
        return written.headers["ETag"]

    def position(self, space: str) -> int:
        """Return where the space's ledger stands."""
        position: int = self.ask("GET", f"/v1/spaces/{space}").json()["position"]
        return position


@contextmanager
def open_front(
    folder: Path,
    *,
    clock: Clock | None = None,
    reranker: Reranker | None = None,
    language_model: LanguageModel | None = None,
    **overrides: Any,
) -> Iterator[Front]:
    """Run the app over a data directory, by the machine's clock unless another is given."""
    given: dict[str, Any] = {
        "embedder": "hashing",
        "position_wait_s": 0.05,
        "max_body_bytes": 200_000,
    }
    settings = Settings(data=folder, **(given | overrides))
    opening = partial(open_service, clock=clock, reranker=reranker, language_model=language_model)
    app = build_app(settings, open_service=opening)
    transport = InProcess(app)
    with httpx.Client(transport=transport, base_url="http://memsvc.test") as http:
        admin = (folder / "admin.key").read_text().strip()
        yield Front(app, http, admin, settings)


def all_routes() -> list[Route]:
    """Return every endpoint there is, deletions last and what they empty after what is in it."""
    found = [
        (method, route.path_format)
        for resource in RESOURCES
        for route in resource.router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    ]
    return sorted(found, key=lambda route: (route[0] == "DELETE", -len(route[1]), route))
