// The REST API, asked as any client does. A refusal is thrown as a `Problem`.
//
// `path` makes a path of a template and encodes what is filled in:
//     await get(path`/v1/spaces/${space}/streams`, { limit: 50 })

const ROOT = new URL('../', document.baseURI);
export const MOST = 200; // items of one page; the API's own bound is higher

/** What the API refused, in the words of its problem+json. */
export class Problem extends Error {
  constructor(told) {
    super(told.detail || told.title || 'The request failed.');
    this.name = 'Problem';
    this.type = told.type || 'unknown';
    this.title = told.title || 'The request failed';
    this.status = told.status || 0;
    this.detail = told.detail || '';
    this.field = told.field || null;
    this.limit = told.limit ?? null;
    this.requestId = told.request_id || null;
    this.facts = told;
  }
}

export function path(parts, ...values) {
  return parts.reduce((made, part, i) => made + encodeURIComponent(values[i - 1]) + part);
}

/** The whole address, for a link or a download. */
export function address(where, query = {}) {
  const url = new URL(where.replace(/^\//, ''), ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue;
    for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, each);
  }
  return url.href;
}

/** Ask, and return `{ body, etag, headers, status }`. */
export async function ask(method, where, { query, body, headers = {}, signal } = {}) {
  const sent = { 'Memsvc-Page': '1', ...headers };
  if (body !== undefined) sent['Content-Type'] = 'application/json';
  let answer;
  try {
    answer = await fetch(address(where, query), {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: 'no-store',
      credentials: 'same-origin',
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({
      type: 'unreachable',
      title: 'The service does not answer',
      detail: 'Look whether it runs and whether this machine is online, then try again.',
    });
  }
  const text = await answer.text();
  const told = read(text, answer.headers.get('content-type') || '');
  if (!answer.ok) throw refused(answer.status, told);
  return { body: told, etag: answer.headers.get('etag'), headers: answer.headers, status: answer.status };
}

export const get = async (where, query, options) => (await ask('GET', where, { query, ...options })).body;
export const post = async (where, body, options) => (await ask('POST', where, { body, ...options })).body;
export const put = async (where, body, options) => (await ask('PUT', where, { body, ...options })).body;
export const patch = async (where, body, options) => (await ask('PATCH', where, { body, ...options })).body;
export const remove = async (where, options) => (await ask('DELETE', where, options)).body;

/** Every item of a list, page after page: `for await (const item of items(...))`. */
export async function* items(where, query = {}, options = {}) {
  let cursor;
  do {
    const page = await get(where, { limit: MOST, ...query, cursor }, options);
    yield* page.items;
    cursor = page.next_cursor;
  } while (cursor);
}

/** Send a file as it is; `onProgress` hears the share that has gone, from 0 to 1. */
export function upload(where, file, { query, type, onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells no progress of what it sends
    request.open('POST', address(where, query));
    request.setRequestHeader('Memsvc-Page', '1');
    if (type) request.setRequestHeader('Content-Type', type);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && onProgress) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      const told = read(request.responseText, request.getResponseHeader('content-type') || '');
      if (request.status < 300) resolve(told);
      else reject(refused(request.status, told));
    };
    request.onerror = () => reject(new Problem({
      type: 'unreachable',
      title: 'The file did not arrive',
      detail: 'The connection broke; send it again, what came already is not kept twice.',
    }));
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

function read(text, type) {
  if (!text) return null;
  if (!/json/.test(type) || /ndjson/.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refused(status, told) {
  const problem = new Problem(
    told && typeof told === 'object' ? told : { status, title: `The service answered ${status}` },
  );
  if (problem.type === 'key_required') window.dispatchEvent(new Event('memsvc:signed-out'));
  return problem;
}
