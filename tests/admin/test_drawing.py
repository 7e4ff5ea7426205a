"""What the graph is drawn with works as it is vendored, under the page's policy."""

import pytest

from tests.admin.desk import Desk

pytestmark = pytest.mark.browser

LAY_OUT = """async () => {
  const { place, settle } = await import('./lib/graph-layout.js');
  const { EMPTY, composed } = await import('./lib/graph-scene.js');
  const nodes = Array.from({ length: 60 }, (_, i) => ({ key: `${i}`, size: 4 }));
  const edges = nodes.slice(1).map(({ key }, i) => ({ key: `e${i}`, one: key, other: `${i & 1}` }));
  const scene = await composed(nodes, edges, EMPTY, () => {});
  const fresh = place(scene);
  const away = (xy, one, other) => Math.hypot(
    xy[2 * one] - xy[2 * other], xy[2 * one + 1] - xy[2 * other + 1]);
  const atHome = (xy) => nodes.slice(2).filter(
    (_, i) => away(xy, i + 2, (i + 1) & 1) < away(xy, i + 2, i & 1)).length;
  let steps = 0;
  const after = await new Promise((resolve) => {
    settle(scene, { onStep: () => { steps += 1; }, onDone: resolve });
  });
  const held = await new Promise((resolve) => settle(scene, { only: [7], onDone: resolve }));
  const moved = nodes.map((_, i) => i).filter((i) => held[2 * i] !== scene.xy[2 * i]);
  return { fresh, steps, moved, before: atHome(scene.xy), after: atHome(after) };
}"""


def test_a_graph_is_laid_out_in_a_worker(desk: Desk) -> None:
    """Two stars of 29 rays, which end up around their own middles. Who may not move stays."""
    desk.heading("Spaces")

    told = desk.page.evaluate(LAY_OUT)

    assert told["fresh"] is None
    assert told["steps"] > 1
    assert told["before"] < 40
    assert told["after"] == 58
    assert told["moved"] == [7]


SHOW = """async () => {
  const { GraphDrawing } = await import('./lib/graph-drawing.js');
  const { SHAPES } = await import('./lib/graph-shapes.js');
  const frame = document.createElement('div');
  frame.style.height = '400px';
  document.getElementById('main').prepend(frame);
  const nodes = Array.from({ length: 42 }, (_, i) => ({
    key: `${i}`, label: `Node ${i}`, shape: SHAPES[i % SHAPES.length], colour: `hue-${1 + i % 8}`,
    size: 6, group: i % 3,
  }));
  const edges = nodes.slice(1).map(
    ({ key }, i) => ({ key: `e${i}`, one: key, other: `${i >> 1}` }));
  const settled = (draw) => new Promise((resolve) => { drawing.onSettled = resolve; draw(); });
  const drawing = new GraphDrawing(frame);
  await settled(() => drawing.show(nodes, edges));
  const before = drawing.position('5');
  await settled(() => drawing.show(
    [...nodes, { key: 'new', label: 'New', shape: 'circle', colour: 'accent', size: 9 }],
    [...edges, { key: 'en', one: 'new', other: '5' }]));
  drawing.choose('5');
  drawing.light(['1', '2', '5'], ['e1', 'e4']);
  const picture = await drawing.png();
  const colours = new Set(nodes.map((node) => drawing.sigma.getNodeDisplayData(node.key).color));
  const [after, fresh] = [drawing.position('5'), drawing.position('new')];
  return { before, after, fresh, bytes: picture.size, colours: colours.size };
}"""


def test_what_is_drawn_keeps_its_place_when_more_is_shown(desk: Desk) -> None:
    desk.heading("Spaces")

    told = desk.page.evaluate(SHOW)

    assert told["before"] == told["after"] != told["fresh"]
    assert told["bytes"] > 1_000
    assert told["colours"] > 3, "what is not lit has its own colour, but faintly"
    desk.picture("drawing")


