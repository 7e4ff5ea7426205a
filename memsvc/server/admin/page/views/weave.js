// The turns of a stream woven with its events: what is drawn, in order, and the curve's points.

export const BOUNDARIES = {
  surprise: { name: 'surprise', why: 'What came next was more unexpected than the threshold at that moment.' },
  gap: { name: 'a pause', why: 'Nothing was said for longer than an event may rest.' },
  place: { name: 'another place', why: 'What came next happened somewhere else.' },
  length: { name: 'length', why: 'The event before had grown as long as events may be.' },
};

/**
 * `rows`: heads of events and turns, `{ key, kind, … }`. A long turn that is cut into several events
 * stands once, under the event that it begins in. `points`: one for each unit, in order.
 */
export function woven({ events, tail, turns }) {
  const spans = [...events, { ...tail, id: null, boundary: null, title: null }];
  const points = [];
  const known = new Map();
  const heads = new Map();
  const place = new Map(turns.map((turn, i) => [turn.id, i]));
  spans.forEach((span, number) => {
    const began = number > 0 ? spans[number - 1].boundary : null;
    const head = {
      kind: 'event', key: span.id || 'open', id: span.id, number, title: span.title, boundary: began, units: span.units.length,
    };
    let isFirst = true;
    span.units.forEach((unit, i) => {
      const surprise = span.curve[i] ?? null;
      const threshold = span.thresholds[i] ?? null;
      points.push({ turn: unit.turn, seq: unit.seq, piece: unit.piece, surprise, threshold, began: isFirst ? began : null });
      const before = known.get(unit.turn);
      if (!before) known.set(unit.turn, { surprise, threshold });
      else if ((surprise ?? -1) > (before.surprise ?? -1)) known.set(unit.turn, { surprise, threshold });
      isFirst = false;
    });
    const first = span.turns.find((turn) => place.has(turn.id) && turn.start === 0) || span.turns.find((turn) => place.has(turn.id));
    if (first) heads.set(first.id, [...(heads.get(first.id) || []), head]);
  });
  const rows = [];
  for (const turn of turns) {
    for (const head of heads.get(turn.id) || []) rows.push(head);
    const { surprise = null, threshold = null } = known.get(turn.id) || {};
    rows.push({ kind: 'turn', key: turn.id, turn, surprise, threshold });
  }
  return { rows, points };
}
