"""Whatever a client sends wrong is refused as a problem, is never a 5xx, and stores nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from memsvc.sdk.wire import Problem
from tests.server.front import BODIES, INSIDE, Front, Route, all_routes, open_front

ECHO = "secret-value-of-the-sender"
WRITE = ("POST", "/v1/spaces/{space}/streams/{stream}/turns")
SET = ("PATCH", "/v1/spaces/{space}")
TOGETHER = ("POST", "/v1/recall")
RECALL = ("POST", "/v1/spaces/{space}/recall")
REVISE = ("PATCH", "/v1/spaces/{space}/turns/{turn}")
DOCUMENT = ("POST", "/v1/spaces/{space}/documents")
REPLACE = ("PUT", "/v1/spaces/{space}/documents/{document}")
REPLACE_PART = ("PUT", "/v1/spaces/{space}/documents/{document}/parts/{part}")
STATE = ("POST", "/v1/spaces/{space}/facts")
NOTE = ("POST", "/v1/spaces/{space}/notes")
REVISE_NOTE = ("PATCH", "/v1/spaces/{space}/notes/{note}")
LINK = ("POST", "/v1/spaces/{space}/links")
SUPERSEDE = ("POST", "/v1/spaces/{space}/facts/{fact}/supersede")
DECIDE = ("POST", "/v1/spaces/{space}/facts/{fact}/decide")
FORGET = ("POST", "/v1/spaces/{space}/forget")
FEEDBACK = ("POST", "/v1/spaces/{space}/feedback")
PINNED = ("POST", "/v1/spaces/{space}/pinned")
CANARIES = ("POST", "/v1/spaces/{space}/canaries")
TRIED = ("POST", "/v1/spaces/{space}/experiences")
TRYING = ("POST", "/v1/spaces/{space}/experiences/recall")
BACK = ("POST", "/v1/spaces/{space}/rollback")
MERGE = ("POST", "/v1/spaces/{space}/entities/{entity}/merge")
RENAME = ("POST", "/v1/spaces/{space}/entities/{entity}/rename")
UNLINK = ("POST", "/v1/spaces/{space}/entities/{entity}/unlink")
MAKE_KEY = ("POST", "/v1/keys")
IMPORT = ("POST", "/v1/spaces/{space}/import")
TAKES_BODY = list(BODIES)
JSON = {"Content-Type": "application/json"}


def refused(answer: httpx.Response, *statuses: int) -> Problem:
    """Hold an answer to the form of every refusal; return what it says."""
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert ECHO not in answer.text
    problem = Problem.model_validate_json(answer.content)
    assert problem.status == answer.status_code
    assert problem.detail
    assert problem.request_id == answer.headers["X-Request-Id"]
    return problem


class Target:
    """A space with one turn, and the promise that nothing in it changes."""

    def __init__(self, front: Front, content: str = "Tea at four.") -> None:
        self.front = front
        self.space = front.space()
        (self.turn,) = front.write(self.space, content)
        front.document(self.space, content)
        self.position = front.position(self.space)
        self.keys = self._keys()

    def ask(self, route: Route, **request: Any) -> httpx.Response:
        """Send a request to a route, with valid names in its path and a valid If-Match."""
        path = route[1].format(space=self.space, turn=self.turn, **INSIDE)
        headers = {"If-Match": f'"{self.position}"', **request.pop("headers", {})}
        return self.front.ask(route[0], path, headers=headers, **request)

    def is_unchanged(self) -> bool:
        """Tell that neither the ledger nor the keys have grown."""
        return self.front.position(self.space) == self.position and self._keys() == self.keys

    def _keys(self) -> int:
        return len(self.front.ask("GET", "/v1/keys", params={"limit": 500}).json()["items"])


@pytest.fixture(scope="module")
def targets() -> list[Target]:
    """The spaces that were refused at, the last of them in use."""
    return []


@pytest.fixture
def target(front: Front, targets: list[Target]) -> Target:
    """A space to be refused at: one for all, until something changes in it."""
    if not (targets and targets[-1].is_unchanged()):
        targets.append(Target(front))
    return targets[-1]


MALFORMED: Mapping[str, bytes] = {
    "nothing": b"",
    "not JSON": b"{" + ECHO.encode(),
    "cut off": b'{"question": "',
    "bad UTF-8": b'{"question": "\xff\xfe", "turns": [{"content": "\xff"}]}',
    "UTF-16": '{"question": "x"}'.encode("utf-16-le") + b"\x00",
    "deep nesting": b"[" * 100_000,
    "deep nesting, closed": b"[" * 90_000 + b"]" * 90_000,
    "deep objects": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "a number of 5,000 digits": b'{"k": ' + b"9" * 5_000 + b"}",
    "a list": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "null": b"null",
    "NaN": b"NaN",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=list(MALFORMED))
@pytest.mark.parametrize("route", TAKES_BODY, ids=" ".join)
def test_a_malformed_body_is_refused(target: Target, route: Route, body: bytes) -> None:
    refused(target.ask(route, content=body, headers=JSON), 400)

    assert target.is_unchanged()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "json",
        "/",
        ECHO,
    ],
)
@pytest.mark.parametrize("route", TAKES_BODY, ids=" ".join)
def test_a_body_that_is_not_called_json_is_refused(
    target: Target, route: Route, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}

    refused(target.ask(route, content=b'{"question": "x"}', headers=headers), 400)

    assert target.is_unchanged()


@pytest.mark.parametrize("route", TAKES_BODY, ids=" ".join)
def test_a_body_over_the_limit_is_refused(target: Target, route: Route) -> None:
    problem = refused(target.ask(route, content=b" " * 200_001, headers=JSON), 413)

    assert problem.limit == 200_000
    assert target.is_unchanged()


LONE = "\\ud800"
LONG = "x" * 9_000
HUGE = 10**60
DEEP = '{"a":' * 50 + "1" + "}" * 50
MANY_TURNS = ",".join(['{"content":"x"}'] * 1_001)
MANY_PARTS = ",".join(f'{{"name":"{n}","text":"x"}}' for n in range(501))
MANY_NAMES = ",".join(['"a"'] * 101)
SEVENTEEN = ",".join(f'"s{n}"' for n in range(17))
MANY_FACTS = ",".join(
    ['{"subject": "a", "predicate": "is", "object": "b", "turns": ["t"]}'] * 1_001
)


def stating(
    subject: str = "a",
    predicate: str = "is",
    object: str = "b",  # noqa: A002  what the interface calls it
    turns: str = '["t"]',
    more: str = "",
) -> str:
    said = f'"subject": "{subject}", "predicate": "{predicate}", "object": "{object}"'
    return f'{{"facts": [{{{said}, "turns": {turns}{more}}}]}}'


def trying(more: str = "", **parts: str) -> str:
    said = {"tool": "t", "intent": "i", "call": "c", "outcome": "success", **parts}
    fields = ", ".join(f'"{name}": "{text}"' for name, text in said.items())
    return f'{{"experiences": [{{{fields}{more}}}]}}'


FIELDS: Mapping[str, tuple[Route, str]] = {
    "no turns": (WRITE, '{"turns": []}'),
    "1,001 turns": (WRITE, f'{{"turns": [{MANY_TURNS}]}}'),
    "turns are text": (WRITE, f'{{"turns": "{ECHO}"}}'),
    "a turn is a number": (WRITE, '{"turns": [1]}'),
    "no content": (WRITE, '{"turns": [{"role": "user"}]}'),
    "content is null": (WRITE, '{"turns": [{"content": null}]}'),
    "a time is a number": (WRITE, '{"turns": [{"content": "x", "at": 0}]}'),
    "a time is a number in quotes": (WRITE, '{"turns": [{"content": "x", "at": "1700000000"}]}'),
    "metadata beyond 2^53": (WRITE, '{"turns": [{"content": "x", "metadata": {"a": 1e20}}]}'),
    "a number is false": (RECALL, '{"question": "x", "min_position": false}'),
    "a number is in quotes": (RECALL, '{"question": "x", "k": "5"}'),
    "a boolean is a number": (RECALL, '{"question": "x", "explain": 1}'),
    "content is a number": (WRITE, '{"turns": [{"content": 1}]}'),
    "content is white": (WRITE, '{"turns": [{"content": " \\n"}]}'),
    "content holds NUL": (WRITE, f'{{"turns": [{{"content": "{ECHO}\\u0000"}}]}}'),
    "content holds a surrogate": (WRITE, f'{{"turns": [{{"content": "{ECHO}{LONE}"}}]}}'),
    "speaker holds NUL": (WRITE, '{"turns": [{"content": "x", "speaker": "\\u0000"}]}'),
    "speaker holds a surrogate": (WRITE, f'{{"turns": [{{"content": "x", "speaker": "{LONE}"}}]}}'),
    "speaker is long": (WRITE, f'{{"turns": [{{"content": "x", "speaker": "{LONG}"}}]}}'),
    "id is no name": (WRITE, f'{{"turns": [{{"content": "x", "id": "/{ECHO}"}}]}}'),
    "id ends a line": (WRITE, '{"turns": [{"content": "x", "id": "a\\n"}]}'),
    "at is no time": (WRITE, f'{{"turns": [{{"content": "x", "at": "{ECHO}"}}]}}'),
    "at is too early": (WRITE, '{"turns": [{"content": "x", "at": "0001-01-01T00:00:00+14:00"}]}'),
    "at is too late": (WRITE, '{"turns": [{"content": "x", "at": "9999-12-31T23:59:59-14:00"}]}'),
    "source is none of ours": (WRITE, f'{{"turns": [{{"content": "x", "source": "{ECHO}"}}]}}'),
    "an unknown field": (WRITE, f'{{"turns": [{{"content": "x", "contents": "{ECHO}"}}]}}'),
    "an unknown field with a surrogate": (WRITE, f'{{"turns": [{{"content":"x","{LONE}":1}}]}}'),
    "metadata is a list": (WRITE, '{"turns": [{"content": "x", "metadata": []}]}'),
    "metadata holds NaN": (WRITE, '{"turns": [{"content": "x", "metadata": {"a": NaN}}]}'),
    "metadata holds infinity": (WRITE, '{"turns": [{"content": "x", "metadata": {"a": 1e999}}]}'),
    "metadata holds a huge int": (
        WRITE,
        f'{{"turns":[{{"content":"x","metadata":{{"a":{HUGE}}}}}]}}',
    ),
    "metadata holds NUL": (WRITE, '{"turns": [{"content": "x", "metadata": {"a": "\\u0000"}}]}'),
    "metadata holds a surrogate": (
        WRITE,
        f'{{"turns":[{{"content":"x","metadata":{{"a":"{LONE}"}}}}]}}',
    ),
    "metadata name with a surrogate": (
        WRITE,
        f'{{"turns":[{{"content":"x","metadata":{{"{LONE}":1}}}}]}}',
    ),
    "metadata name ends a line": (WRITE, '{"turns":[{"content":"x","metadata":{"a\\n":1}}]}'),
    "metadata is deep": (
        WRITE,
        f'{{"turns":[{{"content":"x","metadata":{DEEP}}}]}}',
    ),
    "metadata is large": (
        WRITE,
        f'{{"turns":[{{"content":"x","metadata":{{"a":"{LONG}"}}}}]}}',
    ),
    "embed is none of ours": (WRITE, f'{{"turns": [{{"content": "x"}}], "embed": "{ECHO}"}}'),
    "question is white": (RECALL, '{"question": " "}'),
    "question is missing": (RECALL, "{}"),
    "question is long": (RECALL, f'{{"question": "{LONG}"}}'),
    "question holds NUL": (RECALL, '{"question": "\\u0000x"}'),
    "question holds a surrogate": (RECALL, f'{{"question": "{LONE}x"}}'),
    "k is 0": (RECALL, '{"question": "x", "k": 0}'),
    "k is 101": (RECALL, '{"question": "x", "k": 101}'),
    "k is text": (RECALL, f'{{"question": "x", "k": "{ECHO}"}}'),
    "k is auto and more": (RECALL, '{"question": "x", "k": "automatic"}'),
    "repeat is a number": (RECALL, '{"question": "x", "repeat": 2}'),
    "k is NaN": (RECALL, '{"question": "x", "k": NaN}'),
    "k is infinite": (RECALL, '{"question": "x", "k": 1e999}'),
    "k is huge": (RECALL, f'{{"question": "x", "k": {HUGE}}}'),
    "budget is negative": (RECALL, '{"question": "x", "budget_tokens": -1}'),
    "kinds are none of ours": (RECALL, '{"question": "x", "kinds": ["dream"]}'),
    "kinds are two": (RECALL, '{"question": "x", "kinds": ["turn", "event"]}'),
    "contiguity is over a half": (RECALL, '{"question": "x", "contiguity": 0.51}'),
    "contiguity is negative": (TOGETHER, '{"question":"x","spaces":["a"],"contiguity":-0.1}'),
    "contiguity is text": (RECALL, '{"question": "x", "contiguity": "0.3"}'),
    "contiguity is true": (RECALL, '{"question": "x", "contiguity": true}'),
    "contiguity is NaN": (RECALL, '{"question": "x", "contiguity": NaN}'),
    "an order of ours is another": (RECALL, '{"question": "x", "order": "rank"}'),
    "kinds are none at all": (RECALL, '{"question": "x", "kinds": []}'),
    "a misspelt filter": (RECALL, '{"question": "x", "filters": {"stream": "a"}}'),
    "a filter of 101 streams": (
        RECALL,
        f'{{"question":"x","filters":{{"streams":[{MANY_NAMES}]}}}}',
    ),
    "a nested metadata filter": (RECALL, '{"question":"x","filters":{"metadata":{"a":{"b":1}}}}'),
    "between is no time": (RECALL, f'{{"question": "x", "between": {{"since": "{ECHO}"}}}}'),
    "an unknown recipe": (RECALL, '{"question": "x", "recipe": "stew"}'),
    "min_position is negative": (RECALL, '{"question": "x", "min_position": -1}'),
    "a profile of a kind": (RECALL, '{"question": "x", "include_profile": "yes"}'),
    "a profile of several spaces": (
        TOGETHER,
        '{"question": "x", "spaces": ["a"], "include_profile": true}',
    ),
    "an edit of nothing": (REVISE, "{}"),
    "an edit of the text": (REVISE, f'{{"content": "{ECHO}"}}'),
    "an edit with a deep place": (REVISE, '{"place": {"a": 1}}'),
    "an edit with a long place": (REVISE, f'{{"place": "{LONG}"}}'),
    "an echo of what is no id": (
        WRITE,
        '{"turns": [{"content": "x", "role": "tool", "echo_of": ["a"]}]}',
    ),
    "an echo of a user": (WRITE, '{"turns": [{"content": "x", "echo_of": "t_1"}]}'),
    "a turn that expires at no time": (
        WRITE,
        f'{{"turns": [{{"content": "x", "expires_at": "{ECHO}"}}]}}',
    ),
    "a turn that has expired": (
        WRITE,
        '{"turns": [{"content": "x"}, {"content": "x", "expires_at": "2020-01-01T00:00:00Z"}]}',
    ),
    "no retention said": (SET, "{}"),
    "retention of no day": (SET, '{"retention_days": 0}'),
    "retention of half a day": (SET, '{"retention_days": 0.5}'),
    "retention of 101 years": (SET, '{"retention_days": 36865}'),
    "segmentation that is no object": (SET, '{"segmentation": 1}'),
    "segmentation by a field that is none": (SET, f'{{"segmentation": {{"{ECHO[:6]}": 1}}}}'),
    "segmentation by nobody's surprise": (SET, f'{{"segmentation": {{"source": "{ECHO}"}}}}'),
    "a gamma below none": (SET, '{"segmentation": {"gamma": -0.1}}'),
    "a gamma that is text": (SET, '{"segmentation": {"gamma": "1"}}'),
    "a gamma that is no number": (SET, '{"segmentation": {"gamma": NaN}}'),
    "a gamma that is true": (SET, '{"segmentation": {"gamma": true}}'),
    "a window of seven": (SET, '{"segmentation": {"window": 7}}'),
    "half a unit": (SET, '{"segmentation": {"min_units": 1.5}}'),
    "events too short to grow": (SET, '{"segmentation": {"max_units": 7}}'),
    "events without end": (SET, '{"segmentation": {"max_units": 257}}'),
    "a pause of no time": (SET, '{"segmentation": {"gap_minutes": 0}}'),
    "a setting that is none": (SET, f'{{"retention_days": 1, "{ECHO[:6]}": 1}}'),
    "synonyms that are no object": (SET, '{"synonyms": true}'),
    "synonyms by a field that is none": (SET, f'{{"synonyms": {{"{ECHO[:6]}": 1}}}}'),
    "synonyms from nothing on": (SET, '{"synonyms": {"least_cosine": 0}}'),
    "synonyms over one": (SET, '{"synonyms": {"least_cosine": 1.01}}'),
    "synonyms from a text on": (SET, '{"synonyms": {"least_cosine": "0.8"}}'),
    "notes that are no object": (SET, '{"notes": true}'),
    "notes by a field that is none": (SET, f'{{"notes": {{"{ECHO[:6]}": 1}}}}'),
    "notes of less than nothing": (SET, '{"notes": {"least_tokens": -1}}'),
    "evolution by a word": (SET, '{"notes": {"evolution": "yes"}}'),
    "improving that is no object": (SET, '{"improving": true}'),
    "improving by a field that is none": (SET, f'{{"improving": {{"{ECHO[:6]}": 1}}}}'),
    "improving by a word": (SET, '{"improving": {"facts": "yes"}}'),
    "a budget for nothing": (SET, '{"improving": {"tokens_an_hour": 999}}'),
    "a budget in halves": (SET, '{"improving": {"tokens_an_hour": 1500.5}}'),
    "forgetting that is no object": (SET, '{"forgetting": 1}'),
    "forgetting by a field that is none": (SET, f'{{"forgetting": {{"{ECHO[:6]}": 1}}}}'),
    "a decay of everything": (SET, '{"forgetting": {"decay": {"user": 0}}}'),
    "a decay that grows": (SET, '{"forgetting": {"decay": {"tool": 1.01}}}'),
    "a decay of nobody's": (SET, f'{{"forgetting": {{"decay": {{"{ECHO[:6]}": 1}}}}}}'),
    "a weight that is text": (SET, '{"forgetting": {"weight": "1"}}'),
    "a weight that is true": (SET, '{"forgetting": {"weight": true}}'),
    "a weight over everything": (SET, '{"forgetting": {"weight": 1.1}}'),
    "momentum without end": (SET, '{"forgetting": {"momentum": 0.95}}'),
    "less than nothing archived": (SET, '{"forgetting": {"archive_below": -0.1}}'),
    "admission that is no object": (SET, '{"admission": 1}'),
    "admission by a field that is none": (SET, f'{{"admission": {{"{ECHO[:6]}": 1}}}}'),
    "admission of nothing": (SET, '{"admission": {"max_turn_chars": 0}}'),
    "admission at no rate": (SET, '{"admission": {"turns_per_minute": 0}}'),
    "a rate that is text": (SET, '{"admission": {"turns_per_minute": "9"}}'),
    "duplicates perhaps": (SET, f'{{"admission": {{"duplicates": "{ECHO[:6]}"}}}}'),
    "secrets perhaps": (SET, '{"admission": {"secrets": true}}'),
    "instructions refused": (SET, '{"admission": {"instructions": {"user": "refuse"}}}'),
    "instructions of nobody": (
        SET,
        f'{{"admission": {{"instructions": {{"{ECHO[:6]}": "off"}}}}}}',
    ),
    "distrust over half": (SET, '{"admission": {"distrust": 0.6}}'),
    "distrust of NaN": (SET, '{"admission": {"distrust": NaN}}'),
    "no hits of a source": (SET, '{"admission": {"most_of_one_source": 0}}'),
    "no stream that fades": (SET, '{"forgetting": {"streams": []}}'),
    "together as of a position": (TOGETHER, '{"question":"x","spaces":["a"],"as_of":1}'),
    "together as of words": (TOGETHER, f'{{"question":"x","spaces":["a"],"as_of":"{ECHO}"}}'),
    "together as of then and waiting": (
        TOGETHER,
        '{"question":"x","spaces":["a"],"as_of":"2026-01-01","min_positions":{"a":1}}',
    ),
    "no space asked": (TOGETHER, '{"question": "x", "spaces": []}'),
    "spaces left out": (TOGETHER, '{"question": "x"}'),
    "a space asked twice": (TOGETHER, '{"question": "x", "spaces": ["a", "a"]}'),
    "17 spaces asked": (TOGETHER, f'{{"question": "x", "spaces": [{SEVENTEEN}]}}'),
    "a space that cannot be asked": (TOGETHER, '{"question": "x", "spaces": ["../a"]}'),
    "all spaces asked": (TOGETHER, '{"question": "x", "spaces": ["*"]}'),
    "one position for several": (
        TOGETHER,
        '{"question": "x", "spaces": ["a"], "min_position": 1}',
    ),
    "a position of another space": (
        TOGETHER,
        '{"question": "x", "spaces": ["a"], "min_positions": {"b": 1}}',
    ),
    "a position that is not one": (
        TOGETHER,
        f'{{"question": "x", "spaces": ["a"], "min_positions": {{"a": "{ECHO}"}}}}',
    ),
    "a position of no name": (
        TOGETHER,
        '{"question": "x", "spaces": ["a"], "min_positions": {"../a": 1}}',
    ),
    "a filter of 101 documents": (
        RECALL,
        f'{{"question":"x","filters":{{"documents":[{MANY_NAMES}]}}}}',
    ),
    "a document of nothing": (DOCUMENT, "{}"),
    "a document of text and parts": (
        DOCUMENT,
        f'{{"text": "{ECHO}", "parts": [{{"name": "a", "text": "x"}}]}}',
    ),
    "a document whose id is no name": (DOCUMENT, f'{{"id": "/{ECHO}", "text": "x"}}'),
    "a document of no parts": (DOCUMENT, '{"parts": []}'),
    "a document of 501 parts": (DOCUMENT, f'{{"parts": [{MANY_PARTS}]}}'),
    "a document of two parts of one name": (
        DOCUMENT,
        '{"parts": [{"name": "a", "text": "x"}, {"name": "a", "text": "y"}]}',
    ),
    "a part whose name is none": (DOCUMENT, '{"parts": [{"name": "a/b", "text": "x"}]}'),
    "a part without text": (DOCUMENT, '{"parts": [{"name": "a"}]}'),
    "a document of NUL": (DOCUMENT, '{"text": "\\u0000"}'),
    "a document of a surrogate": (DOCUMENT, f'{{"text": "x{LONE}"}}'),
    "a document that is a PDF in JSON": (DOCUMENT, '{"text":"x","media_type":"application/pdf"}'),
    "a document with a long title": (DOCUMENT, f'{{"text": "x", "title": "{LONG}"}}'),
    "a document with deep metadata": (DOCUMENT, f'{{"text": "x", "metadata": {DEEP}}}'),
    "a replacement with another id": (REPLACE, '{"id": "other", "text": "x"}'),
    "a replacement with nothing": (REPLACE, '{"title": "x"}'),
    "a part replaced with nothing": (REPLACE_PART, '{"title": "x"}'),
    "a part replaced with parts": (REPLACE_PART, '{"text": "x", "parts": []}'),
    "a note of nothing": (NOTE, '{"content": " "}'),
    "a note that is long": (NOTE, f'{{"content": "{LONG}"}}'),
    "a note of a surrogate": (NOTE, f'{{"content": "x{LONE}"}}'),
    "a note of 13 tags": (NOTE, f'{{"content": "x", "tags": [{",".join(["1"] * 13)}]}}'),
    "a tag of nothing": (NOTE, '{"content": "x", "tags": [""]}'),
    "a tag that is long": (NOTE, f'{{"content": "x", "tags": ["{"x" * 61}"]}}'),
    "keywords are text": (NOTE, f'{{"content": "x", "keywords": "{ECHO}"}}'),
    "a context with NUL": (NOTE, '{"content": "x", "context": "a\\u0000b"}'),
    "a context that is long": (NOTE, f'{{"content": "x", "context": "{"x" * 501}"}}'),
    "a note from nobody known": (NOTE, f'{{"content": "x", "source": "{ECHO}"}}'),
    "a note with another field": (NOTE, '{"content": "x", "links": []}'),
    "an edit of a note's content": (REVISE_NOTE, f'{{"content": "{ECHO}"}}'),
    "an edit of no part": (REVISE_NOTE, '{"reason": "x"}'),
    "an edit with a long reason": (REVISE_NOTE, f'{{"tags": [], "reason": "{"x" * 301}"}}'),
    "a link to nothing": (LINK, '{"start": "n_none"}'),
    "a link to no name": (LINK, '{"start": "n_none", "end": "../x"}'),
    "a link of no kind": (LINK, f'{{"start": "a", "end": "b", "kind": "{ECHO}"}}'),
    "a link of too much": (LINK, '{"start": "a", "end": "b", "score": 1.1}'),
    "a link of less than none": (LINK, '{"start": "a", "end": "b", "score": -0.1}'),
    "a link of a score in quotes": (LINK, '{"start": "a", "end": "b", "score": "1"}'),
    "no facts": (STATE, '{"facts": []}'),
    "1,001 facts": (STATE, f'{{"facts": [{MANY_FACTS}]}}'),
    "facts are text": (STATE, f'{{"facts": "{ECHO}"}}'),
    "a fact is a list": (STATE, f'{{"facts": [["a", "is", "{ECHO}"]]}}'),
    "a fact without a predicate": (STATE, '{"facts":[{"subject":"a","object":"b","turns":["t"]}]}'),
    "a fact that nobody says": (STATE, stating(turns="[]")),
    "a fact of 101 turns": (
        STATE,
        stating(turns="[" + ",".join(f'"t{n}"' for n in range(101)) + "]"),
    ),
    "a fact that one says twice": (STATE, stating(turns='["t", "t"]')),
    "a turn that is no name": (STATE, stating(turns='["../t"]')),
    "a fact from no time on": (STATE, stating(more=f', "valid_from": "{ECHO}"')),
    "a fact from a number on": (STATE, stating(more=', "valid_from": 1700000000')),
    "a fact that ends before it begins": (
        STATE,
        stating(more=', "valid_from": "2020-01-02", "valid_to": "2020-01-01"'),
    ),
    "a fact that ends as it begins": (
        STATE,
        stating(more=', "valid_from": "2020-01-01", "valid_to": "2020-01-01"'),
    ),
    "a fact that replaces in words": (STATE, stating(more=', "replaces": "true"')),
    "a fact that supersedes text": (STATE, stating(more=f', "supersedes": "{ECHO}"')),
    "a fact that supersedes no name": (STATE, stating(more=', "supersedes": ["../f"]')),
    "a fact that supersedes one twice": (STATE, stating(more=', "supersedes": ["f", "f"]')),
    "a fact that supersedes 21": (
        STATE,
        stating(more=', "supersedes": [' + ",".join(f'"f{n}"' for n in range(21)) + "]"),
    ),
    "superseded by no name": (SUPERSEDE, '{"by": "../f"}'),
    "superseded by a number": (SUPERSEDE, '{"by": 1}'),
    "superseded by a fact that nobody says": (
        SUPERSEDE,
        '{"by": {"subject": "a", "predicate": "is", "object": "b", "turns": []}}',
    ),
    "superseded at no time": (SUPERSEDE, f'{{"at": "{ECHO}"}}'),
    "superseded for nothing": (SUPERSEDE, '{"reason": " "}'),
    "superseded for NUL": (SUPERSEDE, '{"reason": "\\u0000"}'),
    "superseded at length": (SUPERSEDE, f'{{"reason": "{"x" * 301}"}}'),
    "decided without a reason": (DECIDE, '{"state": "current"}'),
    "decided without a decision": (DECIDE, '{"reason": "x"}'),
    "decided twice": (DECIDE, '{"state": "current", "winner": "f", "reason": "x"}'),
    "decided as nothing": (DECIDE, f'{{"state": "{ECHO}", "reason": "x"}}'),
    "a winner that is no name": (DECIDE, '{"winner": "../f", "reason": "x"}'),
    "single values that are text": (SET, f'{{"single_valued": "{ECHO}"}}'),
    "a single value of nothing": (SET, '{"single_valued": [" "]}'),
    "101 single values": (SET, f'{{"single_valued": {["x"] * 101}}}'.replace("'", '"')),
    "a recipe for a space that is none": (SET, '{"recipe": "quick"}'),
    "a recipe for a space that is no name": (SET, f'{{"recipe": "/{ECHO}"}}'),
    "recall from a now in words": (RECALL, f'{{"question": "x", "now": "{ECHO}"}}'),
    "recall from a now of seconds": (RECALL, '{"question": "x", "now": 1700000000}'),
    "reranked in words": (RECALL, '{"question": "x", "rerank": "yes"}'),
    "several reranked in words": (
        TOGETHER,
        '{"question": "x", "spaces": ["a"], "rerank": "yes"}',
    ),
    "clues at some time": (RECALL, f'{{"question": "x", "clues": "{ECHO}"}}'),
    "clues by a boolean": (RECALL, '{"question": "x", "clues": true}'),
    "facts sifted at some time": (RECALL, f'{{"question": "x", "sift_facts": "{ECHO}"}}'),
    "several with clues at some time": (
        TOGETHER,
        f'{{"question": "x", "spaces": ["a"], "clues": "{ECHO}"}}',
    ),
    "a space with clues at some time": (SET, f'{{"clues": "{ECHO}"}}'),
    "a space that sifts by a boolean": (SET, '{"sift_facts": true}'),
    "recall of superseded in words": (RECALL, '{"question": "x", "include_superseded": "yes"}'),
    "a fact about nothing": (STATE, stating(subject=" ")),
    "a fact about what has no name": (STATE, stating(subject="?!")),
    "a fact of NUL": (STATE, stating(object="\\u0000")),
    "a fact of a surrogate": (STATE, stating(object=f"b{LONE}")),
    "a long subject": (STATE, stating(subject="x" * 201)),
    "a long predicate": (STATE, stating(predicate="x" * 201)),
    "a long object": (STATE, stating(object="x" * 501)),
    "a field of a fact that is none": (STATE, stating(more=f', "{ECHO[:6]}": 1')),
    "feedback of nothing": (FEEDBACK, "{}"),
    "feedback on what is no turn": (FEEDBACK, f'{{"turn": "/{ECHO}", "verdict": "helped"}}'),
    "feedback on two": (FEEDBACK, '{"turn": ["a", "b"], "verdict": "helped"}'),
    "a verdict of its own": (FEEDBACK, f'{{"turn": "t", "verdict": "{ECHO}"}}'),
    "feedback without a verdict": (FEEDBACK, '{"turn": "t"}'),
    "feedback for a white question": (
        FEEDBACK,
        '{"turn": "t", "verdict": "wrong", "question": " "}',
    ),
    "feedback for a long question": (
        FEEDBACK,
        f'{{"turn": "t", "verdict": "wrong", "question": "{LONG}"}}',
    ),
    "feedback for a question of NUL": (
        FEEDBACK,
        '{"turn": "t", "verdict": "wrong", "question": "\\u0000"}',
    ),
    "feedback that says more": (FEEDBACK, f'{{"turn":"t","verdict":"wrong","{ECHO[:6]}":1}}'),
    "a pin of nothing": (PINNED, "{}"),
    "a pin that expects nothing": (PINNED, '{"question": "q", "expected": []}'),
    "a pin that expects one twice": (PINNED, '{"question": "q", "expected": ["t", "t"]}'),
    "a pin of what is no turn": (PINNED, f'{{"question": "q", "expected": ["/{ECHO}"]}}'),
    "a pin for no hit": (PINNED, '{"question": "q", "expected": ["t"], "k": 0}'),
    "a pin for as many as it likes": (PINNED, '{"question": "q", "expected": ["t"], "k": "auto"}'),
    "a pin of nobody's recipe": (
        PINNED,
        '{"question": "q", "expected": ["t"], "recipe": "stew"}',
    ),
    "a pin of a white question": (PINNED, '{"question": " ", "expected": ["t"]}'),
    "a pin that says more": (PINNED, f'{{"question": "q", "expected": ["t"], "{ECHO[:6]}": 1}}'),
    "no canary": (CANARIES, '{"count": 0}'),
    "21 canaries": (CANARIES, '{"count": 21}'),
    "half a canary": (CANARIES, '{"count": 1.5}'),
    "canaries in quotes": (CANARIES, '{"count": "5"}'),
    "canaries of one's own": (CANARIES, f'{{"token": "{ECHO}"}}'),
    "no experiences": (TRIED, '{"experiences": []}'),
    "experiences are text": (TRIED, f'{{"experiences": "{ECHO}"}}'),
    "an experience of nothing": (TRIED, '{"experiences": [{}]}'),
    "an experience that ended otherwise": (TRIED, trying(outcome=ECHO)),
    "an experience with a nameless tool": (TRIED, trying(tool="")),
    "an experience with a long tool": (TRIED, trying(tool="x" * 201)),
    "an experience with no intent": (TRIED, trying(intent=" ")),
    "an experience with a long intent": (TRIED, trying(intent="x" * 2_001)),
    "an experience of NUL": (TRIED, trying(call="\\u0000")),
    "an experience of a surrogate": (TRIED, trying(call=f"x{LONE}")),
    "an experience with a long call": (TRIED, trying(call="x" * 8_001)),
    "an experience with a long error": (TRIED, trying(error="x" * 4_001)),
    "an experience with a white fix": (TRIED, trying(fix=" ")),
    "an experience at no time": (TRIED, trying(at=ECHO)),
    "an experience whose id is no name": (TRIED, trying(id="../x")),
    "an experience with more": (TRIED, trying(f', "{ECHO[:6]}": 1')),
    "an experience in no stream": (
        TRIED,
        f'{{"stream": "/", {trying()[1:]}',
    ),
    "an intent of nothing": (TRYING, '{"intent": " "}'),
    "an intent that is long": (TRYING, f'{{"intent": "{LONG}"}}'),
    "an intent of NUL": (TRYING, '{"intent": "\\u0000"}'),
    "an intent with a long tool": (TRYING, f'{{"intent": "x", "tool": "{LONG}"}}'),
    "101 experiences": (TRYING, '{"intent": "x", "k": 101}'),
    "no experience at all": (TRYING, '{"intent": "x", "k": 0}'),
    "an intent that is misspelt": (TRYING, f'{{"intent": "x", "tol": "{ECHO}"}}'),
    "rolling back to nothing": (BACK, "{}"),
    "rolling back to null": (BACK, '{"to": null}'),
    "rolling back to two things": (BACK, '{"to": 1, "run": "u_1"}'),
    "rolling back to position 0": (BACK, '{"to": 0}'),
    "rolling back to a position to come": (BACK, '{"to": 9007199254740991}'),
    "rolling back to a position that is none": (BACK, '{"to": 1' + "0" * 40 + "}"),
    "rolling back to half a position": (BACK, '{"to": 1.5}'),
    "rolling back to what is true": (BACK, '{"to": true}'),
    "rolling back to words": (BACK, f'{{"to": "{ECHO}"}}'),
    "rolling back before the space": (BACK, '{"to": "1999-01-01T00:00:00Z"}'),
    "rolling back what is no run": (BACK, f'{{"run": "/{ECHO}"}}'),
    "rolling a run's turns back": (BACK, '{"run": "u_1", "include_turns": true}'),
    "rolling back perhaps": (BACK, '{"to": 1, "dry_run": "perhaps"}'),
    "rolling back for a surrogate": (BACK, f'{{"to": 1, "reason": "x{LONE}"}}'),
    "rolling back for long": (BACK, '{"to": 1, "reason": "' + "x" * 301 + '"}'),
    "rolling back what is misspelt": (BACK, f'{{"too": "{ECHO}"}}'),
    "forgetting nothing": (FORGET, "{}"),
    "forgetting by an open filter": (FORGET, '{"where": {}}'),
    "forgetting no turns": (FORGET, '{"turns": []}'),
    "forgetting what is no turn": (FORGET, f'{{"turns": ["/{ECHO}"]}}'),
    "forgetting white space": (FORGET, '{"text": " "}'),
    "forgetting NUL": (FORGET, '{"text": "\\u0000"}'),
    "forgetting a surrogate": (FORGET, f'{{"text": "x{LONE}"}}'),
    "forgetting perhaps": (FORGET, '{"text": "x", "dry_run": "perhaps"}'),
    "forgetting what is misspelt": (FORGET, f'{{"txt": "{ECHO}"}}'),
    "forgetting by a filter that is none": (FORGET, f'{{"where": {{"stream": "{ECHO}"}}}}'),
    "a merge into nothing": (MERGE, "{}"),
    "a merge into white space": (MERGE, '{"into": " "}'),
    "a merge into NUL": (MERGE, '{"into": "\\u0000"}'),
    "a merge into a surrogate": (MERGE, f'{{"into": "x{LONE}"}}'),
    "a merge into two": (MERGE, '{"into": ["a", "b"]}'),
    "a merge into a long name": (MERGE, f'{{"into": "{"x" * 1_001}"}}'),
    "a merge that is named": (MERGE, f'{{"into": "x", "{ECHO[:6]}": 1}}'),
    "a rename to nothing": (RENAME, "{}"),
    "a rename to punctuation": (RENAME, '{"to": "?!"}'),
    "a rename to NUL": (RENAME, '{"to": "\\u0000"}'),
    "a rename to a surrogate": (RENAME, f'{{"to": "x{LONE}"}}'),
    "a rename to a long name": (RENAME, f'{{"to": "{"x" * 1_001}"}}'),
    "a rename with more": (RENAME, f'{{"to": "x", "{ECHO[:6]}": 1}}'),
    "unlinking from nothing": (UNLINK, "{}"),
    "unlinking from no turns": (UNLINK, '{"turns": []}'),
    "unlinking from a turn twice": (UNLINK, '{"turns": ["t_1", "t_1"]}'),
    "unlinking from too many turns": (
        UNLINK,
        f'{{"turns": [{", ".join(f"{chr(34)}t_{n}{chr(34)}" for n in range(101))}]}}',
    ),
    "unlinking from what is no turn": (UNLINK, f'{{"turns": ["/{ECHO}"]}}'),
    "unlinking from everything": (UNLINK, f'{{"turns": null, "{ECHO[:6]}": 1}}'),
    "a key without a name": (MAKE_KEY, '{"role": "reader", "spaces": ["a"]}'),
    "a key without spaces": (MAKE_KEY, '{"name": "x", "role": "reader", "spaces": []}'),
    "a key with a role of its own": (MAKE_KEY, f'{{"name":"x","role":"{ECHO}","spaces":["a"]}}'),
    "a key for a space with NUL": (MAKE_KEY, '{"name":"x","role":"reader","spaces":["a\\u0000"]}'),
    "a key for a space with a surrogate": (
        MAKE_KEY,
        f'{{"name":"x","role":"reader","spaces":["{LONE}"]}}',
    ),
    "a key for a space that cannot be": (
        MAKE_KEY,
        '{"name":"x","role":"reader","spaces":["../a"]}',
    ),
    "a key named with NUL": (MAKE_KEY, '{"name":"\\u0000","role":"reader","spaces":["a"]}'),
}


@pytest.mark.parametrize(("route", "body"), FIELDS.values(), ids=list(FIELDS))
def test_a_field_that_is_not_valid_is_named_and_not_repeated(
    target: Target, route: Route, body: str
) -> None:
    problem = refused(target.ask(route, content=body.encode(), headers=JSON), 422)

    assert problem.field
    assert problem.type == "invalid_field"
    assert target.is_unchanged()


def test_a_turn_over_its_limit_is_refused_with_the_limit(tmp_path: Path) -> None:
    with open_front(tmp_path, max_turn_chars=10) as front:
        target = Target(front, "Tea.")
        body = {"turns": [{"content": "fits"}, {"content": ECHO}]}

        problem = refused(target.ask(WRITE, json=body), 413)

        assert (problem.field, problem.limit) == ("turns.1.content", 10)
        assert target.is_unchanged()


def test_a_text_over_its_limit_is_told_how_many_characters_it_may_have(target: Target) -> None:
    problem = refused(target.ask(RECALL, json={"question": "x" * 8_001}), 422)

    assert problem.detail == "question: text may have 8,000 characters."
    assert (problem.field, problem.limit) == ("question", 8_000)


QUERIES: Mapping[str, str] = {
    "limit 0": "limit=0",
    "limit 501": "limit=501",
    "limit of words": f"limit={ECHO}",
    "limit huge": f"limit={10**50}",
    "limit empty": "limit=",
    "a misspelt parameter": f"lmit={ECHO}",
}
LISTS = [
    ("GET", path)
    for path in (
        "/v1/spaces",
        "/v1/keys",
        "/v1/spaces/{space}/streams",
        "/v1/spaces/{space}/documents",
        "/v1/spaces/{space}/turns",
        "/v1/spaces/{space}/facts",
        "/v1/spaces/{space}/notes",
        "/v1/spaces/{space}/links",
        "/v1/spaces/{space}/conflicts",
        "/v1/spaces/{space}/entities",
        "/v1/spaces/{space}/merges",
        "/v1/spaces/{space}/unlinked",
        "/v1/spaces/{space}/receipts",
        "/v1/spaces/{space}/runs",
        "/v1/spaces/{space}/quarantine",
        "/v1/spaces/{space}/feedback",
        "/v1/spaces/{space}/ledger",
    )
]
OWN_QUERIES: Mapping[str, tuple[str, str]] = {
    "a profile of no tokens": ("profile", "budget_tokens=0"),
    "a profile of too many tokens": ("profile", "budget_tokens=32001"),
    "a profile of words": ("profile", f"budget_tokens={ECHO}"),
    "a profile of a nameless user": ("profile", "user_id="),
    "a profile of NUL": ("profile", "speaker=%00"),
    "a profile that is misspelt": ("profile", f"budget={ECHO}"),
    "cursor of words": ("turns", f"cursor={ECHO}"),
    "cursor huge": ("turns", "cursor=" + "9" * 60),
    "cursor negative": ("turns", "cursor=-1"),
    "cursor long": ("streams", "cursor=" + "x" * 5_000),
    "cursor with NUL": ("streams", "cursor=%00"),
    "cursor empty": ("turns", "cursor="),
    "metadata of words": ("turns", f"metadata={ECHO}"),
    "metadata a list": ("turns", "metadata=[]"),
    "metadata deep": ("turns", "metadata=" + "[" * 5_000),
    "metadata nested": ("turns", 'metadata={"a":{"b":1}}'),
    "metadata NaN": ("turns", 'metadata={"a":NaN}'),
    "metadata huge int": ("turns", f'metadata={{"a":{10**40}}}'),
    "metadata surrogate": ("turns", 'metadata={"a":"\\ud800"}'),
    "source": ("turns", f"source={ECHO}"),
    "since": ("turns", f"since={ECHO}"),
    "until": ("turns", "until=99999-01-01"),
    "stream": ("turns", "stream=../x"),
    "document": ("turns", "document=../x"),
    "document's cursor": ("documents", "cursor=x"),
    "speaker with NUL": ("turns", "speaker=%00"),
    "facts' cursor": ("facts", "cursor=x"),
    "entity long": ("facts", "entity=" + "x" * 501),
    "entity of nothing": ("facts", "entity="),
    "entity with NUL": ("facts", "entity=%00"),
    "facts' state": ("facts", f"state={ECHO}"),
    "facts' time": ("facts", f"valid_at={ECHO}"),
    "facts' superseded": ("facts", f"include_superseded={ECHO}"),
    "conflicts' cursor": ("conflicts", "cursor=x"),
    "conflicts' state": ("conflicts", "state=current"),
    "conflicts' entity": ("conflicts", "entity="),
    "turn that says it": ("facts", "turn=../x"),
    "notes' cursor": ("notes", f"cursor={ECHO}"),
    "tag of nothing": ("notes", "tag="),
    "tag long": ("notes", "tag=" + "x" * 61),
    "keyword with NUL": ("notes", "keyword=%00"),
    "text long": ("notes", "text=" + "x" * 4_001),
    "a note's event": ("notes", "event=../x"),
    "links' cursor": ("links", f"cursor={ECHO}"),
    "links' note": ("links", "note=../x"),
    "entities' cursor with NUL": ("entities", "cursor=%00"),
    "entities' cursor long": ("entities", "cursor=" + "x" * 1_001),
    "prefix with NUL": ("entities", "prefix=%00"),
    "prefix long": ("entities", "prefix=" + "x" * 201),
    "merges' cursor": ("merges", f"cursor={ECHO}"),
    "unlinkings' cursor": ("unlinked", f"cursor={ECHO}"),
    "unlinkings' turn": ("unlinked", "turn=../x"),
    "receipts' cursor": ("receipts", f"cursor={ECHO}"),
    "runs' cursor": ("runs", f"cursor={ECHO}"),
    "runs as of": ("runs", "as_of=1"),
    "quarantine's cursor": ("quarantine", f"cursor={ECHO}"),
    "merges' cursor huge": ("merges", "cursor=" + "9" * 60),
    "graph of nothing": ("graph", ""),
    "graph of two things": ("graph", "node=entity:a&question=b"),
    "graph of no kind": ("graph", f"node={ECHO}"),
    "graph too deep": ("graph", "node=entity:a&depth=4"),
    "graph of no edges": ("graph", f"node=entity:a&kinds={ECHO}"),
    "graph of too many nodes": ("graph/overview", "limit=5001"),
    "graph of too many edges": ("graph/overview", "edges=20001"),
    "graph of no node's community": ("graph/overview", f"community={ECHO}"),
    "graph of NUL's community": ("graph/overview", "community=entity:%00"),
    "overview of no edges": ("graph/overview", f"kinds={ECHO}"),
    "graph export": ("graph/export", f"format={ECHO}"),
    "as of words": ("turns", f"as_of={ECHO}"),
    "as of nothing": ("streams", "as_of="),
    "as of position 0": ("events", "as_of=0"),
    "as of a position to come": ("facts", f"as_of={2**53}"),
    "as of a position that is none": ("entities", f"as_of={10**40}"),
    "as of a position in quotes": ("merges", 'as_of="1"'),
    "as of half a position": ("documents", "as_of=1.5"),
    "as of a negative position": ("places", "as_of=-1"),
    "as of a bare year": ("timeline", "as_of=2026-"),
    "as of before the space": ("receipts", "as_of=1999-01-01T00:00:00Z"),
    "as of NUL": ("graph/stats", "as_of=%00"),
    "as of a day that is none": ("graph/export", "as_of=2026-02-31"),
    "digest as of words": ("digest", f"as_of={ECHO}"),
    "after negative": ("ledger", "after=-1"),
    "after huge": ("ledger", f"after={2**63}"),
    "after of words": ("ledger", f"after={ECHO}"),
    "before negative": ("ledger", "before=-1"),
    "before huge": ("ledger", f"before={2**63}"),
    "a change of words": ("ledger", f"change={ECHO}"),
    "an actor of NUL": ("ledger", "actor=%00"),
    "ledger since words": ("ledger", f"since={ECHO}"),
    "ledger until no day": ("ledger", "until=2026-02-31"),
    "newest of words": ("ledger", f"newest_first={ECHO}"),
}


@pytest.mark.parametrize("route", LISTS, ids=" ".join)
@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_a_list_refuses_a_page_that_cannot_be(target: Target, route: Route, query: str) -> None:
    problem = refused(target.ask((route[0], f"{route[1]}?{query}")), 422)

    assert problem.field


@pytest.mark.parametrize(("where", "query"), OWN_QUERIES.values(), ids=list(OWN_QUERIES))
def test_a_list_refuses_a_filter_that_cannot_be(front: Front, where: str, query: str) -> None:
    target = Target(front)

    problem = refused(front.ask("GET", f"/v1/spaces/{target.space}/{where}?{query}"), 422)

    assert problem.field


@pytest.mark.parametrize("query", ["%ff=%fe", "limit=%ff", "speaker=%ff%fe", "&&&=&", "a" * 10_000])
def test_a_query_of_raw_bytes_is_never_a_failure(target: Target, query: str) -> None:
    answer = target.ask(("GET", "/v1/spaces/{space}/turns?" + query))

    assert answer.status_code in {200, 422}


NAMES = ["%00", "a%00b", "%ff%fe", "%ED%A0%80", ".hidden", "-x", "a%0A", "x" * 129, "%20", "a%2Fb"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("route", [r for r in all_routes() if "{" in r[1]], ids=" ".join)
def test_a_name_that_cannot_be_is_refused_wherever_it_stands(
    front: Front, target: Target, route: Route, name: str
) -> None:
    good = {"space": target.space, "turn": target.turn, **INSIDE}
    for part in good:
        if f"{{{part}}}" in route[1]:
            path = route[1].format(**(good | {part: name}))
            headers = {"If-Match": f'"{target.position}"'}
            answer = front.ask(route[0], path, json=BODIES.get(route), headers=headers)
            refused(answer, 404, 405, 422)

    assert target.is_unchanged()


MAKES = {WRITE, DOCUMENT, IMPORT, NOTE, TRIED, CANARIES, ("PUT", "/v1/spaces/{space}")}
"""These make the space that is not there."""

NAMES_NOTHING = [r for r in all_routes() if "{" in r[1] and r not in MAKES]


@pytest.mark.parametrize("route", NAMES_NOTHING, ids=" ".join)
def test_an_id_that_is_not_there_is_not_found(front: Front, route: Route) -> None:
    names = {"space": "no-space", "turn": "t_no", **INSIDE}
    headers = {"If-Match": '"1"'}

    answer = front.ask(route[0], route[1].format(**names), json=BODIES.get(route), headers=headers)

    refused(answer, 404)


OF_THINGS = [route for route in NAMES_NOTHING if route[1].count("{") > 1]


@pytest.mark.parametrize("route", OF_THINGS, ids=" ".join)
def test_an_id_that_is_not_in_a_space_is_not_found_there(target: Target, route: Route) -> None:
    there = {"space": target.space, "turn": "t_none", **INSIDE}
    path = route[1].format(**(there | {"stream": "quiet", "document": "none"}))
    headers = {"If-Match": '"1"'}

    answer = target.front.ask(route[0], path, json=BODIES.get(route), headers=headers)

    refused(answer, 404)
    assert target.is_unchanged()


METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "TRACE", "X")
TAKEN: dict[str, set[str]] = {}
for _method, _path in all_routes():
    TAKEN.setdefault(_path, set()).add(_method)
TAKEN["/v1/keys/mine"].add("DELETE")  # revokes a key that is called so, as any other
for _, _path in (MERGE, RENAME, UNLINK):
    TAKEN[_path].add("GET")  # reads an entity that is called so: names may hold slashes


@pytest.mark.parametrize(
    ("method", "template"),
    [(method, path) for path, taken in TAKEN.items() for method in METHODS if method not in taken],
)
def test_a_method_that_a_path_does_not_take_is_refused(
    front: Front, method: str, template: str
) -> None:
    path = template.format(space="s", turn="t", **INSIDE)

    answer = front.ask(method, path, json={})

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) <= TAKEN[template]


IF_MATCH = ["*", "3", 'W/"3"', '""', '"x"', '"-1"', '"3", "4"', f'"{"9" * 30}"', '"\xb2"', ""]


@pytest.mark.parametrize("tag", IF_MATCH)
def test_an_if_match_that_names_no_version_is_refused(target: Target, tag: str) -> None:
    headers = {b"If-Match": tag.encode("latin-1")}
    path = f"/v1/spaces/{target.space}/turns/{target.turn}"

    problem = refused(
        target.front.http.patch(
            path,
            json={"place": "x"},
            headers={b"Authorization": f"Bearer {target.front.admin}".encode(), **headers},
        ),
        422,
    )

    assert problem.field == "If-Match"
    assert target.is_unchanged()


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "t\xe4st", "tab\t"])
def test_an_idempotency_key_that_cannot_be_is_refused(target: Target, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    path = f"/v1/spaces/{target.space}/streams/chat/turns"

    problem = refused(
        target.front.http.post(
            path,
            json={"turns": [{"content": "x"}]},
            headers={b"Authorization": f"Bearer {target.front.admin}".encode(), **headers},
        ),
        422,
    )

    assert problem.field == "Idempotency-Key"
    assert target.is_unchanged()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v2/spaces",
        "/v1/spaces/",
        "/v1/spaces/a/thoughts",
        "//",
        "/%ff",
        "/v1/keys/a/b",
    ],
)
def test_a_path_that_is_no_endpoint_is_not_found(front: Front, path: str) -> None:
    problem = refused(front.ask("GET", path), 404)

    assert problem.type == "route_not_found"
