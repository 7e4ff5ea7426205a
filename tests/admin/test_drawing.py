"""What the graph is drawn with works as it is vendored, under the page's policy."""

import pytest

from tests.admin.desk import Desk

pytestmark = pytest.mark.browser

DRAW = """async () => {
  const { Graph, Sigma, ForceAtlas2, inferSettings } = await import('./vendor/sigma.js');
  const graph = new Graph();
  for (let i = 0; i < 60; i += 1) {
    graph.addNode(i, { x: Math.cos(i), y: Math.sin(i), size: 4, color: '#2f4f9f', label: `${i}` });
  }
  for (let i = 1; i < 60; i += 1) graph.addEdge(i, i >> 1);
  const frame = document.createElement('div');
  frame.style.height = '300px';
  document.getElementById('main').append(frame);
  const drawn = new Sigma(graph, frame);
  const before = graph.getNodeAttribute(5, 'x');
  const layout = new ForceAtlas2(graph, { settings: inferSettings(graph) });
  layout.start();
  const until = Date.now() + 10000;
  while (graph.getNodeAttribute(5, 'x') === before && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  layout.kill();
  const moved = graph.getNodeAttribute(5, 'x') !== before;
  const canvases = frame.querySelectorAll('canvas').length;
  drawn.kill();
  return { moved, canvases };
}"""


def test_a_graph_is_drawn_and_laid_out_in_a_worker(desk: Desk) -> None:
    desk.heading("Spaces")

    told = desk.page.evaluate(DRAW)

    assert told["moved"], "the worker of the layout did nothing"
    assert told["canvases"] > 3


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
