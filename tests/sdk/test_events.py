"""Events through the SDK: what is asked, and what is made of the answers."""

from datetime import UTC, datetime

import pytest

from memsvc.domain.episode import Boundary
from memsvc.domain.errors import EventNotFound, InvalidField, NoLanguageModel, StreamNotFound
from memsvc.sdk.wire import SegmentationSaid
from tests.sdk.service import AT, SPACE, WRITTEN, Service, answer, refusal

EVENT = {
    "id": "e_1",
    "stream": "chat",
    "number": 0,
    "start": {"seq": 0, "piece": 0},
    "end": {"seq": 1, "piece": 0},
    "boundary": "gap",
    "units": [{"turn": "t_1", "seq": 0, "piece": 0}],
    "curve": [None],
    "thresholds": [0.5],
    "representatives": [0],
    "first_at": AT,
    "last_at": AT,
    "turns": [{"id": "t_1", "seq": 0, "role": "user", "at": AT, "start": 0, "end": 4}],
    "position": 4,
    "version": 4,
}
TAIL = {
    "stream": "chat",
    "number": 1,
    "start": {"seq": 1, "piece": 0},
    "units": [],
    "curve": [],
    "thresholds": [],
    "turns": [],
    "waiting": 2,
}
CURVE = {
    "stream": "chat",
    "units": 1,
    "points": [{"turn": "t_1", "seq": 0, "piece": 0, "surprise": 0.5, "began": "gap"}],
}


def test_events_are_walked_by_stream_and_time() -> None:
    service = Service(
        answer({"items": [EVENT], "next_cursor": "4"}), answer({"items": [EVENT | {"id": "e_2"}]})
    )
    since = datetime(2024, 5, 1, tzinfo=UTC)

    space = service.client().space("alice")
    found = list(space.events(stream="chat", since=since, from_seq=3, to_seq=9, texts=True))

    assert [event.id for event in found] == ["e_1", "e_2"]
    assert found[0].boundary is Boundary.GAP
    assert found[0].turns[0].text is None
    assert dict(service.requests[1].url.params) == {
        "limit": "100",
        "cursor": "4",
        "stream": "chat",
        "since": "2024-05-01T00:00:00+00:00",
        "from_seq": "3",
        "to_seq": "9",
        "texts": "true",
    }


def test_an_event_a_tail_and_a_curve_are_typed() -> None:
    service = Service(answer(EVENT), answer(TAIL), answer(CURVE))
    space = service.client().space("alice")

    assert space.event("e_1").curve == [None]
    assert space.tail("chat").waiting == 2
    (point,) = space.curve("chat", points=9).points
    assert (point.turn, point.surprise, point.began) == ("t_1", 0.5, Boundary.GAP)
    assert dict(service.requests[2].url.params) == {"points": "9"}


def test_what_is_missing_is_raised_with_its_name() -> None:
    service = Service(
        refusal("event_not_found", 404, event="e_9"), refusal("stream_not_found", 404)
    )
    space = service.client().space("alice")

    with pytest.raises(EventNotFound) as missing:
        space.event("e_9")
    with pytest.raises(StreamNotFound) as unknown:
        next(space.events(stream="nowhere"))

    assert (missing.value.event, unknown.value.stream) == ("e_9", "nowhere")


def test_a_write_tells_the_events_that_it_closed_and_an_older_service_none() -> None:
    space = Service(answer({**WRITTEN, "events": ["e_1"]}), answer(WRITTEN)).client().space("alice")

    assert [space.write("chat", [{"content": "tea"}]).events for _ in range(2)] == [["e_1"], []]


def test_settings_that_are_left_out_are_not_sent() -> None:
    service = Service(*[answer(SPACE)] * 4)
    space = service.client().space("alice")

    space.configure(version=0, segmentation={"gamma": 2})
    space.configure(version=0, segmentation=SegmentationSaid(max_units=16))
    space.configure(version=0, segmentation=None)
    space.configure(version=0, retention_days=None)

    assert [service.sent(index) for index in range(4)] == [
        {"segmentation": {"gamma": 2.0}},
        {"segmentation": {"max_units": 16}},
        {"segmentation": None},
        {"retention_days": None},
    ]


def test_a_setting_out_of_its_bounds_is_refused_before_it_is_sent() -> None:
    service = Service()

    with pytest.raises(InvalidField) as refused:
        service.client().space("alice").configure(version=0, segmentation={"window": 7})

    assert (refused.value.field, refused.value.limit) == ("segmentation.window", 8)
    assert service.requests == []


def test_tokens_without_a_language_model_are_an_error_of_their_own() -> None:
    service = Service(refusal("no_language_model", 409, field="segmentation.source"))

    with pytest.raises(NoLanguageModel) as refused:
        service.client().space("alice").configure(version=0, segmentation={"source": "tokens"})

    assert refused.value.field == "segmentation.source"
