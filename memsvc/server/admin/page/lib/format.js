// Numbers and times in the reader's own language and zone.
const counts = new Intl.NumberFormat();
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const since = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const number = (value) => counts.format(value);

/** `3 turns`, `1 turn`. */
export const counted = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let step = 0;
  let left = value;
  while (left >= 1000 && step < units.length - 1) {
    left /= 1000;
    step += 1;
  }
  return `${step && left < 10 ? left.toFixed(1) : Math.round(left)} ${units[step]}`;
}

export function seconds(value) {
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 60) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  if (value < 3600) return `${Math.round(value / 60)} min`;
  if (value < 86400) return `${(value / 3600).toFixed(1)} h`;
  return `${Math.round(value / 86400)} d`;
}

export const whenFull = (at) => `${exact.format(new Date(at))} (${at})`;
export const whenDay = (at) => day.format(new Date(at));
export const whenMinute = (at) => minute.format(new Date(at));
export const whenClock = (at) => clock.format(new Date(at));

const STEPS = [['year', 31557600], ['month', 2629800], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];

export function ago(at) {
  const past = (new Date(at) - Date.now()) / 1000;
  const [unit, size] = STEPS.find(([, long]) => Math.abs(past) >= long) || ['second', 1];
  return since.format(Math.round(past / size), unit);
}

/** A score as people compare it: three places. */
export const score = (value) => (value === null || value === undefined ? 'none' : value.toFixed(3));
