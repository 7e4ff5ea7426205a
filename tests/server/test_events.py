"""Events over HTTP: listed, read, named by writes and turns; and how a space says they are cut."""

from typing import Any

import pytest

from tests.server.front import Front

TOKENS = {"segmentation": {"source": "tokens"}}


def events_of(front: Front, space: str, **query: Any) -> Any:
    return front.ask("GET", f"/v1/spaces/{space}/events", params=query).json()


def settings_of(front: Front, space: str) -> Any:
    return front.ask("GET", f"/v1/spaces/{space}").json()["settings"]


def set_to(front: Front, space: str, body: Any) -> Any:
    path = f"/v1/spaces/{space}"
    headers = {"If-Match": front.ask("GET", path).headers["ETag"]}
    return front.ask("PATCH", path, json=body, headers=headers)


def test_the_write_that_closes_an_event_names_it(front: Front) -> None:
    space = front.space()
    event = front.event(space, "Tea at four.", "Or at five.")

    listed = events_of(front, space)
    read = front.ask("GET", f"/v1/spaces/{space}/events/{event}")

    assert [each["id"] for each in listed["items"]] == [event]
    assert listed["next_cursor"] is None
    assert read.status_code == 200
    told = read.json()
    assert (told["stream"], told["number"], told["boundary"]) == ("chat", 0, "gap")
    assert (told["start"], told["end"]) == ({"seq": 0, "piece": 0}, {"seq": 2, "piece": 0})
    assert [turn["text"] for turn in told["turns"]] == ["Tea at four.", "Or at five."]
    assert [unit["turn"] for unit in told["units"]] == [turn["id"] for turn in told["turns"]]
    assert told["curve"][0] is None
    assert len(told["curve"]) == len(told["thresholds"]) == 2
    assert told["first_at"] == "2026-01-01T10:00:00Z"


