"""Recipes as they are listed, read by people, set for a space and measured."""

from html.parser import HTMLParser

import pytest
from typing_extensions import override

from memsvc.sdk import wire
from memsvc.server.recipe_page import recipe_page
from retrieval.recipes import RECIPES
from retrieval.stage import Recipe
from tests.server.front import Front

HOSTILE = '<script>alert("x")</script>'


class Read(HTMLParser):
    """What stands on a page: its tags, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags.append(tag)

    @override
    def handle_data(self, data: str) -> None:
        self.words += data


def set_to(front: Front, space: str, recipe: str | None) -> int:
    path = f"/v1/spaces/{space}"
    etag = front.ask("GET", path).headers["ETag"]
    return front.ask("PATCH", path, json={"recipe": recipe}, headers={"If-Match": etag}).status_code


def ranked_by(front: Front, space: str, **asked: object) -> str:
    body = {"question": "When is tea?", **asked}
    answer = front.ask("POST", f"/v1/spaces/{space}/recall", json=body)
    return wire.Recalled.model_validate(answer.json()).recipe


def test_every_recipe_is_listed_with_a_sentence_its_stages_and_weights(front: Front) -> None:
    listed = wire.Page[wire.Recipe].model_validate(front.ask("GET", "/v1/recipes").json()).items

    assert [recipe.name for recipe in listed] == list(RECIPES)
    assert all(recipe.about.endswith(".") for recipe in listed)
    fast = next(recipe for recipe in listed if recipe.name == "fast")
    assert fast.stages == RECIPES["fast"].describe()
    assert fast.weights == {
        "dense": 1.0,
        "lexical": 0.8,
        "lexical_stream": 0.4,
        "lean": 0.3,
        "session": 0.4,
        "timely": 0.4,
    }


def test_the_page_shows_every_recipe_and_runs_nothing(front: Front) -> None:
    answer = front.ask("GET", "/recipes")
    page = Read(answer.text)

    assert answer.headers["Content-Type"].startswith("text/html")
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    for name, recipe in RECIPES.items():
        assert name in page.words
        assert recipe.about in page.words
        assert all(stage in page.words for stage in recipe.describe())


def test_the_page_escapes_what_it_shows() -> None:
    page = Read(recipe_page({HOSTILE: Recipe((), about=HOSTILE)}))

    assert "script" not in page.tags
    assert page.words.count(HOSTILE) == 3  # in the list, as a heading, and what it is for


def test_a_space_is_asked_by_its_own_recipe_and_the_requests_own_wins(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea is at four.")
    assert ranked_by(front, space) == "default"

    assert set_to(front, space, "fast") == 200

    assert ranked_by(front, space) == "fast"
    assert ranked_by(front, space, recipe="lexical") == "lexical"
    assert set_to(front, space, None) == 200
    assert ranked_by(front, space) == "default"


@pytest.mark.parametrize(("of_other", "ranks"), [("fast", "fast"), (None, "default")])
def test_spaces_asked_together_are_asked_by_the_recipe_of_all(
    front: Front, of_other: str | None, ranks: str
) -> None:
    one, other = front.space(), front.space()
    for space, recipe in ((one, "fast"), (other, of_other)):
        front.write(space, "Tea is at four.")
        set_to(front, space, recipe)

    body = {"question": "When is tea?", "spaces": [one, other]}

    assert front.ask("POST", "/v1/recall", json=body).json()["recipe"] == ranks


def test_a_recipe_that_is_not_known_is_refused_when_it_is_set(front: Front) -> None:
    space = front.space()
    path = f"/v1/spaces/{space}"
    front.ask("PUT", path)
    etag = front.ask("GET", path).headers["ETag"]

    answer = front.ask("PATCH", path, json={"recipe": "quick"}, headers={"If-Match": etag})

    assert (answer.status_code, answer.json()["field"]) == (422, "recipe")
    assert "fast" in answer.json()["detail"]
    assert front.ask("GET", path).json()["settings"]["recipe"] is None


def counted(front: Front, of: str = "stage") -> dict[str, float]:
    """Return how often each stage, or part, was timed so far."""
    return {
        line.split('"')[1]: float(line.split()[-1])
        for line in front.ask("GET", "/metrics").text.splitlines()
        if line.startswith(f"memsvc_recall_{of}_seconds_count")
    }


def test_the_time_of_each_stage_is_counted_by_its_name_alone(front: Front) -> None:
    space = front.space()
    front.write(space, "Tea is at four.")
    before = counted(front)
    ranked_by(front, space)
    ranked_by(front, space, recipe="deep")

    more = {name: times - before.get(name, 0) for name, times in counted(front).items()}

    assert more["gather"] == more["fuse"] == 2
    assert more["walks"] == 1
    assert all(name.isidentifier() for name in more)


def test_the_time_of_each_part_of_a_recall_is_counted_of_one_space_and_of_several(
    front: Front,
) -> None:
    space = front.space()
    front.write(space, "Tea is at four.")
    before = counted(front, of="part")
    front.ask("POST", f"/v1/spaces/{space}/recall", json={"question": "When is tea?"})
    front.ask("POST", "/v1/recall", json={"question": "When is tea?", "spaces": [space]})

    more = {name: times - before.get(name, 0) for name, times in counted(front, of="part").items()}

    parts = ("embed", "help", "understand", "stages", "rows", "pack", "answer")
    assert more == dict.fromkeys(parts, 2)
