"""Forgetting over HTTP: a setting that fades and archives, and never deletes."""

import pytest

from memsvc.domain.forgetting import Forgetting
from memsvc.sdk.wire import ForgettingInfo, ForgettingSaid
from tests.server.front import Front


@pytest.fixture
def space(front: Front) -> str:
    """A space in which the second turn tells hardly anything."""
    name = front.space()
    front.write(name, "Tea with herons beside the quiet northern river.", "Tea.")
    return name


def set_to(front: Front, space: str, forgetting: object) -> None:
    path = f"/v1/spaces/{space}"
    tag = front.ask("GET", path).headers["ETag"]
    body = {"forgetting": forgetting}
    done = front.ask("PATCH", path, json=body, headers={"If-Match": tag})
    assert done.status_code == 200, done.text


def recalled(front: Front, space: str, **more: object) -> list[str]:
    body = {"question": "tea", **more}
    hits = front.ask("POST", f"/v1/spaces/{space}/recall", json=body).json()["hits"]
    return [hit["text"] for hit in hits]


def test_what_is_left_out_of_the_setting_is_as_it_is_by_default(front: Front, space: str) -> None:
    set_to(front, space, {"decay": {"agent": 0.9}, "streams": ["chat"]})

    said = front.ask("GET", f"/v1/spaces/{space}").json()["settings"]["forgetting"]

    assert said == {
        "decay": {"user": 1.0, "agent": 0.9, "tool": 1.0, "document": 1.0, "untrusted": 1.0},
        "momentum": Forgetting().momentum,
        "weight": Forgetting().weight,
        "archive_below": 0.0,
        "streams": ["chat"],
    }


def test_setting_one_setting_leaves_the_other(front: Front, space: str) -> None:
    path = f"/v1/spaces/{space}"
    front.ask("PATCH", path, json={"retention_days": 30}, headers={"If-Match": '"0"'})

    set_to(front, space, {"weight": 0.5})
    set_to(front, space, None)

    assert front.ask("GET", path).json()["settings"] == {
        "retention_days": 30,
        "segmentation": None,
        "forgetting": None,
        "synonyms": None,
        "admission": None,
        "single_valued": None,
        "notes": None,
        "recipe": None,
        "improving": None,
        "clues": None,
        "sift_facts": None,
    }


def test_archived_turns_answer_only_when_asked_for_and_are_back_with_the_setting(
    front: Front, space: str
) -> None:
    everything = recalled(front, space)
    assert len(everything) == 2

    set_to(front, space, {"archive_below": 0.5})

    assert recalled(front, space) == ["Tea with herons beside the quiet northern river."]
    assert sorted(recalled(front, space, include_archived=True)) == sorted(everything)
    listed = front.ask("GET", f"/v1/spaces/{space}/turns").json()["items"]
    assert [turn["content"] for turn in listed] == sorted(everything, key=len, reverse=True)
    assert all(
        front.ask("GET", f"/v1/spaces/{space}/turns/{turn['id']}").status_code == 200
        for turn in listed
    )
    assert front.ask("GET", f"/v1/spaces/{space}/export").text.count('"kind":"turn"') == 2

    set_to(front, space, None)

    assert recalled(front, space) == everything


def test_a_hit_says_what_its_strength_is_and_what_that_took_off(front: Front, space: str) -> None:
    set_to(front, space, {"weight": 1})

    asked = front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "tea"}).json()

    for hit in asked["hits"]:
        why = hit["why"]["strength"]
        assert 0 < why["score"] <= 1
        assert why["share"] <= 0
        assert sum(arm["share"] for arm in hit["why"].values()) == pytest.approx(hit["score"])


def test_without_the_setting_nothing_is_said_of_strength(front: Front, space: str) -> None:
    body = {"question": "tea", "explain": True}
    asked = front.ask("POST", f"/v1/spaces/{space}/recall", json=body).json()

    assert all("strength" not in hit["why"] for hit in asked["hits"])
    assert not any("strength" in stage["stage"] for stage in asked["trace"])


def test_several_spaces_are_asked_together_though_one_of_them_forgets(
    front: Front, space: str
) -> None:
    other = front.space()
    front.write(other, "Tea at four.")
    set_to(front, space, {"archive_below": 0.5})

    def asked(**more: object) -> list[dict[str, object]]:
        body = {"question": "tea", "spaces": [space, other], **more}
        hits: list[dict[str, object]] = front.ask("POST", "/v1/recall", json=body).json()["hits"]
        return hits

    assert sorted(str(hit["space"]) for hit in asked()) == sorted([space, other])
    assert len(asked(include_archived=True)) == 3


def test_the_wire_says_the_same_defaults_as_the_domain() -> None:
    for shape in (ForgettingSaid(), ForgettingInfo()):
        decay = shape.decay
        assert (decay.user, decay.agent, decay.tool, decay.document) == (1.0, 1.0, 1.0, 1.0)
        domain = Forgetting()
        assert (shape.momentum, shape.weight, shape.archive_below, shape.streams) == (
            domain.momentum,
            domain.weight,
            domain.archive_below,
            domain.streams,
        )