def test_a_repeated_write_is_answered_with_the_events_of_the_first(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea at four.", at="2026-01-01T10:00:00Z")
    path = f"/v1/spaces/{space}/streams/chat/turns"
    body = {"turns": [{"content": "Later.", "at": "2026-01-01T12:00:00Z"}]}
    headers = {"Idempotency-Key": "again"}

    first, second = (front.ask("POST", path, json=body, headers=headers) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert len(first.json()["events"]) == 1
    assert second.json()["events"] == first.json()["events"]


def test_a_list_carries_texts_only_when_asked_to(front: Front) -> None:
    space = front.space()
    front.event(space, "Tea at four.")

    (plain,) = events_of(front, space)["items"]
    (full,) = events_of(front, space, texts=True)["items"]

    assert [turn["text"] for turn in plain["turns"]] == [None]
    assert [turn["text"] for turn in full["turns"]] == ["Tea at four."]


def test_events_are_listed_page_by_page_of_one_stream_or_all(front: Front) -> None:
    space = front.space()
    ids = [front.event(space, "Tea.", stream=stream) for stream in ("one", "two", "three")]

    first = events_of(front, space, limit=2)
    rest = events_of(front, space, cursor=first["next_cursor"])
    of_two = events_of(front, space, stream="two")

    assert [event["id"] for event in first["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None
    assert [event["id"] for event in of_two["items"]] == [ids[1]]


def test_events_are_narrowed_by_time(front: Front) -> None:
    space = front.space()
    front.event(space, "Tea.")

    assert events_of(front, space, since="2026-01-01T10:00:01Z")["items"] == []
    assert events_of(front, space, until="2026-01-01T10:00:00Z")["items"] == []
    assert len(events_of(front, space, since="2026-01-01", until="2026-01-02")["items"]) == 1


def test_the_open_tail_of_a_stream_is_told(front: Front) -> None:
    space = front.space()
    front.event(space, "Tea at four.")

    tail = front.ask("GET", f"/v1/spaces/{space}/streams/chat/tail").json()

    assert (tail["number"], tail["start"]) == (1, {"seq": 1, "piece": 0})
    assert [turn["text"] for turn in tail["turns"]] == ["And later."]
    assert (len(tail["units"]), len(tail["curve"]), tail["waiting"]) == (1, 1, 0)


def test_a_stream_is_read_by_stretches(front: Front) -> None:
    space = front.space()
    front.event(space, "Tea at four.", "Milk at five.")
    within = {"stream": "chat", "from_seq": 1, "to_seq": 2}

    turns = front.ask("GET", f"/v1/spaces/{space}/turns", params=within).json()["items"]
    stream = front.ask("GET", f"/v1/spaces/{space}/streams/chat").json()

    assert [(turn["seq"], turn["content"]) for turn in turns] == [(1, "Milk at five.")]
    assert len(events_of(front, space, **within)["items"]) == 1
    assert events_of(front, space, stream="chat", from_seq=2)["items"] == []
    assert stream["last_seq"] == 2


def test_the_curve_of_a_stream_is_told_in_at_most_so_many_points(front: Front) -> None:
    space = front.space()
    event = front.event(space, "Tea at four.", "Milk at five.")
    path = f"/v1/spaces/{space}/streams/chat/curve"
    read = front.ask("GET", f"/v1/spaces/{space}/events/{event}").json()

    whole, short = (front.ask("GET", path, params={"points": n}).json() for n in (3, 1))

    assert [point["seq"] for point in whole["points"]] == [0, 1, 2]
    assert [point["surprise"] for point in whole["points"][:2]] == read["curve"]
    assert [point["began"] for point in whole["points"]] == [None, None, "gap"]
    assert (whole["units"], short["units"], len(short["points"])) == (3, 3, 1)
    assert front.ask("GET", path, params={"points": 0}).status_code == 422


def test_a_turn_says_which_events_it_is_in(front: Front) -> None:
    space = front.space()
    event = front.event(space, "Tea at four.")
    path = f"/v1/spaces/{space}/turns"
    listed = front.ask("GET", path).json()["items"]

    closed, still_open = (front.ask("GET", f"{path}/{turn['id']}").json() for turn in listed)

    assert (closed["events"], still_open["events"]) == ([event], [])
    assert [turn["events"] for turn in listed] == [None, None]


def test_a_forgotten_turn_is_in_no_event_any_more(front: Front) -> None:
    space = front.space()
    event = front.event(space, "Tea at four.", "A secret.")
    path = f"/v1/spaces/{space}/events/{event}"
    before = front.ask("GET", path).json()

    front.ask("DELETE", f"/v1/spaces/{space}/turns/{before['turns'][1]['id']}")

    answer = front.ask("GET", path)
    after = answer.json()
    assert "secret" not in answer.text + str(events_of(front, space, texts=True))
    assert (after["start"], after["end"]) == (before["start"], before["end"])
    assert [unit["seq"] for unit in after["units"]] == [0]
    assert after["version"] > before["version"] == before["position"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/spaces/{space}/events/e_none", "event_not_found"),
        ("/v1/spaces/{space}/events?stream=nowhere", "stream_not_found"),
        ("/v1/spaces/{space}/streams/nowhere/tail", "stream_not_found"),
        ("/v1/spaces/no-space/events", "space_not_found"),
    ],
)
def test_what_is_not_there_is_a_404_with_its_name(front: Front, path: str, code: str) -> None:
    space = front.space()
    front.event(space, "Tea.")

    answer = front.ask("GET", path.format(space=space))

    assert (answer.status_code, answer.json()["type"]) == (404, code)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "cursor=first", "since=4", "texts=perhaps", "steam=chat"]
)
def test_a_query_that_means_nothing_is_refused(front: Front, query: str) -> None:
    space = front.space()
    front.event(space, "Tea.")

    answer = front.ask("GET", f"/v1/spaces/{space}/events?{query}")

    assert (answer.status_code, answer.json()["field"]) == (422, query.split("=", 1)[0])


def test_a_space_counts_its_events(front: Front) -> None:
    space = front.space()
    front.event(space, "Tea.")

    assert front.ask("GET", f"/v1/spaces/{space}").json()["events"] == 1


def test_segmentation_that_is_given_in_part_is_the_default_for_the_rest(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea.")

    changed = set_to(front, space, {"segmentation": {"gap_minutes": 90, "max_units": 16}})

    assert changed.status_code == 200
    how = changed.json()["settings"]["segmentation"]
    assert (how["gap_minutes"], how["max_units"]) == (90.0, 16)
    assert (how["source"], how["min_units"]) == ("around", 2)
    assert settings_of(front, space) == changed.json()["settings"]


def test_a_setting_that_is_left_out_stays(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea.")

    set_to(front, space, {"segmentation": {"gamma": 2}})
    set_to(front, space, {"retention_days": 30})
    both = settings_of(front, space)
    set_to(front, space, {"segmentation": None})

    assert (both["segmentation"]["gamma"], both["retention_days"]) == (2.0, 30)
    assert settings_of(front, space) == {
        "retention_days": 30,
        "segmentation": None,
        "forgetting": None,
        "synonyms": None,
        "single_valued": None,
        "admission": None,
        "notes": None,
        "recipe": None,
        "improving": None,
        "clues": None,
        "sift_facts": None,
    }


def test_segmentation_holds_for_what_is_not_cut_yet(front: Front) -> None:
    space = front.space()
    front.event(space, "Tea.")
    set_to(front, space, {"segmentation": {"gap_minutes": 10_000}})

    front.write(space, "Much later.", at="2026-01-02T12:00:00Z")

    assert [event["boundary"] for event in events_of(front, space)["items"]] == ["gap"]


def test_tokens_are_refused_where_no_language_model_is_set_up(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea.")

    answer = set_to(front, space, TOKENS)

    assert (answer.status_code, answer.json()["type"]) == (409, "no_language_model")
    assert answer.json()["field"] == "segmentation.source"
    assert settings_of(front, space)["segmentation"] is None


def test_an_import_makes_events_anew_by_the_settings_that_it_brings(front: Front) -> None:
    space, other = front.space(), front.space()
    front.write(space, "Tea.")
    set_to(front, space, {"segmentation": {"gap_minutes": 100}})
    event = front.event(space, "One.", stream="talk")
    lines = front.ask("GET", f"/v1/spaces/{space}/export?vectors=true").content
    assert event.encode() not in lines

    path = f"/v1/spaces/{other}/import"
    headers = {"Content-Type": "application/x-ndjson"}
    brought = front.ask("POST", path, content=lines, headers=headers)

    assert brought.status_code == 200, brought.text
    assert settings_of(front, other) == settings_of(front, space)
    (cut,) = events_of(front, other, stream="talk", texts=True)["items"]
    assert cut["id"] != event
    assert [turn["text"] for turn in cut["turns"]] == ["One."]