JOINED = """async () => {
  const { GraphDrawing } = await import('./lib/graph-drawing.js');
  const frame = document.createElement('div');
  frame.style.height = '400px';
  document.getElementById('main').prepend(frame);
  const node = (key) => ({ key, label: key, shape: 'circle', colour: 'accent', size: 8 });
  window.__heard = [];
  const hear = (key) => window.__heard.push(key);
  const onStage = () => hear(null);
  const drawing = new GraphDrawing(frame, { onNode: hear, onEdge: hear, onStage });
  await new Promise((resolve) => {
    drawing.onSettled = resolve;
    drawing.show([node('a'), node('b')], [{ key: 'a|b', one: 'a', other: 'b', size: 5 }]);
  });
  window.__drawing = drawing;
  const { left, top } = frame.getBoundingClientRect();
  const [a, b] = ['a', 'b'].map((key) => drawing.sigma.graphToViewport(drawing.position(key)));
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  return [a, middle, { x: middle.x + 30, y: middle.y + 30 }, { x: middle.x - 30, y: middle.y + 30 }]
    .map(({ x, y }) => [left + x, top + y]);
}"""
INKED = """() => {
  const edges = document.querySelector('.sigma-edges');
  const seen = new OffscreenCanvas(edges.width, edges.height).getContext('2d');
  seen.drawImage(edges, 0, 0);
  return seen.getImageData(0, 0, edges.width, edges.height).data.some((value) => value > 0);
}"""


def test_a_click_chooses_the_node_or_the_edge_that_it_is_on(desk: Desk) -> None:
    desk.heading("Spaces")
    node, edge, *beside = desk.page.evaluate(JOINED)

    for x, y in (node, edge, *beside):
        desk.page.mouse.click(x, y)
        desk.page.wait_for_timeout(400)  # two in a row would be one double click

    heard = desk.page.evaluate("window.__heard")
    assert heard[:2] == ["a", "a|b"]
    assert None in heard[2:]


def test_edges_rest_while_the_camera_moves_and_come_back(desk: Desk) -> None:
    desk.heading("Spaces")
    desk.page.evaluate(JOINED)
    desk.page.wait_for_function(INKED)

    moving = desk.page.evaluate(
        f"""async () => {{
          window.__drawing.pan(0.1, 0);
          for (let i = 0; i < 30; i += 1) {{
            await new Promise((next) => requestAnimationFrame(next));
            if (!({INKED})()) return false;
          }}
          return true;
        }}"""
    )

    assert not moving
    desk.page.wait_for_function(INKED)


PORTIONS = """async () => {
  const { GraphDrawing } = await import('./lib/graph-drawing.js');
  const frame = document.createElement('div');
  frame.style.height = '400px';
  document.getElementById('main').prepend(frame);
  const nodes = Array.from({ length: 200 }, (_, i) => (
    { key: `${i}`, label: `${i}`, shape: 'circle', colour: 'accent', size: 3 }));
  const edges = Array.from({ length: 5000 }, (_, i) => (
    { key: `e${i}`, one: `${i % 200}`, other: `${(i * 7 + 1 + Math.floor(i / 200)) % 200}` }));
  let drawing;
  const drawn = new Promise((onDrawn) => { drawing = new GraphDrawing(frame, { onDrawn }); });
  await drawing.show(nodes, edges);
  const early = drawing.isWhole;
  await drawn;
  const inked = async (bitmap) => {
    const seen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    seen.drawImage(bitmap, 0, 0);
    const { data } = seen.getImageData(0, 0, bitmap.width, bitmap.height);
    return data.filter((value) => value).length;
  };
  await new Promise((resolve) => setTimeout(resolve, 500)); // the browser shows it a little later
  const shown = await inked(document.querySelector('.sigma-edges'));
  const kept = await inked(await drawing.edges.picture());
  drawing.close();
  return { early, shown, kept };
}"""


def test_many_edges_are_drawn_in_portions_and_all_of_them(desk: Desk) -> None:
    desk.heading("Spaces")

    told = desk.page.evaluate(PORTIONS)

    assert told["early"] is False
    assert 0 < told["shown"] == told["kept"]


PAUSED = """async () => {
  const { each, pauses } = await import('./lib/pauses.js');
  let paused = 0;
  const own = scheduler.yield.bind(scheduler);
  scheduler.yield = () => {
    paused += 1;
    return own();
  };
  const busy = (ms) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  const things = Array.from({ length: 3000 }, (_, i) => i);
  const met = [];
  await each(things.slice(0, 300), (thing) => met.push(thing), pauses());
  const short = paused;
  await each(things, (thing, i) => { met.push(i); busy(0.1); }, pauses());
  const stop = new AbortController();
  stop.abort();
  const stopped = await each(things, () => busy(0.1), pauses({ signal: stop.signal }))
    .then(() => null, (problem) => problem.name);
  return { short, paused, met: met.length, stopped };
}"""


def test_long_work_pauses_and_short_work_does_not(desk: Desk) -> None:
    desk.heading("Spaces")

    told = desk.page.evaluate(PAUSED)

    assert told["short"] == 0
    assert told["paused"] >= 10
    assert told["met"] == 3_300
    assert told["stopped"] == "AbortError"
