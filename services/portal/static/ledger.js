/** Questions to the ledger, its labels, and what to say when it cannot answer. */

import { h } from './dom.js';
import { state } from './state.js';
import { anotherThan, bearer, token } from './token.js';
import { t } from './words.js';

export class Problem extends Error {
  constructor(said = {}, status = 0) {
    super(said.detail || said.title || `HTTP ${status}`);
    Object.assign(this, { said, status });
  }

  get title() {
    const own = state.lang === 'vi' ? this.said.title_vi || this.said.title : this.said.title;
    return own || t(this.status === 404 ? 'notFound' : this.status ? 'failed' : 'offline');
  }

  get remedy() {
    if (this.status === 0) return t('remedyOffline');
    if (this.status === 404) return t('remedyMissing');
    return t(this.status < 500 ? 'remedyAsked' : 'remedyServer');
  }
}

export const path = (...parts) => `/${parts.map(encodeURIComponent).join('/')}`;

/** The answer as JSON; a Problem when there is none. Empty parameters are left out. */
export async function ask(address, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '' && value !== undefined));
  const mine = token();
  let response;
  try {
    response = await fetch(`${address}?${query}`, { signal, headers: { Accept: 'application/json', ...bearer(mine) } });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem();
  }
  if (response.status === 401) {
    await anotherThan(mine);
    return ask(address, parameters, signal);
  }
  if (!response.ok) throw new Problem(await response.json().catch(() => ({})), response.status);
  return response.json().catch(() => {
    throw new Problem({}, response.status);
  });
}

/** The two times of the page, for every question. */
export const times = () => ({ as_of: state.as_of, known_at: state.known_at });

let names = {};

export async function learnLabels() {
  names = await ask('/labels');
}

/** After a failed start: the labels first, then whatever was asked. */
const relearn = async () => Object.keys(names).length || learnLabels().catch(() => undefined);

/** What people call a value of an enumeration; nothing for what was not stated. */
export function label(kind, value) {
  if (!value || value === 'UNSTATED') return '';
  return names[kind]?.[value]?.[state.lang] ?? value;
}

/** The kind of a unit, unless its name already begins with it. */
export function kindOf(line) {
  const kind = line.kind_label || (line.kind === 'OTHER' ? '' : label('Kind', line.kind));
  return line.name.toLowerCase().startsWith(kind.toLowerCase()) ? '' : kind;
}

const known = new Map();

/** The name of a unit on a day: asked once for each unit and moment of knowledge. */
export async function unitName(unit, day) {
  const key = `${unit} ${state.known_at}`;
  if (!known.has(key)) known.set(key, ask(path('units', unit, 'versions'), { known_at: state.known_at }).then((said) => said.items));
  const versions = await known.get(key).catch(() => (known.delete(key), []));
  return (versions.find((one) => one.valid_from <= day && one.valid_to > day) ?? versions.at(-1))?.name ?? unit;
}

/** A place for a name that is still being asked for. */
export function nameSoon(unit, day, wrap = (name) => name) {
  const place = h('span', {}, '…');
  unitName(unit, day).then((name) => place.replaceChildren(wrap(name)));
  return place;
}

/** What a reader sees instead of an answer: what is wrong, why, and what to do. */
export function trouble(problem, again) {
  if (!(problem instanceof Problem)) throw problem;
  const why = [problem.title, problem.said.title].includes(problem.said.detail) ? '' : problem.said.detail;
  return h('div', { class: 'notice trouble', role: 'alert' },
    h('strong', {}, problem.title), why && h('p', { class: 'small', lang: 'en' }, why), h('p', {}, problem.remedy),
    again && h('button', { type: 'button', onclick: () => relearn().then(again) }, t('again')));
}

export const nothing = (text, ...more) => h('div', { class: 'notice' }, h('p', {}, text), ...more);
