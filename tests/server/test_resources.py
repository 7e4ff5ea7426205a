"""Spaces, streams, recall, ledger, enrichment, keys, health: what each answers when all is well."""

import re

from tests.server.front import Front


def test_a_space_is_made_once(front: Front) -> None:
    space = front.space()

    first, second = (front.ask("PUT", f"/v1/spaces/{space}") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["position"] == 1


def test_spaces_are_listed_page_by_page_and_only_those_that_the_key_sees(front: Front) -> None:
    seen, unseen = sorted(front.space() for _ in range(2)), front.space()
    for space in (*seen, unseen):
        front.ask("PUT", f"/v1/spaces/{space}")
    key = front.key("reader", *seen)

    first = front.ask("GET", "/v1/spaces", key=key, params={"limit": 1}).json()
    cursor = first["next_cursor"]
    second = front.ask("GET", "/v1/spaces", key=key, params={"cursor": cursor}).json()

    assert [space["name"] for space in first["items"] + second["items"]] == seen


def test_a_space_counts_what_it_holds(front: Front) -> None:
    space = front.space()
    front.write(space, "ä", "b")

    held = front.ask("GET", f"/v1/spaces/{space}").json()

    assert (held["streams"], held["turns"], held["vectors"], held["text_bytes"]) == (1, 2, 2, 3)


def test_a_deleted_space_is_gone_with_everything(front: Front) -> None:
    space = front.space()
    front.write(space, "a", "b")

    deleted = front.ask("DELETE", f"/v1/spaces/{space}").json()

    assert deleted == {"turns": 2, "streams": 1, "position": None}
    assert front.ask("GET", f"/v1/spaces/{space}").status_code == 404


def test_streams_are_listed_read_and_deleted(front: Front) -> None:
    space = front.space()
    front.write(space, "a", stream="one", at="2026-01-01")
    front.write(space, "b", stream="two")
    path = f"/v1/spaces/{space}/streams"

    listed = front.ask("GET", path, params={"limit": 1}).json()
    rest = front.ask("GET", path, params={"cursor": listed["next_cursor"]}).json()
    one = front.ask("GET", f"{path}/one").json()
    deleted = front.ask("DELETE", f"{path}/one").json()

    assert [stream["name"] for stream in listed["items"] + rest["items"]] == ["one", "two"]
    assert (one["turns"], one["last_at"]) == (1, "2026-01-01T00:00:00Z")
    assert (deleted["turns"], deleted["streams"]) == (1, 1)
    assert front.ask("GET", f"{path}/one").status_code == 404


def test_recall_explains_itself_only_when_asked_to(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.")
    path = f"/v1/spaces/{space}/recall"

    plain = front.ask("POST", path, json={"question": "tea"}).json()
    explained = front.ask("POST", path, json={"question": "tea", "explain": True}).json()

    assert plain["trace"] is None
    assert explained["trace"]
    assert "dense" in plain["hits"][0]["why"]
    assert plain["context"].startswith("<recalled-memory>")


def test_a_recall_says_which_turns_of_its_context_are_hits(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.", "Boats sail.")
    path = f"/v1/spaces/{space}/recall"

    found = front.ask("POST", path, json={"question": "tea", "k": 1}).json()
    alone = front.ask("POST", path, json={"question": "tea", "k": 1, "contiguity": 0}).json()
    best = front.ask("POST", path, json={"question": "tea", "k": 1, "order": "score"}).json()

    hit = found["hits"][0]["id"]
    assert [(turn["id"] == hit, turn["hit"]) for turn in found["context_turns"]] == [
        (True, True),
        (False, False),
    ]
    (only,) = alone["context_turns"]
    assert only == {"space": space, "id": hit, "hit": True, "tokens": only["tokens"]}
    assert 0 < only["tokens"] < alone["context_tokens"]
    assert "best first" in best["context"]


def test_a_recall_may_leave_to_the_service_how_many_hits_and_in_which_order(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.")
    front.write(space, "Boats sail.")
    path = f"/v1/spaces/{space}/recall"
    body = {"question": "tea", "k": "auto", "order": "auto", "repeat": True, "explain": True}

    found = front.ask("POST", path, json=body).json()
    when = front.ask("POST", path, json={**body, "question": "When is tea?"}).json()

    assert [stage["stage"] for stage in found["trace"]][-1] == "relevant(0.25)"
    assert found["context"].splitlines()[1].startswith("Recalled data, best first and last.")
    assert when["context"].splitlines()[1].startswith("Recalled data, oldest first.")
    assert found["context"].count("Tea at four.") == 2


def test_events_answer_when_they_are_asked_for(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.", "Boats sail.")
    body = {"question": "tea", "k": 1, "kinds": ["event"]}

    (hit,) = front.ask("POST", f"/v1/spaces/{space}/recall", json=body).json()["hits"]

    assert (hit["kind"], hit["id"]) == ("event", f"open:{hit['stream']}")
    assert hit["text"] == "user: Tea at four.\nuser: Boats sail."
    assert hit["event"]["best"] == hit["turns"][0]
    assert (hit["event"]["shown"], hit["event"]["is_cut"]) == (hit["turns"], False)
    assert hit["event"]["boundary"] is None


def test_recall_narrows_by_filters_and_time(front: Front) -> None:
    space = front.space()
    front.write(space, "tea one", stream="one", at="2026-01-01")
    front.write(space, "tea two", stream="two", at="2026-02-01")
    path = f"/v1/spaces/{space}/recall"

    by_stream = {"question": "tea", "filters": {"streams": ["two"]}}
    by_time = {"question": "tea", "between": {"until": "2026-01-15"}}

    assert [h["text"] for h in front.ask("POST", path, json=by_stream).json()["hits"]] == [
        "tea two"
    ]
    assert [h["text"] for h in front.ask("POST", path, json=by_time).json()["hits"]] == ["tea one"]


def test_a_position_that_is_not_applied_in_time_is_answered_409(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    body = {"question": "tea", "min_position": 10**15}
    answer = front.ask("POST", f"/v1/spaces/{space}/recall", json=body)

    assert (answer.status_code, answer.json()["type"]) == (409, "position_not_reached")
    assert int(answer.headers["Retry-After"]) >= 1


def test_recipes_say_what_they_do(front: Front) -> None:
    recipes = front.ask("GET", "/v1/recipes").json()["items"]

    assert "default" in [recipe["name"] for recipe in recipes]
    assert all(recipe["stages"] for recipe in recipes)


def test_the_ledger_is_paged_by_position_and_verified(front: Front) -> None:
    space = front.space()
    front.write(space, "a", "b")
    path = f"/v1/spaces/{space}/ledger"

    first = front.ask("GET", path, params={"limit": 3}).json()
    rest = front.ask("GET", path, params={"after": first["next_cursor"]}).json()
    verdict = front.ask("POST", f"{path}/verify").json()

    assert [e["position"] for e in first["items"] + rest["items"]] == [1, 2, 3, 4]
    assert rest["next_cursor"] is None
    assert (verdict["is_whole"], verdict["head"]) == (True, rest["items"][-1]["hash"])


def test_enrichment_tells_how_far_it_is(front: Front) -> None:
    space = front.space()
    path = f"/v1/spaces/{space}/streams/chat/turns"
    front.ask("POST", path, json={"turns": [{"content": "tea"}], "embed": "later"})

    told = front.ask("GET", f"/v1/spaces/{space}/enrichment").json()
    retried = front.ask("POST", f"/v1/spaces/{space}/enrichment/retry").json()

    assert told["parked"] == []
    assert sum(told["waiting"].values()) + told["done"] == 1
    assert retried == {"jobs": 0}


def test_a_key_works_until_it_is_revoked(front: Front) -> None:
    body = {"name": "guest", "role": "reader", "spaces": ["*"]}
    made = front.ask("POST", "/v1/keys", json=body)
    key = made.json()

    before = front.ask("GET", "/v1/spaces", key=key["secret"])
    revoked = front.ask("DELETE", f"/v1/keys/{key['id']}")
    after = front.ask("GET", "/v1/spaces", key=key["secret"])

    assert (made.status_code, before.status_code) == (201, 200)
    assert (revoked.status_code, revoked.content) == (204, b"")
    assert (after.status_code, after.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_any_key_may_read_what_it_may_do_itself(front: Front) -> None:
    secret = front.key("reader", "anywhere")

    mine = front.ask("GET", "/v1/keys/mine", key=secret)

    assert (mine.json()["role"], mine.json()["spaces"]) == ("reader", ["anywhere"])
    assert secret not in mine.text


def test_listed_keys_have_no_secrets(front: Front) -> None:
    secret = front.key("reader", "anywhere")

    listed = front.ask("GET", "/v1/keys", params={"limit": 500})

    assert "a reader" in listed.text
    assert secret not in listed.text


def test_health_needs_no_key(front: Front) -> None:
    assert front.ask("GET", "/healthz", key=None).json()["status"] == "ok"
    assert front.ask("GET", "/readyz", key=None).json()["ready"] is True
    page = front.ask("GET", "/docs", key=None)
    assert page.status_code == 200
    for asset in re.findall(r'(?:href|src)="([^"]+)"', page.text):
        assert asset.startswith("/docs/assets/"), "the page asks another server"
        assert front.ask("GET", asset, key=None).status_code == 200


def test_metrics_count_by_route_template_and_never_name_a_space(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    text = front.ask("GET", "/metrics", key=None).text

    assert 'route="/v1/spaces/{space}/streams/{stream}/turns",status="201"' in text
    assert "memsvc_outbox_waiting" in text
    assert "memsvc_turns_written_total" in text
    assert space not in text
