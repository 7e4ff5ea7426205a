"""Parked jobs: what a language model made nothing of stands there, and is mended once it does."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from memsvc.llm.fakes import ScriptedModel
from memsvc.ports.language import Ask
from memsvc.spawned import Spawned, free_port, spawned
from tests.admin.desk import Desk, fill
from tests.llm.stub import Stub, serving
from tests.scripted import is_for
from tests.waiting import eventually

pytestmark = pytest.mark.browser

SPACE = "titled"
NO_TITLE = "<b>The model is away.</b>"
TITLE = "Tearing out the kitchen"
TITLES_ALONE = {"facts": False, "judging": False, "notes": False, "profile": False}


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    """A server of the OpenAI form on loopback, whose model gives no title that could be read."""
    with serving(Stub(ScriptedModel(lambda _: NO_TITLE))) as lent:
        yield lent


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, stub: Stub) -> Iterator[Spawned]:
    """The service, as a user starts it, with that model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMSVC_EMBEDDER", "hashing")
        patch.setenv("MEMSVC_LLM_URL", stub.url)
        patch.setenv("MEMSVC_LLM_MODEL", "scripted")
        with spawned(tmp_path_factory.mktemp("parked"), port=free_port()) as started:
            yield started


def title(ask: Ask) -> str:
    assert is_for(ask, "title")
    return json.dumps({"title": TITLE})


def test_parked_jobs_are_shown_with_their_reason_and_mended_when_tried_again(
    desk: Desk, stub: Stub
) -> None:
    room = desk.client.space(SPACE)
    room.configure(version=room.make().version, improving=TITLES_ALONE)
    fill(desk.client, SPACE)
    desk.open("operation", show="open")

    table = desk.page.get_by_role("table", name="Parked jobs")
    expect(table).to_contain_text("title events", timeout=30_000)
    expect(table).to_contain_text(NO_TITLE)
    expect(desk.page.get_by_role("row").filter(has_text=SPACE).last).to_contain_text("parked")
    desk.check_accessible()
    desk.picture("operation-parked")
    parked = room.enrichment().parked
    assert {job.step.value for job in parked} == {"title_events"}
    assert NO_TITLE in parked[0].reason

    stub.model = ScriptedModel(title)
    desk.page.get_by_role("button", name=f"Try those of {SPACE} again").click()

    expect(desk.page.get_by_text(f"of {SPACE} will be tried again")).to_be_visible()
    expect(table).to_have_count(0, timeout=30_000)
    assert eventually(lambda: TITLE in {event.title for event in room.events()})
    assert room.enrichment().parked == []
