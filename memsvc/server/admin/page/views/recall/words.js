// What an arm's word about a hit means, for people. Arms of one family share a colour.

export const FAMILIES = {
  meaning: 'meaning', words: 'words', around: 'what stands around it', names: 'names it leads to', walks: 'walks over the graph',
  time: 'the time asked for', other: 'who says it, and what was ruled',
};

const rank = (said) => `rank ${said.rank}`;
const ARMS = {
  dense: ['meaning', 'Meaning', (s) => `${rank(s)} by cosine, ${s.score.toFixed(2)}`],
  dense_before: ['meaning', 'Meaning with the turn before', (s) => `${rank(s)} by cosine, ${s.score.toFixed(2)}`],
  dense_event: ['meaning', 'Meaning of its event', rank],
  tokens: ['meaning', 'Meaning of single words', rank],
  nearest: ['meaning', 'Nearest, for what holds now', rank],
  note: ['meaning', 'Meaning of the note', rank],
  lexical: ['words', 'Words', (s) => `${rank(s)} by BM25, ${s.score.toFixed(1)}`],
  lexical_around: ['words', 'Words, with its neighbours', rank],
  lexical_stream: ['words', 'Words of its stream', rank],
  lexical_event: ['words', 'Words of its event', rank],
  neighbour: ['around', 'A better neighbour', () => 'it stands beside what answers'],
  session: ['around', 'Its stream', () => 'the best of its stream lift it'],
  bridges: ['names', 'Two hops over names', () => 'what better turns name leads here'],
  pagerank: ['walks', 'Walks (PageRank)', (s) => `${(s.score * 100).toFixed(0)} % of what reached the most reached`],
  time: ['time', 'Time asked for', () => 'it happened near the time asked for'],
  prior: ['other', 'Told or asked', () => 'who tells counts more than who asks'],
  spread: ['other', 'Spread over streams', () => 'later turns of one stream count less here'],
  superseded: ['other', 'Newer above older', () => 'it takes the place of what it supersedes'],
  latest: ['other', 'The latest', () => 'the question wants what holds now'],
  feedback: ['other', 'Feedback', (s) => (s.share < 0 ? 'it was called wrong or outdated' : 'it helped before')],
  strength: ['other', 'Fading', () => 'it fades, by the forgetting of the space'],
  trust: ['other', 'Trust', () => 'its source is not trusted in full'],
  reranker: ['other', 'Reranker', rank],
  clues: ['meaning', 'Clues of a model', rank],
  facts: ['walks', 'Facts sifted by a model', rank],
};

/** `{ family, name, says }` of an arm's word; one that is not known yet is shown by its own name. */
export function armOf(arm, said) {
  const [family, name, says] = ARMS[arm] || ['other', arm.replaceAll('_', ' '), rank];
  return { family, name, says: says(said) };
}

/** An arm's words on a hit, those that moved it most first. */
export function reasons(hit) {
  return Object.entries(hit.why)
    .map(([arm, said]) => ({ arm, ...said, ...armOf(arm, said) }))
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
}

/** What the families added together, those that added most first; none below nothing. */
export function shares(hit) {
  const sums = new Map();
  for (const each of reasons(hit)) sums.set(each.family, (sums.get(each.family) || 0) + each.share);
  const added = [...sums].filter(([, share]) => share > 0).sort((a, b) => b[1] - a[1]);
  const all = added.reduce((sum, [, share]) => sum + share, 0) || 1;
  return added.map(([family, share]) => ({ family, share, part: share / all }));
}

/** The short reason: `mostly meaning (41 %) and words (30 %)`. */
export function inShort(hit) {
  const told = shares(hit).filter((each) => each.part >= 0.05).slice(0, 3);
  if (!told.length) return 'No arm said much of it.';
  const parts = told.map((each) => `${FAMILIES[each.family]} ${Math.round(each.part * 100)} %`);
  const taken = reasons(hit).filter((each) => each.share < -0.005).map((each) => each.name.toLowerCase());
  return `By ${parts.join(', ')}${taken.length ? `; less for ${taken.map((name) => `“${name}”`).join(', ')}` : ''}.`;
}

/** An id as an address of its turn in its stream. */
export const turnOf = (hit) => hit.event?.best || hit.note?.best || hit.id;
