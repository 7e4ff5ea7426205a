// Prometheus' text format, read: samples by name, and histograms as what fell between two readings.

/** `Map` of a name to `[{ labels, value }]`. */
export function parse(text) {
  const found = new Map();
  for (const row of text.split('\n')) {
    const parts = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(row);
    if (!parts) continue;
    const labels = {};
    for (const [, name, value] of (parts[2] || '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[name] = value.replace(/\\(.)/g, '$1');
    if (!found.has(parts[1])) found.set(parts[1], []);
    found.get(parts[1]).push({ labels, value: Number(parts[3].replace('Inf', 'Infinity')) });
  }
  return found;
}

export const gauge = (samples, name) => samples.get(name)?.[0]?.value ?? null;

/** A histogram `{ count, sum, buckets: [[bound, count], …] }`; `label` splits it: a `Map` by its values. */
export function histograms(samples, name, label, isWanted = () => true) {
  const made = new Map();
  const at = (labels) => {
    const which = label ? labels[label] : '';
    if (!made.has(which)) made.set(which, { count: 0, sum: 0, buckets: new Map() });
    return made.get(which);
  };
  const each = (suffix, add) => (samples.get(`${name}_${suffix}`) || [])
    .filter(({ labels }) => isWanted(labels)).forEach(({ labels, value }) => add(at(labels), value, labels));
  each('count', (one, value) => { one.count += value; });
  each('sum', (one, value) => { one.sum += value; });
  each('bucket', (one, value, labels) => {
    const bound = Number(labels.le.replace('Inf', 'Infinity'));
    one.buckets.set(bound, (one.buckets.get(bound) || 0) + value);
  });
  return made;
}

/** What came between two readings of one histogram. A service that was restarted counts from 0. */
export function between(now, before) {
  if (!before || before.count > now.count) return now;
  const buckets = new Map([...now.buckets].map(([bound, n]) => [bound, n - (before.buckets.get(bound) || 0)]));
  return { count: now.count - before.count, sum: now.sum - before.sum, buckets };
}

export const mean = (one) => (one.count ? one.sum / one.count : null);

/** The value that a share of observations stays under, drawn straight between the bounds of its bucket. */
export function quantile(one, share) {
  if (!one.count) return null;
  const wanted = share * one.count;
  let low = 0;
  let below = 0;
  for (const [bound, n] of [...one.buckets].sort(([a], [b]) => a - b)) {
    if (n >= wanted) return bound === Infinity ? low : low + ((bound - low) * (wanted - below)) / (n - below || 1);
    low = bound;
    below = n;
  }
  return low;
}
